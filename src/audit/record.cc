#include "audit/record.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "audit/line.h"
#include "codec/date.h"
#include "codec/uri.h"
#include "http/message.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kSchema = "muzn.audit/1";
constexpr std::string_view kRedacted = "REDACTED";

// Query parameters whose values let who reads a log act as someone else, or read their data.
constexpr std::array<std::string_view, 6> kSecretParams = {
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "Signature",
    "WebIdentityToken",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key"};

bool is_secret_param(std::string_view raw_name) {
  const auto is_secret = [](std::string_view name) {
    return std::ranges::any_of(kSecretParams, [name](std::string_view secret) {
      return http::equal_ignoring_case(name, secret);
    });
  };
  if (!raw_name.contains('%')) return is_secret(raw_name);
  // A name may be percent-encoded in part and still be that name to a reader.
  const Result<std::string> decoded = codec::uri_decode(raw_name);
  return is_secret(decoded ? std::string_view(*decoded) : raw_name);
}

}  // namespace

std::string redact_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return std::string(target);
  std::string out;
  out.reserve(target.size());
  out.append(target.substr(0, mark + 1));
  std::string_view rest = target.substr(mark + 1);
  for (;;) {
    const std::size_t end = rest.find('&');
    const std::string_view param = rest.substr(0, end);
    const std::size_t equals = param.find('=');
    if (equals != std::string_view::npos && is_secret_param(param.substr(0, equals))) {
      out.append(param.substr(0, equals + 1)).append(kRedacted);
    } else {
      out.append(param);
    }
    if (end == std::string_view::npos) return out;
    out.push_back('&');
    rest.remove_prefix(end + 1);
  }
}

std::string to_text(const LeafRef& leaf) {
  return leaf.log + " " + std::to_string(leaf.index) + " " + leaf.hash;
}

std::string to_json(const Record& record) {
  JsonLine line;
  line.text("access_key", record.access_key);
  line.text("account", record.account);
  if (!record.break_glass.empty()) line.text("break_glass", record.break_glass);
  line.text("bucket", record.bucket);
  line.number("bytes_in", record.bytes_in);
  line.number("bytes_out", record.bytes_out);
  if (!record.break_glass.empty()) line.number("bytes_planned", record.bytes_planned);
  line.text("cause", record.cause);
  line.boolean("complete", record.complete);
  line.text("decided_by", record.decided_by);
  line.text("decision", record.decision);
  line.number("duration_us", record.duration_micros);
  line.text("error_code", record.error_code);
  line.text("host", record.host);
  line.text("key", record.key);
  line.text("leaf", record.leaf ? to_text(*record.leaf) : "");
  line.text("method", record.method);
  line.text("operation", record.operation);
  line.text("principal_arn", record.principal_arn);
  line.text("principal_type", record.principal_type);
  line.text("purpose", record.purpose);
  line.text("request_id", record.request_id);
  line.text("schema", kSchema);
  line.text("service", record.service);
  line.text("source_ip", record.source_ip);
  line.number("status", record.status);
  line.text("target", record.target.text());
  line.text("time", codec::iso8601_millis(record.time));
  line.text("tls_version", record.tls_version);
  line.text("user_agent", record.user_agent);
  line.text("version_id", record.version_id);
  return line.finish();
}

std::string to_text(const Record& record) {
  TextLine line;
  line.text("time", codec::iso8601_millis(record.time));
  line.number("status", record.status);
  line.text("service", record.service);
  line.text("operation", record.operation);
  line.text("decision", record.decision);
  line.text("decided_by", record.decided_by);
  line.text("purpose", record.purpose);
  line.text("break_glass", record.break_glass);
  line.text("error_code", record.error_code);
  line.text("cause", record.cause);
  line.text("method", record.method);
  line.text("target", record.target.text());
  line.text("host", record.host);
  line.text("bucket", record.bucket);
  line.text("key", record.key);
  line.text("version_id", record.version_id);
  line.text("principal",
            record.principal_arn.empty() ? record.principal_type : record.principal_arn);
  line.text("access_key", record.access_key);
  line.text("source_ip", record.source_ip);
  line.text("tls", record.tls_version);
  line.text("user_agent", record.user_agent);
  line.number("bytes_in", record.bytes_in);
  line.number("bytes_out", record.bytes_out);
  line.number("duration_us", record.duration_micros);
  if (!record.complete) line.text("complete", "false");
  if (record.leaf) line.text("leaf", to_text(*record.leaf));
  line.text("request_id", record.request_id);
  return line.finish();
}

}  // namespace muzn::audit
