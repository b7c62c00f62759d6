#include "s3/op.h"

namespace muzn::s3 {

std::string_view header(const http::Request& request, std::string_view name) {
  return request.head.headers.get(name).value_or(std::string_view());
}

std::string quoted(std::string_view etag) {
  std::string out;
  out.reserve(etag.size() + 2);
  out.append("\"").append(etag).append("\"");
  return out;
}

http::Response xml_response(std::string document) {
  http::Response response;
  response.headers.set("Content-Type", "application/xml");
  response.body = std::move(document);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

Task<Outcome<void>> propose(Context& context, const Exchange& exchange, control::ActBody act) {
  auto done = co_await context.controller.propose(exchange.who.principal().arn,
                                                  std::string(exchange.request_id), std::move(act));
  if (!done) co_return std::unexpected<Error>(Error(done.error()));
  exchange.record.leaf = std::move(done->leaf);
  co_return Outcome<void>{};
}

Outcome<void> check_expected_owner(const Exchange& exchange) {
  const std::string_view expected = header(exchange.request, "x-amz-expected-bucket-owner");
  if (expected.empty() || !exchange.bucket || exchange.bucket->owner == expected) return {};
  return refuse(ErrorCode::kAccessDenied);
}

}  // namespace muzn::s3
