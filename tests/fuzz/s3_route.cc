// Routing of any head: never crashes, and what is routed obeys the rules that storage relies on.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"
#include "codec/uri.h"
#include "s3/names.h"
#include "s3/route.h"

namespace {

// Input: "METHOD target host header:value", space separated, all but the first two optional.
std::string_view take(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

muzn::http::RequestHead head_of(std::string_view rest) {
  muzn::http::RequestHead head;
  head.method = take(rest);
  head.target = take(rest);
  head.host = take(rest);
  const std::size_t mark = head.target.find('?');
  head.path = head.target.substr(0, mark);
  if (mark != std::string::npos) head.query = head.target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view field = take(rest);
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    head.headers.add(field.substr(0, colon), field.substr(colon + 1));
  }
  return head;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn;
  const std::string input(data, data + size);
  s3::Settings settings;
  settings.domains = {"s3.example.org", "example.org"};
  const http::RequestHead head = head_of(input);
  const auto call = s3::route(head, settings);
  if (!call) {
    // Every refusal is a well-formed answer.
    CHECK(s3::error_response(call.error(), head.path, "id", "host").status >= 400);
    return 0;
  }
  CHECK((call->operation == nullptr) == (head.method == "OPTIONS"));
  if (call->operation == nullptr) return 0;
  const s3::Operation& operation = *call->operation;
  CHECK(operation.method == head.method);
  CHECK((operation.level == s3::Level::kObject) == !call->key.empty());
  CHECK((operation.level == s3::Level::kService) == call->bucket.empty());
  if (operation.level != s3::Level::kService) CHECK(s3::possible_bucket_name(call->bucket));
  if (operation.name == "CreateBucket") CHECK(s3::valid_bucket_name(call->bucket));
  CHECK(call->key.size() <= limits::kKeyBytes);
  CHECK(codec::is_utf8(call->key) && call->key.find('\0') == std::string::npos);
  if (!call->key.empty()) CHECK(!s3::climbs(call->key));
  // The same bucket and key, escaped by us, come back as they are.
  http::RequestHead again = head;
  again.host = "127.0.0.1";
  again.path = "/" + codec::uri_encode(call->bucket, true);
  if (!call->key.empty()) again.path += "/" + codec::uri_encode(call->key, false);
  if (call->bucket.empty()) return 0;
  const auto second = s3::route(again, settings);
  CHECK(second.has_value());
  CHECK(second->bucket == call->bucket && second->key == call->key &&
        second->operation == call->operation);
  return 0;
}
