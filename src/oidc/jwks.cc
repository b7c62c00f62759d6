#include "oidc/jwks.h"

#include <algorithm>
#include <utility>

#include "codec/base64.h"
#include "codec/json.h"

namespace muzn::oidc {
namespace {

using codec::Json;
using codec::json_string;

Result<std::string> octets(const Json& key, const char* member) {
  return codec::base64url_decode(json_string(key, member));
}

Result<crypto::PublicKey> public_key(const Json& key) {
  const std::string kind = json_string(key, "kty");
  if (kind == "RSA") {
    TRY(const std::string modulus, octets(key, "n"));
    TRY(const std::string exponent, octets(key, "e"));
    return crypto::PublicKey::rsa(modulus, exponent);
  }
  if (kind == "EC" && json_string(key, "crv") == "P-256") {
    TRY(const std::string x, octets(key, "x"));
    TRY(const std::string y, octets(key, "y"));
    return crypto::PublicKey::p256(x, y);
  }
  return fail(Code::kUnsupported, "key set: a key of another kind");
}

bool is_for_signatures(const Json& key) {
  if (key.contains("use") && json_string(key, "use") != "sig") return false;
  const auto operations = key.find("key_ops");
  if (operations == key.end()) return true;
  return operations->is_array() && std::ranges::any_of(*operations, [](const Json& operation) {
           return operation.is_string() && operation.get_ref<const std::string&>() == "verify";
         });
}

std::optional<Key> read(const Json& json) {
  if (!json.is_object() || !is_for_signatures(json)) return std::nullopt;
  std::optional<crypto::Scheme> scheme;
  if (json.contains("alg")) {
    scheme = scheme_of(json_string(json, "alg"));
    if (!scheme) return std::nullopt;
  }
  auto key = public_key(json);
  if (!key || (scheme && !key->fits(*scheme))) return std::nullopt;
  return Key{.kid = json_string(json, "kid"), .scheme = scheme, .key = *std::move(key)};
}

}  // namespace

std::optional<crypto::Scheme> scheme_of(std::string_view alg) {
  if (alg == "RS256") return crypto::Scheme::kRsaPkcs1Sha256;
  if (alg == "PS256") return crypto::Scheme::kRsaPssSha256;
  if (alg == "ES256") return crypto::Scheme::kP256Sha256;
  return std::nullopt;
}

Result<KeySet> parse_key_set(std::string_view json) {
  if (json.size() > kKeySetBytesMax) return fail(Code::kLimit, "key set: too large");
  TRY(const Json parsed, codec::parse_json(json));
  const auto keys = parsed.is_object() ? parsed.find("keys") : parsed.end();
  if (keys == parsed.end() || !keys->is_array()) return fail(Code::kInvalid, "key set: no keys");
  if (keys->size() > kKeysMax) return fail(Code::kLimit, "key set: too many keys");
  KeySet out;
  for (const Json& key : *keys) {
    if (auto one = read(key)) out.push_back(*std::move(one));
  }
  return out;
}

}  // namespace muzn::oidc
