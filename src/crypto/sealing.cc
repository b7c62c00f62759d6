#include "crypto/sealing.h"

#include "codec/base64.h"
#include "crypto/aead.h"
#include "crypto/digest.h"

namespace muzn::crypto {
namespace {

constexpr char kFormat = 2;  // the first boxes of stores began with 1, or with their nonce
constexpr std::string_view kLabel = "muzn sealing key\n";
constexpr std::size_t kIdBytes = 8;

std::string hash_of(std::string_view key) {
  return sha256(std::string(kLabel).append(key));
}

std::string header_of(std::string_view key) {
  return std::string(1, kFormat) + hash_of(key).substr(0, kIdBytes);
}

}  // namespace

std::string key_fingerprint(std::string_view key) {
  return codec::hex_encode(hash_of(key));
}

std::string seal(std::string_view key, std::string_view nonce, std::string_view plain,
                 std::string_view associated) {
  return header_of(key) + aead_seal(key, nonce, plain, associated);
}

bool is_sealed_with(std::string_view box, std::string_view key) {
  return box.starts_with(header_of(key));
}

Result<std::string> unseal(std::string_view key, std::string_view box,
                           std::string_view associated) {
  if (!box.starts_with(kFormat)) return fail(Code::kUnsupported, "sealed in another format");
  if (!is_sealed_with(box, key)) return fail(Code::kCorrupt, "sealed with another key");
  return aead_open(key, box.substr(1 + kIdBytes), associated);
}

}  // namespace muzn::crypto
