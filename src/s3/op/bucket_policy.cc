// GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus.
#include "policy/bucket_policy.h"
#include "base/limits.h"
#include "codec/xml.h"
#include "s3/access.h"
#include "s3/handlers.h"
#include "s3/policy_names.h"

namespace muzn::s3 {
namespace {

// A policy is its bucket owner's: AWS tells those of other accounts that may, that it is not
// allowed all the same.
Outcome<void> check_account(const Exchange& exchange) {
  if (exchange.who.principal().account == exchange.bucket->owner) return {};
  return refuse(ErrorCode::kMethodNotAllowed);
}

Error no_policy(const Exchange& exchange) {
  Error out(ErrorCode::kNoSuchBucketPolicy);
  out.extra.emplace_back("BucketName", exchange.call.bucket);
  return out;
}

// Of what may not be put. Errors: MalformedPolicy, PolicyTooLarge, AccessDenied (public, and public
// policies are blocked).
Outcome<void> judge(const std::string& text, const object::Bucket& bucket,
                    const control::State& state) {
  const auto document = policy::parse_policy(text, policy::Attachment::kResource);
  if (!document) {
    if (document.error().code == Code::kLimit) return refuse(ErrorCode::kPolicyTooLarge);
    return refuse(ErrorCode::kMalformedPolicy, document.error().what);
  }
  TRY_VOID(check_policy_names(*document, bucket.name, state));
  if (effective_block(bucket, state).block_public_policy && policy::is_public(*document)) {
    return refuse(ErrorCode::kAccessDenied,
                  "Public policies are prevented by the BlockPublicPolicy setting in S3 Block "
                  "Public Access.");
  }
  return {};
}

}  // namespace

Task<Answer> get_bucket_policy(Context& context, Exchange& exchange) {
  CO_TRY_VOID(check_account(exchange));
  const control::Snapshot state = context.gate.state();
  const control::StoredPolicy* const stored = bucket_policy(*exchange.bucket, *state);
  if (stored == nullptr) co_return std::unexpected(no_policy(exchange));
  http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.body = stored->text;
  co_return response;
}

Task<Answer> put_bucket_policy(Context& context, Exchange& exchange) {
  CO_TRY_VOID(check_account(exchange));
  CO_TRY(std::string text, co_await read_document(context, exchange, limits::kXmlBodyBytes, false));
  CO_TRY_VOID(judge(text, *exchange.bucket, *context.gate.state()));
  CO_TRY_VOID(co_await propose(
      context, exchange, control::PutBucketPolicy{bucket_ref(*exchange.bucket), std::move(text)}));
  co_return no_content();
}

Task<Answer> delete_bucket_policy(Context& context, Exchange& exchange) {
  CO_TRY_VOID(check_account(exchange));
  // Removing what is not there succeeds, as in AWS, and is no act.
  if (bucket_policy(*exchange.bucket, *context.gate.state()) != nullptr) {
    const auto done = co_await propose(context, exchange,
                                       control::DeleteBucketPolicy{bucket_ref(*exchange.bucket)});
    if (!done && bucket_policy(*exchange.bucket, *context.gate.state()) != nullptr) {
      co_return std::unexpected(done.error());
    }
  }
  co_return no_content();
}

Task<Answer> get_bucket_policy_status(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  const control::Snapshot state = context.gate.state();
  CO_TRY(const policy::BucketRules rules, bucket_rules(bucket, *state));
  const bool is_public = (rules.policy != nullptr && rules.policy->is_public) ||
                         (!rules.acls_disabled && policy::is_public(rules.acl));
  codec::XmlWriter xml("PolicyStatus", kXmlns);
  xml.element("IsPublic", is_public);
  co_return xml_response(xml.finish());
}

}  // namespace muzn::s3
