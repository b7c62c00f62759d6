#include "crypto/aead.h"

#include <array>
#include <limits>

#include "crypto/openssl.h"

namespace muzn::crypto {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kInputBytesMax =
    std::numeric_limits<int>::max() / 2;  // EVP's lengths are int

using Context = Owned<EVP_CIPHER_CTX>;

// Fetched once and kept to the end of the process; a fetch costs microseconds in OpenSSL 3.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(aes != nullptr);
  return aes;
}

enum class Direction : int { kOpen = 0, kSeal = 1 };  // EVP's own values

// Runs `input` through GCM into `output` (of the same size).
Context run(Direction direction, std::string_view key, std::string_view nonce,
            std::string_view associated, std::string_view input, char* output) {
  CHECK(key.size() == kAeadKeyBytes && nonce.size() == kAeadNonceBytes);
  CHECK(input.size() <= kInputBytesMax && associated.size() <= kInputBytesMax);
  Context context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_CipherInit_ex2(context.get(), cipher(), octets(key), octets(nonce),
                           static_cast<int>(direction), nullptr) == 1);
  int written = 0;
  if (!associated.empty()) {
    CHECK(EVP_CipherUpdate(context.get(), nullptr, &written, octets(associated),
                           static_cast<int>(associated.size())) == 1);
  }
  if (!input.empty()) {
    CHECK(EVP_CipherUpdate(context.get(), octets(output), &written, octets(input),
                           static_cast<int>(input.size())) == 1);
    CHECK(static_cast<std::size_t>(written) == input.size());
  }
  return context;
}

}  // namespace

std::string aead_seal(std::string_view key, std::string_view nonce, std::string_view plaintext,
                      std::string_view associated) {
  std::string box(nonce);
  box.resize(kAeadNonceBytes + plaintext.size() + kTagBytes);
  char* const body = box.data() + kAeadNonceBytes;
  const Context context = run(Direction::kSeal, key, nonce, associated, plaintext, body);
  char* const tag = body + plaintext.size();
  int written = 0;
  CHECK(EVP_CipherFinal_ex(context.get(), octets(tag), &written) == 1 && written == 0);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
  return box;
}

Result<std::string> aead_open(std::string_view key, std::string_view sealed,
                              std::string_view associated) {
  if (sealed.size() < kAeadNonceBytes + kTagBytes || sealed.size() > kInputBytesMax) {
    return fail(Code::kCorrupt, "aead: box of a wrong size");
  }
  const std::string_view nonce = sealed.substr(0, kAeadNonceBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));  // EVP's parameter is not const
  sealed = sealed.substr(kAeadNonceBytes, sealed.size() - kAeadNonceBytes - kTagBytes);
  std::string plaintext(sealed.size(), '\0');
  const Context context = run(Direction::kOpen, key, nonce, associated, sealed, plaintext.data());
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  std::array<unsigned char, kTagBytes> rest;
  int written = 0;
  if (EVP_CipherFinal_ex(context.get(), rest.data(), &written) != 1) {
    return fail(Code::kCorrupt, "aead: tag does not match");
  }
  return plaintext;
}

}  // namespace muzn::crypto
