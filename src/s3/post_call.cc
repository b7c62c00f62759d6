#include "s3/post_call.h"

#include <limits>

#include "codec/uri.h"
#include "http/grammar.h"
#include "s3/post_policy.h"
#include "s3/route.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kPolicy = "policy";

Outcome<std::string> parse_key(const http::Headers& fields) {
  const auto key = fields.get("key");
  if (!key) {
    return invalid_argument(
        "Bucket POST must contain a field named 'key'.  If it is specified, "
        "please check the order of the fields.",
        "key", "");
  }
  if (key->empty()) return refuse(ErrorCode::kUserKeyMustBeSpecified);
  if (!codec::is_utf8(*key) || key->contains('\0')) return refuse(ErrorCode::kInvalidURI);
  TRY_VOID(check_key(*key));
  return std::string(*key);
}

// How large the file may be.
Outcome<std::uint64_t> judge_policy(PostForm& form, std::string_view bucket, Time now) {
  const auto text = form.fields().get(kPolicy);
  if (!text) return std::numeric_limits<std::uint64_t>::max();
  TRY(const PostPolicy policy, parse_post_policy(*text));
  TRY_VOID(check_post_policy(policy, form.fields_with(bucket), now));
  form.set_size_min(policy.size_min);
  return policy.size_max;
}

}  // namespace

Outcome<PostForm> open_form(http::Request& request) {
  constexpr std::string_view kForm = "multipart/form-data";
  const std::string_view type = header(request, "content-type");
  if (const auto boundary = http::form_boundary(type)) return PostForm(*request.body, *boundary);
  if (http::starts_with_ignoring_case(type, kForm)) return refuse(ErrorCode::kMalformedPOSTRequest);
  Error error(ErrorCode::kPreconditionFailed);
  error.extra.emplace_back("Condition",
                           "Bucket POST must be of the enclosure-type multipart/form-data");
  return std::unexpected(std::move(error));
}

Outcome<void> check_form_sender(const gate::Authenticated& sender) {
  if (!sender.proof()) return {};
  return refuse(ErrorCode::kInvalidRequest,
                "A form is authenticated by its own fields, and by nothing beside them.");
}

Outcome<PostCall> plan_post(PostForm& form, const http::RequestHead& head, const Call& call,
                            Time now) {
  TRY(const std::uint64_t size_max, judge_policy(form, call.bucket, now));
  TRY(std::string key, parse_key(form.fields()));
  PostCall out{.form = form, .key = std::move(key), .head = head, .size_max = size_max};
  TRY(out.head.headers, object_headers_of(form.fields()));
  // How many bytes of the body are the file's shows only at its end.
  out.head.framing = http::Framing::kChunked;
  out.head.content_length = 0;
  return out;
}

}  // namespace muzn::s3
