// Nothing is proved without the secret; what is signed with it is proved.
#include "codec/date.h"
#include "http/head_parser.h"
#include "sigv4/sigv4.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn;
  const auto parsed = http::parse_head(std::string(data, data + size));
  if (!std::holds_alternative<http::Parsed>(parsed)) return 0;
  http::RequestHead head = std::get<http::Parsed>(parsed).head;
  sigv4::Options options;
  options.region = "us-east-1";
  const sigv4::Key key{"AKIAIOSFODNN7EXAMPLE", "a secret that made no seed of the corpus", ""};
  const Time now = codec::parse_iso8601_basic("20130524T000000Z").value();

  const auto claim = sigv4::parse_claim(head, options);
  if (claim && *claim) {
    CHECK(!sigv4::verify(head, **claim, key.secret_key, now, options));
    CHECK(!sigv4::verify(head, **claim, key.secret_key, (*claim)->time, options));
    return 0;
  }
  if (!claim || head.headers.has("authorization")) return 0;
  sigv4::sign(head, "UNSIGNED-PAYLOAD", key, options.region, options.service, now);
  const auto again = sigv4::parse_claim(head, options);
  CHECK(again && *again);
  CHECK(sigv4::verify(head, **again, key.secret_key, now, options).has_value());
  CHECK(!sigv4::verify(head, **again, "another secret", now, options));
  return 0;
}
