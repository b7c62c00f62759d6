#include <algorithm>
#include <array>

#include "codec/date.h"
#include "codec/uri.h"
#include "crypto/digest.h"
#include "sigv4/canonical.h"

namespace muzn::sigv4 {
namespace {

// Headers that proxies and HTTP libraries change on the way, and the one being made.
constexpr std::array<std::string_view, 9> kNeverSigned = {
    "authorization", "connection",        "expect",     "keep-alive",     "te",
    "trailer",       "transfer-encoding", "user-agent", "x-amzn-trace-id"};

std::vector<std::string> headers_to_sign(const http::Headers& headers) {
  std::vector<std::string> names = {"host"};
  for (const http::Header header : headers.all()) {
    std::string name = lower(header.name);
    if (std::find(kNeverSigned.begin(), kNeverSigned.end(), name) == kNeverSigned.end()) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

std::string derive_signing_key(std::string_view secret, std::string_view date,
                               std::string_view region, std::string_view service) {
  const std::string of_date = crypto::hmac_sha256(std::string("AWS4").append(secret), date);
  const std::string of_region = crypto::hmac_sha256(of_date, region);
  const std::string of_service = crypto::hmac_sha256(of_region, service);
  return crypto::hmac_sha256(of_service, kTerminator);
}

void sign(http::RequestHead& head, std::string_view payload_text, const Key& key,
          std::string_view region, std::string_view service, Time now) {
  const std::string timestamp = codec::iso8601_basic(now);
  const std::string_view date = std::string_view(timestamp).substr(0, 8);
  head.headers.set("X-Amz-Date", timestamp);
  head.headers.set("x-amz-content-sha256", payload_text);
  if (!key.session_token.empty()) head.headers.set("X-Amz-Security-Token", key.session_token);

  const std::vector<std::string> names = headers_to_sign(head.headers);
  const Canonical canonical =
      canonical_request(head, names, head.host, payload_text, Form::kHeader);
  const std::string scope = credential_scope(date, region, service);
  const std::string signing_key = derive_signing_key(key.secret_key, date, region, service);
  std::string value(kAlgorithm);
  value.append(" Credential=").append(key.access_key).append("/").append(scope);
  value.append(", SignedHeaders=");
  for (const std::string& name : names) value.append(name).append(";");
  value.pop_back();
  value.append(", Signature=");
  value.append(signature_of(signing_key, string_to_sign(timestamp, scope, canonical.text)));
  head.headers.set("Authorization", value);
}

std::string presign(std::string_view method, std::string_view host, std::string_view raw_path,
                    std::string_view raw_query, const Key& key, std::string_view region,
                    std::int64_t expires_seconds, Time now) {
  const std::string timestamp = codec::iso8601_basic(now);
  const std::string_view date = std::string_view(timestamp).substr(0, 8);
  const std::string scope = credential_scope(date, region, "s3");
  http::RequestHead head;
  head.method = method;
  head.path = raw_path;
  head.query = raw_query;
  const auto add = [&head](std::string_view name, std::string_view value) {
    if (!head.query.empty()) head.query.push_back('&');
    head.query.append(name).append("=").append(codec::uri_encode(value, true));
  };
  add("X-Amz-Algorithm", kAlgorithm);
  add("X-Amz-Credential", std::string(key.access_key).append("/").append(scope));
  add("X-Amz-Date", timestamp);
  add("X-Amz-Expires", std::to_string(expires_seconds));
  if (!key.session_token.empty()) add("X-Amz-Security-Token", key.session_token);
  add("X-Amz-SignedHeaders", "host");
  const Canonical canonical =
      canonical_request(head, {"host"}, host, kUnsignedPayload, Form::kPresigned);
  const std::string signing_key = derive_signing_key(key.secret_key, date, region, "s3");
  add("X-Amz-Signature",
      signature_of(signing_key, string_to_sign(timestamp, scope, canonical.text)));
  return head.query;
}

}  // namespace muzn::sigv4
