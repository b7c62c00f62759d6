#include "s3/logging.h"

#include <algorithm>

#include "audit/record.h"
#include "base/limits.h"
#include "codec/date.h"
#include "s3/access.h"
#include "s3/lock.h"
#include "s3/request_payment.h"
#include "s3/residency.h"

namespace muzn::s3 {
namespace {

using Values = std::optional<std::vector<std::string>>;

std::string canonical_id(const control::State& state, std::string_view account) {
  const control::Account* const found = state.account(account);
  return found == nullptr ? std::string() : found->canonical_id;
}

std::shared_ptr<audit::AccessFacts> begin_facts(const Context& context,
                                                const http::Request& request,
                                                const gate::Authenticated* caller,
                                                const object::Bucket& bucket) {
  const control::Snapshot state = context.gate.state();
  auto out = facts_of_log(*state, bucket);
  if (!out) return nullptr;
  // A page that was opened by a presigned URL hands it on to whatever it refers to.
  out->referer = audit::redact_target(request.head.headers.get("Referer").value_or(""));
  out->host_id = context.settings.host_id;
  out->tls_cipher = request.peer.tls_cipher;
  if (caller == nullptr) return out;
  const gate::Principal& who = caller->principal();
  const bool is_root = who.type == gate::Principal::Type::kRoot;
  out->requester = is_root ? canonical_id(*state, who.account) : who.arn;
  if (!caller->proof()) return out;
  const sigv4::Claim& claim = caller->proof()->claim();
  out->signature_version = claim.v2 ? "SigV2" : "SigV4";
  out->auth_type = claim.form == sigv4::Form::kPresigned ? "QueryString" : "AuthHeader";
  return out;
}

// What a target's policy may ask of a delivery.
class DeliveryFacts final : public policy::Facts {
 public:
  DeliveryFacts(const Context& context, const object::Bucket& target, std::string source,
                std::string account)
      : context_(context),
        target_(target),
        source_(std::move(source)),
        account_(std::move(account)) {}

  Values values(std::string_view key) const override {
    if (key == "aws:sourcearn") return one("arn:aws:s3:::" + source_);
    // Some name accounts by their canonical ids everywhere; both mean the same.
    if (key == "aws:sourceaccount") {
      return std::vector{account_, canonical_id(*context_.gate.state(), account_)};
    }
    if (key == "aws:principalservicename") return one(std::string(kLogService));
    if (key == "aws:principalisawsservice" || key == "aws:securetransport") return one("true");
    if (key == "aws:resourceaccount" || key == "s3:resourceaccount") return one(target_.owner);
    if (key == "aws:requestedregion") return one(context_.settings.region);
    const Time now = context_.clock.now();
    if (key == "aws:currenttime") return one(codec::iso8601_millis(now));
    if (key == "aws:epochtime") return one(std::to_string(to_micros(now) / 1'000'000));
    return std::nullopt;
  }

 private:
  static Values one(std::string value) { return std::vector{std::move(value)}; }

