// Low-level calls of OpenSSL, as in hmac.cc: a digest through EVP costs more than hashing a node.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <openssl/sha.h>

namespace muzn::crypto {

static_assert(kSha256Bytes == SHA256_DIGEST_LENGTH);

Sha256Sum sha256_sum(std::initializer_list<std::string_view> pieces) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (const std::string_view piece : pieces) SHA256_Update(&context, piece.data(), piece.size());
  Sha256Sum sum;
  SHA256_Final(static_cast<unsigned char*>(static_cast<void*>(sum.data())), &context);
  return sum;
}

}  // namespace muzn::crypto
