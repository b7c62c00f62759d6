// Requests and keys of AWS's published examples, and short ways to judge them.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "codec/date.h"
#include "http/message.h"
#include "sigv4/sigv4.h"

namespace muzn::sigv4 {

inline constexpr std::string_view kAccessKey = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

inline Time at(std::string_view basic) {
  return codec::parse_iso8601_basic(basic).value();
}
inline const Time kExampleTime = at("20130524T000000Z");

inline Options us_east_1() {
  Options options;
  options.region = "us-east-1";
  return options;
}
inline Key example_key() {
  return {std::string(kAccessKey), std::string(kSecret), ""};
}

using HeaderList = std::initializer_list<std::pair<std::string_view, std::string_view>>;
inline http::RequestHead request(std::string_view method, std::string_view target,
                                 const HeaderList& headers) {
  http::RequestHead head;
  head.method = method;
  head.target = target;
  const std::size_t mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  for (const auto& [name, value] : headers) head.headers.add(name, value);
  head.host = head.headers.get("host").value_or("");
  return head;
}

// Parse and verify with the example's secret. The code of the refusal; "" proved, "anonymous".
struct Outcome {
  std::string code;
  Refusal refusal;
};
inline Outcome judge(const http::RequestHead& head, Time now, const Options& options) {
  auto claim = parse_claim(head, options);
  if (!claim) return {claim.error().code, claim.error()};
  if (!*claim) return {"anonymous", {}};
  if ((*claim)->access_key != kAccessKey) return {"InvalidAccessKeyId", {}};
  auto verified = verify(head, **claim, kSecret, now, options);
  if (!verified) return {verified.error().code, verified.error()};
  return {};
}
inline std::string code_of(const http::RequestHead& head, Time now = kExampleTime,
                           const Options& options = us_east_1()) {
  return judge(head, now, options).code;
}

// A signed GET of the example's bucket, to be spoilt by a test.
inline http::RequestHead signed_get(std::string_view target = "/test.txt",
                                    std::string_view method = "GET",
                                    std::string_view payload = kEmptySha256) {
  http::RequestHead head =
      request(method, target, {{"Host", "examplebucket.s3.amazonaws.com"}, {"Range", "bytes=0-9"}});
  sign(head, payload, example_key(), "us-east-1", "s3", kExampleTime);
  return head;
}
inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const std::size_t position = out.find(from);
  if (position != std::string::npos) out.replace(position, from.size(), to);
  return out;
}
// Replaces text in the Authorization header.
inline http::RequestHead with_authorization(http::RequestHead head, std::string_view from,
                                            std::string_view to) {
  head.headers.set("Authorization", replaced(*head.headers.get("Authorization"), from, to));
  return head;
}
// A presigned request of the example's object; `extra` goes before the authentication parameters.
inline http::RequestHead presigned(std::string_view method = "GET", std::string_view extra = "",
                                   std::int64_t expires = 86'400) {
  constexpr std::string_view kHost = "examplebucket.s3.amazonaws.com";
  const std::string query =
      presign(method, kHost, "/test.txt", extra, example_key(), "us-east-1", expires, kExampleTime);
  return request(method, "/test.txt?" + query, {{"Host", kHost}});
}
inline http::RequestHead with_query(http::RequestHead head, std::string_view from,
                                    std::string_view to) {
  head.query = replaced(head.query, from, to);
  return head;
}

}  // namespace muzn::sigv4
