// SHA-256 and its HMAC through OpenSSL's low-level calls: under OpenSSL 3 an HMAC through EVP costs
// 2.5 us, nearly all of it allocation and locks, and a signature needs up to five.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "crypto/digest.h"

namespace muzn::crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;  // of SHA-256
using Block = std::array<unsigned char, kBlockBytes>;
using Sum = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

// SHA-256 of pad‖message.
Sum padded_sum(const Block& pad, const void* message, std::size_t size) {
  SHA256_CTX context;
  Sum sum;
  SHA256_Init(&context);
  SHA256_Update(&context, pad.data(), pad.size());
  SHA256_Update(&context, message, size);
  SHA256_Final(sum.data(), &context);
  OPENSSL_cleanse(&context, sizeof(context));
  return sum;
}

}  // namespace

// Not SHA256(), which goes through EVP.
std::string sha256(std::string_view bytes) {
  SHA256_CTX context;
  Sum sum;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(sum.data(), &context);
  return {sum.begin(), sum.end()};
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  const std::string short_key = key.size() > kBlockBytes ? sha256(key) : std::string();
  if (!short_key.empty()) key = short_key;
  Block inner_pad{};
  if (!key.empty()) std::memcpy(inner_pad.data(), key.data(), key.size());
  Block outer_pad = inner_pad;
  for (unsigned char& byte : inner_pad) byte ^= 0x36;
  for (unsigned char& byte : outer_pad) byte ^= 0x5C;
  const Sum inner = padded_sum(inner_pad, message.data(), message.size());
  const Sum outer = padded_sum(outer_pad, inner.data(), inner.size());
  OPENSSL_cleanse(inner_pad.data(), inner_pad.size());
  OPENSSL_cleanse(outer_pad.data(), outer_pad.size());
  return {outer.begin(), outer.end()};
}

// Rare: only Signature Version 2 has it.
std::string hmac_sha1(std::string_view key, std::string_view message) {
  std::string inner(kBlockBytes, '\0');
  const std::string short_key =
      key.size() > kBlockBytes ? digest(Algorithm::kSha1, key) : std::string(key);
  std::ranges::copy(short_key, inner.begin());
  std::string outer = inner;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5C);
  inner += message;
  outer += digest(Algorithm::kSha1, inner);
  return digest(Algorithm::kSha1, outer);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace muzn::crypto
