// A key set, as an identity provider may send one: what reads is bounded, and its keys can be
// tried.
#include <cstdint>
#include <string>
#include <string_view>

#include "oidc/discovery.h"
#include "oidc/jwks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(muzn::oidc::parse_discovery(text, "https://idp.example"));
  const auto keys = muzn::oidc::parse_key_set(text);
  if (!keys) return 0;
  CHECK(keys->size() <= muzn::oidc::kKeysMax);
  for (const muzn::oidc::Key& key : *keys) {
    if (key.scheme) CHECK(key.key.fits(*key.scheme));
    CHECK(!key.key.verify(muzn::crypto::Scheme::kP256Sha256, text, std::string(64, '\x01')));
    CHECK(!key.key.verify(muzn::crypto::Scheme::kRsaPkcs1Sha256, text, std::string(256, '\x01')));
  }
  return 0;
}
