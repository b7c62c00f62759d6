#include "s3/access.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "gate/break_glass.h"
#include "gate/held.h"
#include "http/grammar.h"
#include "object/version_id.h"
#include "s3/object_headers.h"
#include "s3/policy_facts.h"
#include "s3/route.h"

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
  const object::Pairs* tags() const {
    return version ? &version->version().attributes.tags : nullptr;
  }
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

// What acts said of the bucket; nullptr = nothing, which is told without a look for most stores.
const control::BucketControls* controls_of(const object::Bucket& bucket,
                                           const control::State& state) {
  return state.buckets.empty() ? nullptr : state.bucket(codec::hex_encode(bucket.id));
}

std::optional<policy::PublicAccessBlock> block_of(const object::Bucket& bucket,
                                                  const control::BucketControls* acts) {
  if (acts != nullptr && acts->public_access_decided) return acts->public_access_block;
  if (bucket.public_access_block == 0) return std::nullopt;
  return policy::block_of_bits(bucket.public_access_block);
}

policy::PublicAccessBlock effective_of(const object::Bucket& bucket,
                                       const control::BucketControls* acts,
                                       const control::State& state) {
  return policy::most_restrictive(block_of(bucket, acts).value_or(policy::PublicAccessBlock{}),
                                  account_block(bucket.owner, state));
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

// What a break-glass grant may let: the request itself reads, and nothing but its own bucket.
// Empty: it is none such, which mostly nobody has to look at.
std::optional<gate::Glass> glass_of(const Asker& asker, const gate::Held& held,
                                    const object::Bucket& bucket, const policy::Facts& facts) {
  if (held.state()->break_glass.open.empty() || !gate::may_hold_glass(held.principal())) {
    return std::nullopt;
  }
  const std::string& method = asker.request.head.method;
  if ((method != "GET" && method != "HEAD") || asker.call.bucket != bucket.name) {
    return std::nullopt;
  }
  gate::Glass out{.bucket_id = codec::hex_encode(bucket.id)};
  const policy::Values prefix = facts.values("s3:prefix");
  if (prefix && !prefix->empty()) out.prefix = prefix->front();
  return out;
}

}  // namespace

Asker asker_of(const Exchange& exchange) {
  return {.caller = exchange.caller,
          .request = exchange.request,
          .call = exchange.call,
          .record = exchange.record,
          .body = exchange.body};
}

std::optional<policy::PublicAccessBlock> public_access_block(const object::Bucket& bucket,
                                                             const control::State& state) {
  return block_of(bucket, controls_of(bucket, state));
}

policy::PublicAccessBlock account_block(std::string_view account, const control::State& state) {
  const policy::PublicAccessBlock* const block = state.account_block(account);
  return block == nullptr ? policy::PublicAccessBlock{} : *block;
}

policy::PublicAccessBlock effective_block(const object::Bucket& bucket,
                                          const control::State& state) {
  return effective_of(bucket, controls_of(bucket, state), state);
}

const control::StoredPolicy* bucket_policy(const object::Bucket& bucket,
                                           const control::State& state) {
  const control::BucketControls* const acts = controls_of(bucket, state);
  return acts == nullptr ? nullptr : acts->policy.get();
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
  const control::BucketControls* const acts = controls_of(bucket, state);
  out.block = effective_of(bucket, acts, state);
  if (acts != nullptr && acts->policy) out.policy = &acts->policy->parsed;
  // With ACLs disabled nobody looks at it, and this is on the way of every request.
  if (!out.acls_disabled) {
    TRY(out.acl, stored_acl(bucket.acl, bucket.owner));
  }
  return out;
}

bool policies_ask(const gate::Held& held, const policy::BucketPolicy* bucket_policy, AskedOf what) {
  const auto own = [&held](std::string_view prefix) {
    return policy::caller_side_names(held.policies(), prefix);
  };
  switch (what) {
    case AskedOf::kRequestTags:
      return (bucket_policy != nullptr && bucket_policy->asks_request_tags) ||
             own("s3:requestobjecttag");
    case AskedOf::kLock:
      return (bucket_policy != nullptr && bucket_policy->document.names("s3:object-lock-")) ||
             own("s3:object-lock-");
    case AskedOf::kObjectHeaders:
      return (bucket_policy != nullptr && bucket_policy->asks_object_headers) ||
             own("s3:requestobjecttag") || own("s3:x-amz-") || own("s3:object-lock-");
  }
  return false;
}

std::string_view action_on(std::string_view action, bool names_version) {
  if (!names_version) return action;
  const auto* const found = std::ranges::find(
      kVersionActions, action, &std::pair<std::string_view, std::string_view>::first);
  return found == kVersionActions.end() ? action : found->second;
}

