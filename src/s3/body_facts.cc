#include "s3/body_facts.h"

#include "base/limits.h"
#include "s3/access.h"
#include "s3/body.h"
#include "s3/lock_xml.h"
#include "s3/route.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kTagging = "PutObjectTagging";
constexpr std::string_view kRetention = "PutObjectRetention";
constexpr std::string_view kLegalHold = "PutObjectLegalHold";

// How long a body may be of which a policy asks something; 0: it asks nothing of this one.
std::size_t asked_bytes_max(const Call& call, const control::StoredPolicy* policy) {
  if (policy == nullptr) return 0;
  if (call.operation->name == kTagging)
    return policy->parsed.asks_request_tags ? kTaggingXmlMax : 0;
  if (!locks_by_body(call)) return 0;
  return policy->parsed.document.names("s3:object-lock-") ? limits::kXmlBodyBytes : 0;
}

template <class T>
std::optional<T> if_good(Outcome<T> parsed) {
  return parsed ? std::optional<T>(*std::move(parsed)) : std::nullopt;
}

BodyFacts parse(const Call& call, std::string_view document) {
  BodyFacts out;
  if (call.operation->name == kTagging) {
    out.tags = if_good(parse_tagging_document(document, kObjectTagsMax));
  } else if (call.operation->name == kRetention) {
    out.retention = if_good(parse_retention(document));
  } else {
    out.hold = if_good(parse_legal_hold(document));
  }
  return out;
}

}  // namespace

bool locks_by_body(const Call& call) {
  return call.operation->name == kRetention || call.operation->name == kLegalHold;
}

Task<Outcome<void>> read_body_facts(const Context& context, http::Request& request,
                                    const Call& call, const gate::Authenticated& caller,
                                    const object::Bucket& bucket, ReadBody& out) {
  const control::Snapshot state = context.gate.state();
  const std::size_t bytes_max = asked_bytes_max(call, bucket_policy(bucket, *state));
  if (bytes_max == 0 || request.body == nullptr) co_return Outcome<void>{};
  auto raw = co_await read_all(*request.body, 2 * bytes_max);  // in chunks it is longer
  if (!raw && raw.error().code == Code::kLimit) {
    co_return refuse(ErrorCode::kMaxMessageLengthExceeded);
  }
  if (!raw) co_return std::unexpected<Error>(Error(object::Failure(raw.error())));
  out.again.emplace(*raw);
  request.body = &*out.again;
  auto plan = plan_document(request.head, caller.proof(), bytes_max, true);
  if (!plan) co_return Outcome<void>{};
  StringSource source(*std::move(raw));
  UploadBody body(source, *std::move(plan), caller.proof(), std::nullopt);
  const auto text = co_await read_all(body, bytes_max);
  if (text) out.facts = parse(call, *text);
  co_return Outcome<void>{};
}

}  // namespace muzn::s3
