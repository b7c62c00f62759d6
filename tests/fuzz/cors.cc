// What parses keeps the rules of CORS, comes back from the document that we would answer, and
// allows nobody's credentials to everybody.
#include "s3/cors.h"

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn;
  const std::string document(data, data + size);
  const auto rules = s3::parse_cors(document);
  if (!rules) return 0;
  CHECK(!rules->empty() && rules->size() <= s3::kCorsRulesMax);
  const auto again = s3::parse_cors(s3::cors_document(*rules));
  CHECK(again && *again == *rules);
  for (const s3::CorsRule& rule : *rules) {
    for (const std::string& origin : rule.origins) {
      const s3::CorsQuestion question{
          .origin = origin, .method = rule.methods.front(), .headers = {}};
      const s3::CorsRule* const found = s3::find_cors_rule(*rules, question);
      CHECK(found != nullptr);  // a pattern matches itself
      http::Headers headers;
      s3::add_cors_headers(headers, *found, question);
      CHECK(headers.get("Access-Control-Allow-Origin") != "*" ||
            !headers.has("Access-Control-Allow-Credentials"));
    }
  }
  return 0;
}
