#include "merkle/hash.h"

#include <algorithm>

#include "codec/base64.h"

namespace muzn::merkle {
namespace {

constexpr std::string_view kLeafPrefix("\x00", 1);
constexpr std::string_view kNodePrefix("\x01", 1);

}  // namespace

Hash leaf_hash(std::string_view entry) {
  return {crypto::sha256_sum({kLeafPrefix, entry})};
}

Hash node_hash(const Hash& left, const Hash& right) {
  return {crypto::sha256_sum({kNodePrefix, left.view(), right.view()})};
}

Hash empty_root() {
  return {crypto::sha256_sum({})};
}

Hash hash_from_bytes(std::string_view bytes) {
  CHECK(bytes.size() == kHashBytes);
  Hash hash;
  std::ranges::copy(bytes, hash.bytes.begin());
  return hash;
}

std::string to_base64(const Hash& hash) {
  return codec::base64_encode(hash.view());
}

Result<Hash> hash_from_base64(std::string_view text) {
  TRY(const std::string bytes, codec::base64_decode(text));
  if (bytes.size() != kHashBytes) return fail(Code::kInvalid, "a hash has 32 bytes");
  return hash_from_bytes(bytes);
}

}  // namespace muzn::merkle
