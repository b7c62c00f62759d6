#include "s3/access.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "http/grammar.h"
#include "s3/object_headers.h"

namespace muzn::s3 {
namespace {

// AWS, "Actions, resources, and condition keys for Amazon S3".
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kVersionActions = {{
    {"s3:GetObject", "s3:GetObjectVersion"},
    {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"},
    {"s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"},
    {"s3:GetObjectTagging", "s3:GetObjectVersionTagging"},
    {"s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"},
    {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"},
    {"s3:PutObjectTagging", "s3:PutObjectVersionTagging"},
    {"s3:DeleteObject", "s3:DeleteObjectVersion"},
    {"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"},
    {"s3:DeleteObjectAnnotation", "s3:DeleteObjectVersionAnnotation"},
}};

bool is_missing(object::Fault fault) {
  return fault == object::Fault::kNoSuchKey || fault == object::Fault::kNoSuchVersion ||
         fault == object::Fault::kDeleteMarker || fault == object::Fault::kMarkerVersion;
}

// The object's rules, and the version that they are of.
struct Looked {
  policy::ObjectRules rules;
  std::unique_ptr<object::OpenVersion> version;
};

Task<Outcome<Looked>> look(Context& context, const object::Bucket& bucket, const Target& target) {
  auto opened = co_await context.objects.open_in(bucket.shard, target.key, target.version_id);
  if (!opened && is_missing(opened.error().fault)) co_return Looked{};
  if (!opened) co_return std::unexpected<Error>(Error(opened.error()));
  const object::Version& version = (*opened)->version();
  Looked out;
  out.rules.exists = true;
  out.rules.owner = version.owner;
  CO_TRY(out.rules.acl, stored_acl(version.acl, version.owner));
  out.version = std::move(*opened);
  co_return out;
}

bool asks_what_it_is(const object::WriteCondition& condition) {
  const auto specific = [](const std::optional<std::string>& tags) {
    return tags && http::trim_ows(*tags) != "*";
  };
  return specific(condition.if_match) || specific(condition.if_none_match) ||
         condition.if_match_size || condition.if_match_modified;
}

// Who began the upload; "" when it is not there.
Task<Outcome<std::string>> initiator_of(Context& context, const object::Bucket& bucket,
                                        const Target& target) {
  const object::UploadRef ref{bucket.name, target.key, target.upload_id};
  auto upload = co_await context.objects.get_upload(ref);
  if (upload) co_return std::move(upload->initiator);
  if (upload.error().fault == object::Fault::kNoSuchUpload) co_return std::string();
  co_return std::unexpected<Error>(Error(upload.error()));
}

}  // namespace

std::optional<policy::PublicAccessBlock> public_access_block(const object::Bucket& bucket,
                                                             const control::State& state) {
  const control::BucketControls* const acts =
      state.buckets.empty() ? nullptr : state.bucket(codec::hex_encode(bucket.id));
  if (acts != nullptr && acts->public_access_decided) return acts->public_access_block;
  if (bucket.public_access_block == 0) return std::nullopt;
  return policy::block_of_bits(bucket.public_access_block);
}

control::BucketRef bucket_ref(const object::Bucket& bucket) {
  return {.name = bucket.name, .id = codec::hex_encode(bucket.id)};
}

bool acls_disabled(const object::Bucket& bucket) {
  return bucket.ownership == object::Ownership::kBucketOwnerEnforced;
}

Result<policy::Acl> stored_acl(std::string_view bytes, std::string_view owner) {
  if (bytes.empty()) return policy::private_acl(owner);
  return policy::decode_acl(bytes);
}

Result<policy::BucketRules> bucket_rules(const object::Bucket& bucket,
                                         const control::State& state) {
  policy::BucketRules out;
  out.owner = bucket.owner;
  out.acls_disabled = acls_disabled(bucket);
  out.block = public_access_block(bucket, state).value_or(policy::PublicAccessBlock{});
  // With ACLs disabled nobody looks at it, and this is on the way of every request.
  if (!out.acls_disabled) {
    TRY(out.acl, stored_acl(bucket.acl, bucket.owner));
  }
  return out;
}

std::string_view action_on(std::string_view action, bool names_version) {
  if (!names_version) return action;
  const auto* const found = std::ranges::find(
      kVersionActions, action, &std::pair<std::string_view, std::string_view>::first);
  return found == kVersionActions.end() ? action : found->second;
}

Task<Outcome<Granted>> authorize(Context& context, const gate::Authenticated& caller,
                                 const object::Bucket& bucket, Target target) {
  const control::Snapshot state = context.gate.state();
  const std::string_view action = action_on(target.action, target.version_id.has_value());
  const policy::Caller who = gate::policy_caller(caller.principal());
  CO_TRY(const policy::BucketRules rules, bucket_rules(bucket, *state));

  Looked looked;
  if (policy::needs_object(who, action, rules)) {
    CO_TRY(looked, co_await look(context, bucket, target));
  }
  std::string initiator;
  if (policy::needs_initiator(who, action, rules)) {
    CO_TRY(initiator, co_await initiator_of(context, bucket, target));
  }
  std::string resource = "arn:aws:s3:::" + bucket.name;
  if (!target.key.empty()) resource.append("/").append(target.key);
  auto granted = context.gate.authorize(caller, gate::Ask{.action = action,
                                                          .resource = std::move(resource),
                                                          .owner = bucket.owner,
                                                          .bucket = &rules,
                                                          .object = &looked.rules,
                                                          .initiator = initiator});
  if (!granted) co_return refuse(ErrorCode::kAccessDenied, granted.error().message);
  co_return Granted{std::move(*granted), std::move(looked.version)};
}

Task<Outcome<void>> authorize_condition(Context& context, const gate::Authenticated& caller,
                                        const object::Bucket& bucket, std::string key,
                                        std::optional<std::string> version_id,
                                        const object::WriteCondition& condition) {
  if (!asks_what_it_is(condition)) co_return Outcome<void>();
  Target target{.action = "s3:GetObject",
                .key = std::move(key),
                .version_id = std::move(version_id),
                .upload_id = {}};
  CO_TRY_VOID(co_await authorize(context, caller, bucket, std::move(target)));
  co_return Outcome<void>();
}

Outcome<NewObject> plan_write(const Context& context, const Exchange& exchange) {
  const control::Snapshot state = context.gate.state();
  TRY(const AclRequest request,
      parse_acl_headers(exchange.request.head.headers, AclTarget::kObject, *state));
  return plan_new_object(
      request, *exchange.bucket,
      public_access_block(*exchange.bucket, *state).value_or(policy::PublicAccessBlock{}),
      exchange.who.principal().account);
}

Task<Outcome<std::unique_ptr<object::OpenVersion>>> open_judged(Context& context,
                                                                Exchange& exchange) {
  if (exchange.judged) co_return std::move(exchange.judged);
  CO_TRY(const auto version_id, parse_version_id(exchange.call.query));
  CO_TRY(auto opened,
         co_await context.objects.open_in(exchange.bucket->shard, exchange.call.key, version_id));
  co_return opened;
}

}  // namespace muzn::s3
