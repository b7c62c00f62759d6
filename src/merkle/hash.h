// The hashes of a tree (RFC 6962 section 2.1, SHA-256). Leaves and nodes are told apart by a
// prefix, so that no leaf can pass for a subtree.
#pragma once
#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/error.h"
#include "crypto/sha256.h"

namespace muzn::merkle {

inline constexpr std::size_t kHashBytes = crypto::kSha256Bytes;

struct Hash {
  crypto::Sha256Sum bytes{};
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  auto operator<=>(const Hash&) const = default;
};

Hash leaf_hash(std::string_view entry);               // SHA-256(0x00 ‖ entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 ‖ left ‖ right)
Hash empty_root();  // of a tree without leaves: SHA-256 of nothing

// REQUIRES kHashBytes.
Hash hash_from_bytes(std::string_view bytes);
std::string to_base64(const Hash& hash);
// Errors: kInvalid (not the one base64 form of kHashBytes).
Result<Hash> hash_from_base64(std::string_view text);

}  // namespace muzn::merkle
