#include "merkle/vkey.h"

#include <fmt/format.h>

#include "codec/base64.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "merkle/note.h"

namespace muzn::merkle {
namespace {

std::unexpected<Error> bad_vkey(const char* what) {
  return fail(Code::kInvalid, std::string("verifier key: ") + what);
}

std::string with_type(KeyType type, std::string_view public_key) {
  return static_cast<char>(type) + std::string(public_key);
}

}  // namespace

std::uint32_t key_id_of(std::string_view name, KeyType type, std::string_view public_key) {
  const crypto::Sha256Sum sum = crypto::sha256_sum({name, "\n", with_type(type, public_key)});
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < sizeof(id); ++i) id = id << 8U | static_cast<unsigned char>(sum[i]);
  return id;
}

VerifierKey make_verifier_key(std::string name, KeyType type, std::string public_key) {
  CHECK(is_key_name(name) && public_key.size() == crypto::kEd25519PublicBytes);
  const std::uint32_t id = key_id_of(name, type, public_key);
  return {std::move(name), type, std::move(public_key), id};
}

std::string format_vkey(const VerifierKey& key) {
  return fmt::format("{}+{:08x}+{}", key.name, key.key_id,
                     codec::base64_encode(with_type(key.type, key.public_key)));
}

Result<VerifierKey> parse_vkey(std::string_view text) {
  const auto first = text.find('+');
  if (first == std::string_view::npos) return bad_vkey("has no key id");
  const auto second = text.find('+', first + 1);
  if (second == std::string_view::npos) return bad_vkey("has no public key");
  const std::string_view name = text.substr(0, first);
  if (!is_key_name(name)) return bad_vkey("bad name");
  auto material = codec::base64_decode(text.substr(second + 1));
  if (!material || material->empty()) return bad_vkey("bad public key");
  const auto type = static_cast<KeyType>(material->front());
  if (type != KeyType::kEd25519 && type != KeyType::kCosignature) {
    return fail(Code::kUnsupported, "verifier key: a type of signature that is not built");
  }
  if (material->size() != 1 + crypto::kEd25519PublicBytes) return bad_vkey("bad public key");
  VerifierKey key = make_verifier_key(std::string(name), type, material->substr(1));
  // Also refuses a key id in other than lower-case hex.
  if (format_vkey(key) != text) return bad_vkey("its id is not the key's");
  return key;
}

}  // namespace muzn::merkle
