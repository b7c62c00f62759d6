#include "s3/body_facts.h"

#include "base/limits.h"
#include "gate/held.h"
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

// How long a body may be of which a policy asks something; 0: none asks anything of this one.
std::size_t asked_bytes_max(const Call& call, const gate::Held& held,
                            const control::StoredPolicy* stored) {
  const policy::BucketPolicy* const policy = stored == nullptr ? nullptr : &stored->parsed;
  if (call.operation->name == kTagging) {
    return policies_ask(held, policy, AskedOf::kRequestTags) ? kTaggingXmlMax : 0;
  }
  return policies_ask(held, policy, AskedOf::kLock) ? limits::kXmlBodyBytes : 0;
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
  if (call.operation->name != kTagging && !locks_by_body(call)) co_return Outcome<void>{};
  const gate::Held held(context.gate.state(), caller.principal());
  const std::size_t bytes_max = asked_bytes_max(call, held, bucket_policy(bucket, *held.state()));
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
