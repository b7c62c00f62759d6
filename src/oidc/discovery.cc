#include "oidc/discovery.h"

#include "codec/json.h"

namespace muzn::oidc {

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

Result<std::string> parse_discovery(std::string_view json, std::string_view issuer) {
  if (json.size() > kDiscoveryBytesMax) return fail(Code::kLimit, "discovery: too large");
  TRY(const codec::Json document, codec::parse_json(json));
  if (codec::json_string(document, "issuer") != issuer) {
    return fail(Code::kInvalid, "discovery: of another issuer");
  }
  std::string url = codec::json_string(document, "jwks_uri");
  if (!url.starts_with("https://") || url.size() > kUrlBytesMax) {
    return fail(Code::kInvalid, "discovery: jwks_uri is no https URL");
  }
  return url;
}

}  // namespace muzn::oidc