Task<Outcome<Granted>> authorize(Context& context, const Asker& asker, const object::Bucket& bucket,
                                 Target target) {
  const std::string_view action = action_on(target.action, target.version_id.has_value());
  const gate::Held held(context.gate.state(), asker.caller.principal());
  CO_TRY(const policy::BucketRules rules, bucket_rules(bucket, *held.state()));
  RequestFacts facts(asker, held, context.settings, context.clock.now(), bucket, target);
  gate::Ask ask{.action = action,
                .resource = "arn:aws:s3:::" + bucket.name,
                .owner = bucket.owner,
                .bucket = &rules,
                .key = target.key,
                .facts = &facts,
                .creates = target.creates,
                .object = nullptr,
                .initiator = {},
                .held = &held};
  if (!target.key.empty()) ask.resource.append("/").append(target.key);
  const std::optional<gate::Glass> glass = glass_of(asker, held, bucket, facts);
  if (glass) ask.glass = &*glass;

  std::string initiator;
  const bool goes_on = !target.upload_id.empty() && target.action == "s3:PutObject" &&
                       policies_ask(held, rules.policy, AskedOf::kObjectHeaders);
  if (goes_on || policy::needs_initiator(gate::question(ask))) {
    CO_TRY(initiator, co_await initiator_of(context, bucket, target));
    ask.initiator = initiator;
    if (goes_on && initiator == held.caller().arn) facts.set_goes_on();
  }
  Looked looked;
  if (policy::needs_object(gate::question(ask))) {
    CO_TRY(looked, co_await look(context, bucket, target));
    ask.object = &looked.rules;
    facts.set_object_tags(looked.tags());
  }
  auto granted = context.gate.authorize(asker.caller, ask);
  if (!granted) {
    asker.record.decided_by = granted.error().decided_by;
    co_return refuse(ErrorCode::kAccessDenied, granted.error().message);
  }
  asker.record.decided_by = granted->decided_by();
  asker.record.purpose = granted->purpose();
  // One question of a request is enough.
  if (!granted->break_glass().empty()) asker.record.break_glass = granted->break_glass();
  co_return Granted{std::move(*granted), std::move(looked.version)};
}

Task<Outcome<void>> authorize_condition(Context& context, const Asker& asker,
                                        const object::Bucket& bucket, std::string key,
                                        std::optional<std::string> version_id,
                                        const object::WriteCondition& condition) {
  if (!asks_what_it_is(condition)) co_return Outcome<void>();
  Target target;
  target.action = "s3:GetObject";
  target.key = std::move(key);
  target.version_id = std::move(version_id);
  CO_TRY_VOID(co_await authorize(context, asker, bucket, std::move(target)));
  co_return Outcome<void>();
}

Task<Outcome<void>> authorize_more(Context& context, const Asker& asker,
                                   const object::Bucket& bucket, const Target& target) {
  const std::string_view operation = asker.call.operation->name;
  const http::RequestHead& head = asker.request.head;
  Target more = target;
  if (operation == "GetObjectAttributes") {
    more.action = "s3:GetObject";
    CO_TRY_VOID(co_await authorize(context, asker, bucket, more));
  }
  const bool creates = operation == "PutObject" || operation == "PostObject" ||
                       operation == "CopyObject" || operation == "CreateMultipartUpload";
  if (creates && head.headers.has("x-amz-tagging")) {
    more.action = "s3:PutObjectTagging";
    more.creates = true;
    CO_TRY_VOID(co_await authorize(context, asker, bucket, more));
  }
  co_return Outcome<void>{};
}

Outcome<NewObject> plan_write(const Context& context, const Exchange& exchange) {
  const control::Snapshot state = context.gate.state();
  TRY(const AclRequest request,
      parse_acl_headers(exchange.request.head.headers, AclTarget::kObject, *state));
  return plan_new_object(request, *exchange.bucket, effective_block(*exchange.bucket, *state),
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

Task<Outcome<object::Version>> amend_judged(Context& context, Exchange& exchange,
                                            object::AmendArgs args) {
  args.bucket = exchange.call.bucket;
  args.key = exchange.call.key;
  args.record = exchange.carried;
  CO_TRY(args.version_id, parse_version_id(exchange.call.query));
  if (exchange.judged) {
    const object::Version& judged = exchange.judged->version();
    args.version_id = object::shown_version_id(judged.version_id);
    args.stamp = judged.stamp;
  }
  auto amended = co_await context.objects.amend(std::move(args));
  if (!amended && amended.error().fault == object::Fault::kDeleteMarker) {
    Error error(amended.error());
    error.code = ErrorCode::kMethodNotAllowed;
    error.headers.set("Allow", "DELETE");
    co_return std::unexpected(std::move(error));
  }
  if (!amended) co_return std::unexpected<Error>(Error(amended.error()));
  exchange.record.version_id = amended->version_id;
  co_return std::move(*amended);
}

}  // namespace muzn::s3
