#include "server/trail_outlet.h"

#include <utility>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "policy/access.h"
#include "s3/access.h"

namespace muzn::server {
namespace {

constexpr std::string_view kService = "cloudtrail.amazonaws.com";
constexpr std::string_view kPut = "s3:PutObject";

// What a bucket's policy may ask of a write that no request asked for. AWS: "Amazon S3 bucket
// policy for CloudTrail".
class TrailFacts final : public policy::Facts {
 public:
  TrailFacts(std::string_view account, std::string_view trail) : account_(account), trail_(trail) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    if (key == "aws:sourcearn") return one(trail_);
    if (key == "aws:sourceaccount") return one(account_);
    if (key == "s3:x-amz-acl") return one("bucket-owner-full-control");
    if (key == "aws:securetransport" || key == "aws:principalisawsservice") return one("true");
    if (key == "aws:principalservicename") return one(kService);
    return std::nullopt;
  }

 private:
  static std::vector<std::string> one(std::string_view value) { return {std::string(value)}; }
  const std::string_view account_;
  const std::string_view trail_;
};

std::string_view s3_name(const object::Failure& failure) {
  if (failure.fault == object::Fault::kNoSuchBucket) return "NoSuchBucket";
  if (failure.fault == object::Fault::kLocked || failure.fault == object::Fault::kResidency) {
    return "AccessDenied";
  }
  if (failure.code == Code::kNoSpace) return "InsufficientStorage";
  if (failure.code == Code::kUnavailable) return "ServiceUnavailable";
  return "InternalError";
}
std::unexpected<std::string> refuse(std::string_view name) {
  return std::unexpected(std::string(name));
}

// The bytes were made here: there is nothing to compare them with.
class OwnBytes final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {crypto::Algorithm::kCrc64Nvme}; }
  object::Outcome<std::optional<object::Checksum>> judge(
      const crypto::HasherSet& digests) override {
    object::Checksum out;
    out.value = digests.get(out.algorithm).value_or("");
    return out;
  }
};

std::optional<object::DefaultRetention> default_retention(const object::Bucket& bucket,
                                                          const control::State& state) {
  const control::BucketControls* const acts = state.bucket(codec::hex_encode(bucket.id));
  if (!bucket.object_lock || acts == nullptr || !acts->lock_default) return std::nullopt;
  return object::DefaultRetention{.mode = acts->lock_default->compliance
                                              ? object::RetentionMode::kCompliance
                                              : object::RetentionMode::kGovernance,
                                  .days = acts->lock_default->days,
                                  .years = acts->lock_default->years};
}

policy::Caller root_of(const std::string& account) {
  return {.account = account,
          .is_root = true,
          .arn = "arn:aws:iam::" + account + ":root",
          .user_id = {}};
}
policy::Caller the_service() {
  return {
      .account = {}, .is_root = false, .arn = {}, .user_id = {}, .service = std::string(kService)};
}

}  // namespace

Task<std::expected<object::Bucket, std::string>> TrailOutlet::judge(Ask ask) {
  auto bucket = co_await objects_.get_bucket(ask.bucket);
  if (!bucket) co_return refuse(s3_name(bucket.error()));
  const control::Snapshot state = controller_.state();
  const auto rules = s3::bucket_rules(*bucket, *state);
  if (!rules) co_return refuse("InternalError");

  const TrailFacts facts(ask.account, ask.trail);
  const policy::ObjectRules nothing;  // a new object: what stands there does not matter
  const std::string resource = "arn:aws:s3:::" + ask.bucket + "/" + ask.key;
  const auto asked = [&](const policy::Caller& caller) {
    return policy::may({.caller = caller,
                        .action = kPut,
                        .bucket = *rules,
                        .resource = resource,
                        .key = ask.key,
                        .facts = &facts,
                        .creates = true,
                        .object = &nothing,
                        .initiator = {}});
  };
  const policy::Caller service = the_service();
  const policy::Answer by_policy = asked(service);
  bool allowed = by_policy.allowed;
  bool denied = by_policy.decision.verdict == policy::Verdict::kDeny;
  if (bucket->owner == ask.account) {
    const policy::Caller root = root_of(ask.account);
    const policy::Answer by_owner = asked(root);
    allowed = allowed || by_owner.allowed;
    denied = denied || by_owner.decision.verdict == policy::Verdict::kDeny;
  }
  if (!allowed || denied) co_return refuse("AccessDenied");
  // Events are of all of the account: its rules bind them, whatever bucket they speak of.
  const auto permit =
      policy::may_send(control::residency_rules(*state, ask.account),
                       control::to_bucket(*state, policy::Egress::kTrail, bucket->owner,
                                          codec::hex_encode(bucket->id), bucket->name));
  if (!permit) co_return refuse(std::string(trail::kResidencyFailure) + permit.error().what);
  co_return std::move(*bucket);
}

Task<std::expected<void, std::string>> TrailOutlet::check(std::string account, std::string trail,
                                                          std::string bucket, std::string key) {
  const auto judged = co_await judge({.account = std::move(account),
                                      .trail = std::move(trail),
                                      .bucket = std::move(bucket),
                                      .key = std::move(key)});
  if (!judged) co_return refuse(judged.error());
  co_return std::expected<void, std::string>{};
}

// Does this very file stand there already?
Task<bool> TrailOutlet::is_there(object::Bucket bucket, trail::Upload upload) {
  const auto opened = co_await objects_.open_in(bucket.shard, upload.key, std::nullopt);
  if (!opened) co_return false;
  const object::Version& version = (*opened)->version();
  co_return version.size == upload.bytes.size() &&
      version.etag == codec::hex_encode(crypto::md5(upload.bytes));
}

Task<std::expected<void, std::string>> TrailOutlet::put(trail::Upload upload) {
  auto bucket = co_await judge({.account = upload.account,
                                .trail = upload.trail,
                                .bucket = upload.bucket,
                                .key = upload.key});
  if (!bucket) co_return refuse(bucket.error());
  if (upload.again && co_await is_there(*bucket, upload)) {
    co_return std::expected<void, std::string>{};
  }
  object::PutArgs args{.bucket = upload.bucket,
                       .key = upload.key,
                       .owner = bucket->owner,
                       .acl = {},
                       .lock = {},
                       .default_retention = default_retention(*bucket, *controller_.state()),
                       .attributes = {},
                       .size = upload.bytes.size(),
                       .size_max = upload.bytes.size(),
                       .condition = {}};
  args.attributes.content_type = "application/json";
  args.attributes.content_encoding = "gzip";
  args.attributes.user_metadata = std::move(upload.metadata);
  StringSource body(std::move(upload.bytes));
  OwnBytes verifier;
  const auto written = co_await objects_.put(std::move(args), body, verifier);
  if (!written) co_return refuse(s3_name(written.error()));
  co_return std::expected<void, std::string>{};
}

}  // namespace muzn::server
