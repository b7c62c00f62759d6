#include "s3/preflight.h"

#include "s3/cors.h"
#include "s3/header_list.h"
#include "s3/names.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kOrigin = "Origin";
constexpr std::string_view kRequestMethod = "Access-Control-Request-Method";
constexpr std::string_view kRequestHeaders = "Access-Control-Request-Headers";
constexpr std::string_view kNoBucket = "Bucket not found";

std::unexpected<Error> forbidden(const Call& call, std::string_view method, std::string_view why) {
  Error error(ErrorCode::kAccessForbidden, "CORSResponse: " + std::string(why));
  error.extra.emplace_back("Method", method);
  error.extra.emplace_back("ResourceType", call.key.empty() ? "BUCKET" : "OBJECT");
  return std::unexpected(std::move(error));
}

// nullopt: the bucket has no rules.
Task<Outcome<std::optional<std::vector<CorsRule>>>> rules_of(Context& context, std::string bucket) {
  CO_TRY(object::Bucket found, co_await context.objects.get_bucket(std::move(bucket)));
  CO_TRY(const auto document,
         co_await context.objects.get_document(std::move(found), std::string(kCorsName)));
  if (!document) co_return std::nullopt;
  CO_TRY(auto rules, parse_cors(*document));
  co_return std::move(rules);
}

}  // namespace

Task<Answer> preflight(Context& context, const http::RequestHead& head, const Call& call) {
  const auto origin = head.headers.get(kOrigin);
  if (!origin || origin->empty()) {
    co_return refuse(ErrorCode::kBadRequest,
                     "Insufficient information. Origin request header needed.");
  }
  const auto method = head.headers.get(kRequestMethod);
  if (!method || !is_cors_method(*method)) {
    co_return refuse(ErrorCode::kBadRequest, "Invalid Access-Control-Request-Method: " +
                                                 std::string(method.value_or("null")));
  }
  std::optional<std::vector<CorsRule>> rules;
  if (!call.bucket.empty()) {
    if (!possible_bucket_name(call.bucket)) co_return forbidden(call, *method, kNoBucket);
    auto found = co_await rules_of(context, call.bucket);
    if (!found && found.error().code == ErrorCode::kNoSuchBucket) {
      co_return forbidden(call, *method, kNoBucket);
    }
    CO_TRY(rules, std::move(found));
  }
  if (!rules) co_return forbidden(call, *method, "CORS is not enabled for this bucket.");
  const CorsQuestion question{
      .origin = *origin,
      .method = *method,
      .headers = list_items(head.headers.get(kRequestHeaders).value_or(""))};
  const CorsRule* const rule = find_cors_rule(*rules, question);
  if (rule == nullptr) {
    co_return forbidden(call, *method,
                        "This CORS request is not allowed. This is usually because the evalution "
                        "of Origin, request method / Access-Control-Request-Method or "
                        "Access-Control-Request-Headers are not whitelisted by the resource's CORS "
                        "spec.");
  }
  http::Response response;
  add_cors_headers(response.headers, *rule, question);
  response.headers.set("Vary", kCorsVary);
  co_return response;
}

Task<void> allow_origin(Context& context, const http::RequestHead& head, std::string_view bucket,
                        http::Response& response) {
  const auto origin = head.headers.get(kOrigin);
  if (!origin || origin->empty() || bucket.empty() || head.method == "OPTIONS") co_return;
  // Without the rules, whatever the reason, the page may not read the answer, and that is all.
  const auto rules = co_await rules_of(context, std::string(bucket));
  if (!rules || !*rules) co_return;
  response.headers.set("Vary", kCorsVary);
  // A method that is asked for counts before the one that is used, as in AWS.
  const CorsQuestion question{.origin = *origin,
                              .method = head.headers.get(kRequestMethod).value_or(head.method),
                              .headers = {}};
  const CorsRule* const rule = find_cors_rule(**rules, question);
  if (rule != nullptr) add_cors_headers(response.headers, *rule, question);
}

}  // namespace muzn::s3
