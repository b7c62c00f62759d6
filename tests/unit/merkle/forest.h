// Logs that tell different stories: trees that agree up to a leaf and differ from there on, and
// checkpoints of them, signed.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "merkle/add_checkpoint.h"
#include "merkle/frontier.h"
#include "merkle/signer.h"
#include "unit/merkle/reference.h"

namespace muzn::merkle {

inline Signer log_signer(const std::string& name = "log.example/a", char seed = 'l') {
  return Signer::make(name, KeyType::kEd25519, std::string(32, seed)).value();
}
inline Signer witness_signer(const std::string& name = "witness.example/w", char seed = 'w') {
  return Signer::make(name, KeyType::kCosignature, std::string(32, seed)).value();
}

inline SignedCheckpoint sign_checkpoint(const Checkpoint& checkpoint, const Signer& signer) {
  const std::string text = format_checkpoint(checkpoint);
  return {.note = {.text = text, .signatures = {signer.sign(text, 0)}}, .checkpoint = checkpoint};
}

// One history: the leaves of `other` up to `fork`, and its own from there on.
class History {
 public:
  History(std::size_t leaves, std::size_t fork, const std::string& own) : tree_(0) {
    for (std::size_t i = 0; i < leaves; ++i) {
      tree_.push(leaf_hash((i < fork ? "common " : own + " ") + std::to_string(i)));
    }
  }
  Checkpoint checkpoint(std::size_t size, const std::string& origin = "log.example/a") {
    return {.origin = origin, .size = size, .root = tree_.hash(0, size), .extension = {}};
  }
  AddCheckpoint request(std::size_t from, std::size_t to, const Signer& signer) {
    return {.old_size = from,
            .proof = from <= to ? tree_.consistency(from, to) : Proof(),
            .checkpoint = sign_checkpoint(checkpoint(to, signer.verifier().name), signer)};
  }

 private:
  Reference tree_;
};

}  // namespace muzn::merkle
