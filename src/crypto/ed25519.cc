#include "crypto/ed25519.h"

#include "crypto/openssl.h"

namespace muzn::crypto {
namespace {

using Context = Owned<EVP_MD_CTX>;

Context new_context() {
  Context context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  return context;
}

}  // namespace

void Ed25519Key::Free::operator()(void* context) const {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Result<Ed25519Key> Ed25519Key::from_seed(std::string_view seed) {
  if (seed.size() != kEd25519SeedBytes) return fail(Code::kInvalid, "ed25519: seed of wrong size");
  const Owned<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()));
  CHECK(key != nullptr);
  std::string public_key(kEd25519PublicBytes, '\0');
  std::size_t size = public_key.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), octets(public_key), &size) == 1);
  CHECK(size == kEd25519PublicBytes);
  Context ready = new_context();
  CHECK(EVP_DigestSignInit(ready.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return Ed25519Key(Handle(ready.release()), std::move(public_key));
}

std::string Ed25519Key::sign(std::string_view message) const {
  const Context context = new_context();
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  CHECK(EVP_MD_CTX_copy_ex(context.get(), static_cast<const EVP_MD_CTX*>(ready_.get())) == 1);
  CHECK(EVP_DigestSign(context.get(), octets(signature), &size, octets(message), message.size()) ==
        1);
  CHECK(size == kEd25519SignatureBytes);
  return signature;
}

bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  if (public_key.size() != kEd25519PublicBytes) return false;
  if (signature.size() != kEd25519SignatureBytes) return false;
  const Owned<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                        octets(public_key), public_key.size()));
  if (key == nullptr) return false;
  const Context context = new_context();
  CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                          message.size()) == 1;
}

}  // namespace muzn::crypto
