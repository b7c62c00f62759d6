#include "merkle/ruling.h"

#include <algorithm>
#include <set>

#include "merkle/verifier.h"

namespace muzn::merkle {
namespace {

Ruling refuse(Verdict verdict, std::string why) {
  return {.verdict = verdict, .why = std::move(why), .known_size = 0, .accepted = {}};
}

// One signature line of each known key. REQUIRES that verify_known() took the note.
std::vector<Signature> known_signatures(const Note& note, std::span<const VerifierKey> keys) {
  std::vector<Signature> out;
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  for (const Signature& signature : note.signatures) {
    const bool is_known = std::ranges::any_of(keys, [&](const VerifierKey& key) {
      return key.name == signature.name && key.key_id == signature.key_id;
    });
    if (is_known && seen.emplace(signature.name, signature.key_id).second) {
      out.push_back(signature);
    }
  }
  return out;
}

// Why the tree of `request` does not grow out of `last`; nullptr when it does.
const char* inconsistency(const AddCheckpoint& request, const TreeHead& last) {
  const Checkpoint& next = request.checkpoint.checkpoint;
  if (next.size == 0 && next.root != empty_root()) return "an empty tree with a root";
  if (last.size == 0 && !request.proof.empty()) return "a proof from the empty tree";
  if (last.size == next.size && last.root != next.root) return "another root of the same size";
  if (!verify_consistency(last.size, next.size, last.root, next.root, request.proof)) {
    return "the consistency proof does not hold";
  }
  return nullptr;
}

}  // namespace

Ruling rule_on(const AddCheckpoint& request, std::span<const VerifierKey> log_keys,
               const std::optional<TreeHead>& last) {
  if (log_keys.empty()) return refuse(Verdict::kUnknownLog, "this log is not known here");
  const auto signers = verify_known(request.checkpoint.note, log_keys);
  if (!signers) return refuse(Verdict::kUnsigned, signers.error().what);
  if (signers->empty()) return refuse(Verdict::kUnsigned, "not signed by a known key of the log");

  const Checkpoint& next = request.checkpoint.checkpoint;
  if (request.old_size > next.size) {
    return refuse(Verdict::kBackwards, "the old size is above the checkpoint's");
  }
  const TreeHead from = last.value_or(TreeHead{.size = 0, .root = empty_root()});
  if (request.old_size != from.size) {
    Ruling out = refuse(Verdict::kConflict, "the old size is not what was cosigned last");
    out.known_size = from.size;
    return out;
  }
  if (const char* why = inconsistency(request, from)) return refuse(Verdict::kInconsistent, why);
  Ruling out;
  out.verdict = Verdict::kCosign;
  out.accepted = request.checkpoint;
  out.accepted.note.signatures = known_signatures(request.checkpoint.note, log_keys);
  return out;
}

}  // namespace muzn::merkle
