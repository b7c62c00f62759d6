// Canonical forms are fixed points; nothing is proved without the secret; a presigned query is.
#include "codec/date.h"
#include "codec/uri.h"
#include "sigv4/canonical.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn;
  const std::string text(data, data + size);
  std::string once;
  std::string twice;
  sigv4::append_canonical_query(once, text, false);
  sigv4::append_canonical_query(twice, once, false);
  CHECK(once == twice);
  once.clear();
  twice.clear();
  sigv4::append_canonical_path(once, text);
  sigv4::append_canonical_path(twice, once);
  CHECK(once == twice);

  sigv4::Options options;
  options.region = "us-east-1";
  const sigv4::Key key{"AKIAIOSFODNN7EXAMPLE", "a secret that made no seed of the corpus", ""};
  const Time now = codec::parse_iso8601_basic("20130524T000000Z").value();
  http::RequestHead head;
  head.method = "GET";
  head.path = "/k";
  head.query = text;
  head.host = "h";
  const auto claim = sigv4::parse_claim(head, options);
  if (claim && *claim) {
    CHECK(!sigv4::verify(head, **claim, key.secret_key, now, options));
    CHECK(!sigv4::verify(head, **claim, key.secret_key, (*claim)->time, options));
    return 0;
  }
  // The payload's name and the number of parameters may still refuse the claim to come.
  const auto query = codec::Query::parse(text);
  if (!claim || !query || query->params().size() > codec::kQueryParamsMax - 10) return 0;
  for (const auto& param : query->params()) {
    if (http::equal_ignoring_case(param.name, "x-amz-content-sha256")) return 0;
  }
  head.query = sigv4::presign("GET", "h", "/k", text, key, options.region, 60, now);
  const auto again = sigv4::parse_claim(head, options);
  CHECK(again && *again);
  CHECK(sigv4::verify(head, **again, key.secret_key, now, options).has_value());
  return 0;
}