  const Context& context_;
  const object::Bucket& target_;
  const std::string source_;
  const std::string account_;
};

// With access lists: AWS's log delivery group has to have WRITE and READ_ACP.
bool list_allows(const object::Bucket& target) {
  if (acls_disabled(target)) return false;
  const auto acl = stored_acl(target.acl, target.owner);
  if (!acl) return false;
  const auto grants = [&](policy::Permission permission) {
    return std::ranges::any_of(acl->grants, [permission](const policy::Grant& grant) {
      return grant.grantee.kind == policy::Grantee::Kind::kLogDelivery &&
             (grant.permission == permission ||
              grant.permission == policy::Permission::kFullControl);
    });
  };
  return grants(policy::Permission::kWrite) && grants(policy::Permission::kReadAcp);
}

// A policy may name the objects to come, or the prefix that they begin with.
bool may_deliver(const Context& context, const object::Bucket& target, std::string_view source,
                 std::string_view account, std::string_view prefix, std::string_view key) {
  const control::Snapshot state = context.gate.state();
  const control::StoredPolicy* const stored = bucket_policy(target, *state);
  bool is_allowed = list_allows(target);
  if (stored == nullptr) return is_allowed;
  policy::Caller service;
  service.service = kLogService;
  const DeliveryFacts facts(context, target, std::string(source), std::string(account));
  for (const std::string_view name : {key, prefix}) {
    const std::string resource = "arn:aws:s3:::" + target.name + "/" + std::string(name);
    const policy::Finding found = policy::evaluate(
        stored->parsed.document, policy::Attachment::kResource,
        {.caller = service, .action = "s3:PutObject", .resource = resource, .facts = facts});
    if (found.verdict == policy::Verdict::kDeny) return false;
    if (found.verdict == policy::Verdict::kAllow && !found.to_account_only) is_allowed = true;
  }
  return is_allowed;
}

std::unexpected<Error> refuse_target(std::string why) {
  return refuse(ErrorCode::kInvalidTargetBucketForLogging, std::move(why));
}

std::unexpected<Error> refuse_delivery(std::string_view target) {
  return refuse(ErrorCode::kAccessDenied, "The bucket " + std::string(target) + " does not allow " +
                                              std::string(kLogService) +
                                              " to put objects under this prefix.");
}

// Lines name keys and who asked for them. Of a bucket that is gone its account's rules are left.
Task<Outcome<void>> check_residency_of_log(const Context& context, const LogObject& object,
                                           const object::Bucket& target) {
  const control::Snapshot state = context.gate.state();
  if (!control::has_residency(*state)) co_return Outcome<void>();
  object::Bucket source;
  source.owner = object.account;
  const auto found = co_await context.objects.get_bucket(object.bucket);
  if (found && found->owner == object.account) source = *found;
  co_return check_residency(*state, policy::Egress::kAccessLog, source, target);
}

Outcome<std::string> acl_of_log(const object::Bucket& bucket, const audit::AccessTarget& target) {
  if (target.grants.empty() || acls_disabled(bucket)) return std::string();
  policy::Acl acl = policy::private_acl(bucket.owner);
  TRY(const policy::Acl more, policy::decode_acl(target.grants));
  acl.grants.insert(acl.grants.end(), more.grants.begin(), more.grants.end());
  return policy::encode(policy::normalized(std::move(acl)));
}

// Takes any body, and keeps the checksum that AWS makes of whatever comes without one.
class LogVerifier final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {kAlgorithm}; }
  object::Outcome<std::optional<object::Checksum>> judge(
      const crypto::HasherSet& digests) override {
    const auto digest = digests.get(kAlgorithm);
    CHECK(digest.has_value());
    return object::Checksum{.algorithm = kAlgorithm, .type = {}, .value = *digest, .parts = 0};
  }

 private:
  static constexpr crypto::Algorithm kAlgorithm = crypto::Algorithm::kCrc64Nvme;
};

}  // namespace

std::shared_ptr<audit::AccessFacts> facts_of_log(const control::State& state,
                                                 const object::Bucket& bucket) {
  const auto target = audit::decode_access_target(bucket.logging);
  if (!target) return nullptr;
  auto out = std::make_shared<audit::AccessFacts>();
  out->target = bucket.logging;
  out->strict = target->strict;
  out->account = bucket.owner;
  out->region = bucket.region;
  out->bucket_owner = canonical_id(state, bucket.owner);
  return out;
}

void note_access(const Context& context, const http::Request& request,
                 const gate::Authenticated* caller, const object::Bucket& bucket,
                 audit::Record& record) {
  if (!bucket.logging.empty()) record.access = begin_facts(context, request, caller, bucket);
}

void note_source(const Context& context, const Exchange& exchange, const object::Bucket& bucket,
                 std::string_view key, const object::Version& version) {
  if (bucket.logging.empty()) return;
  auto facts = begin_facts(context, exchange.request, &exchange.caller, bucket);
  if (!facts) return;
  exchange.record.also.push_back({.operation = "REST.COPY.OBJECT_GET",
                                  .bucket = bucket.name,
                                  .key = std::string(key),
                                  .version_id = version.version_id,
                                  .status = 200,
                                  .error_code = {},
                                  .object_size = version.size,
                                  .facts = std::move(facts)});
}

