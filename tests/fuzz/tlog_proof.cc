// Proof files, and proofs of any hashes for any tree: what is taken has one form, and nothing but
// the right proof is one.
#include <cstdint>
#include <string_view>

#include "merkle/proof_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = parse_proof_file(text);
  if (!file) return 0;
  CHECK(format_proof_file(*file) == text);
  const Hash leaf = leaf_hash(text);
  const Hash root = node_hash(leaf, leaf);
  CHECK(!verify_inclusion(file->index, muzn::merkle::kSizeMax, leaf, file->hashes, root));
  CHECK(!verify_consistency(file->index, muzn::merkle::kSizeMax, leaf, root, file->hashes));
  const Policy policy;
  CHECK(!verify_proof_file(*file, leaf, policy).has_value());
  return 0;
}