void note_size(audit::Record& record, std::uint64_t size) {
  if (record.access) record.access->object_size = size;
}

Task<Outcome<void>> ensure_recorded(const Context& context, const http::RequestHead& head,
                                    audit::Record& record) {
  const bool is_change = head.method == "PUT" || head.method == "POST" || head.method == "DELETE";
  if (!is_change || !record.access || !record.access->strict) co_return Outcome<void>();
  Result<void> done = fail(Code::kUnavailable, "there is nowhere to record it");
  if (context.intents != nullptr) done = co_await context.intents->ensure(record);
  if (done) {
    record.access->is_intended = true;
    co_return Outcome<void>();
  }
  Error error(ErrorCode::kServiceUnavailable,
              "The bucket's access log is strict, and can't take a record of this change now.");
  error.cause = "access log: " + done.error().what;
  co_return std::unexpected(std::move(error));
}

Task<Outcome<void>> check_log_target(const Context& context, const object::Bucket& source,
                                     const audit::AccessTarget& target) {
  const auto bucket = co_await context.objects.get_bucket(target.bucket);
  if (!bucket) {
    if (bucket.error().fault != object::Fault::kNoSuchBucket) {
      co_return std::unexpected(Error(bucket.error()));
    }
    co_return refuse_target("The target bucket for logging does not exist");
  }
  if (bucket->owner != source.owner) {
    co_return refuse_target(
        "The owner for the bucket to be logged and the target bucket must be "
        "the same.");
  }
  CO_TRY_VOID(check_residency(*context.gate.state(), policy::Egress::kAccessLog, source, *bucket));
  CO_TRY(const auto payment,
         co_await context.objects.get_document(*bucket, std::string(kRequestPaymentName)));
  if (payment) {
    co_return refuse_target("The target bucket for logging must not have Requester Pays");
  }
  if (default_retention(context, *bucket)) {
    co_return refuse_target("The target bucket for logging must not have a default retention");
  }
  if (!target.grants.empty() && acls_disabled(*bucket)) {
    co_return refuse(ErrorCode::kAccessControlListNotSupported);
  }
  if (!may_deliver(context, *bucket, source.name, source.owner, target.prefix,
                   target.prefix + "2006-02-01-00-00-00-0123456789ABCDEF")) {
    co_return refuse_delivery(target.bucket);
  }
  co_return Outcome<void>();
}

Task<Outcome<void>> deliver_log(const Context& context, LogObject object) {
  CO_TRY(const object::Bucket bucket, co_await context.objects.get_bucket(object.target.bucket));
  if (bucket.owner != object.account || !may_deliver(context, bucket, object.bucket, object.account,
                                                     object.target.prefix, object.key)) {
    co_return refuse_delivery(bucket.name);
  }
  CO_TRY_VOID(co_await check_residency_of_log(context, object, bucket));
  CO_TRY(std::string acl, acl_of_log(bucket, object.target));
  object::PutArgs put{.bucket = bucket.name,
                      .key = std::move(object.key),
                      .owner = bucket.owner,
                      .acl = std::move(acl),
                      .lock = {},
                      .default_retention = default_retention(context, bucket),
                      .attributes = {},
                      .size = object.lines.size(),
                      .size_max = limits::kPutBytesMax,
                      .condition = {}};
  put.attributes.content_type = "text/plain";
  put.condition.if_none_match = "*";
  StringSource body(std::move(object.lines));
  LogVerifier verifier;
  const auto written = co_await context.objects.put(std::move(put), body, verifier);
  if (written || written.error().fault == object::Fault::kPreconditionFailed) {
    co_return Outcome<void>();
  }
  co_return std::unexpected(Error(written.error()));
}

}  // namespace muzn::s3
