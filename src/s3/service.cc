#include "s3/service.h"

#include <algorithm>
#include <array>

#include "codec/split.h"
#include "gate/held.h"
#include "gate/note.h"
#include "http/grammar.h"
#include "s3/access.h"
#include "s3/account_route.h"
#include "s3/body_facts.h"
#include "s3/break_glass.h"
#include "s3/header_list.h"
#include "s3/logging.h"
#include "s3/object_headers.h"
#include "s3/policy_facts.h"
#include "s3/post_call.h"
#include "s3/preflight.h"
#include "s3/quota.h"
#include "s3/request_payment.h"
#include "s3/route.h"

namespace muzn::s3 {
namespace {

void note_call(audit::Record& record, const Call& call) {
  record.operation = call.operation == nullptr ? kPreflight : call.operation->name;
  record.bucket = call.bucket;
  record.key = call.key;
  if (const auto version = call.query.get("versionId")) record.version_id = *version;
}

// Refused for want of a right, or allowed; other errors decide nothing.
template <class T>
void note_decision(audit::Record& record, const Outcome<T>& outcome) {
  if (outcome) {
    record.decision = "allow";
  } else if (outcome.error().code == ErrorCode::kAccessDenied ||
             outcome.error().code == ErrorCode::kAccessForbidden) {
    record.decision = "deny";
  }
}

// CreateBucket and the operations of the whole service or of an account: no bucket's rules apply.
Outcome<Granted> authorize_service(Context& context, const Asker& asker) {
  const Call& call = asker.call;
  const gate::Principal& who = asker.caller.principal();
  const gate::Held held(context.gate.state(), who);
  object::Bucket none;
  none.owner = call.account.empty() ? who.account : call.account;
  Target target;
  target.action = call.operation->action;
  const RequestFacts facts(asker, held, context.settings, context.clock.now(), none, target);
  gate::Ask ask;
  ask.action = target.action;
  ask.resource = "arn:aws:s3:::" + (call.bucket.empty() ? "*" : call.bucket);
  ask.owner = call.account;
  ask.facts = &facts;
  ask.request = &asker.request;
  ask.held = &held;
  auto granted = context.gate.authorize(asker.caller, ask);
  asker.record.decided_by = granted ? granted->decided_by() : granted.error().decided_by;
  if (!granted) return refuse(ErrorCode::kAccessDenied, granted.error().message);
  asker.record.purpose = granted->purpose();
  return Granted{std::move(*granted), nullptr};
}

Outcome<Target> target_of(const Call& call) {
  Target out{.action = call.operation->action,
             .key = call.key,
             .version_id = {},
             .upload_id = {},
             .creates = false};
  if (call.operation->level == Level::kObject) {
    TRY(out.version_id, parse_version_id(call.query));
    out.upload_id = call.query.get("uploadId").value_or("");
  }
  return out;
}

// DeleteObjects asks for each key, as AWS does. Where no policy could allow some of them, whoever
// may delete nothing is told so at once.
bool is_judged_by_key(const Context& context, const Asker& asker, const object::Bucket& bucket) {
  if (asker.call.operation->name != "DeleteObjects") return false;
  const gate::Held held(context.gate.state(), asker.caller.principal());
  return !held.policies().identity.empty() || bucket_policy(bucket, *held.state()) != nullptr;
}

Task<Outcome<Granted>> authorize_call(Context& context, const Asker& asker,
                                      const object::Bucket& bucket, const Target& target) {
  if (is_judged_by_key(context, asker, bucket)) {
    co_return Granted{context.gate.admit(asker.caller), nullptr};
  }
  auto granted = co_await authorize(context, asker, bucket, target);
  if (!granted) co_return granted;
  const std::string decided_by = granted->who.decided_by();
  CO_TRY_VOID(co_await authorize_more(context, asker, bucket, target));
  asker.record.decided_by = decided_by;
  co_return granted;
}

// An access list alone let them: nobody's policy, and not that the bucket is theirs.
void note_acl_required(audit::Record& record, const object::Bucket& bucket,
                       const gate::Principal& who) {
  const bool is_owner = who.type == gate::Principal::Type::kRoot && who.account == bucket.owner;
  record.access->acl_required = record.decision == "allow" && record.decided_by.empty() &&
                                !is_owner && !acls_disabled(bucket);
}

bool needs_bucket(const Call& call) {
  const Level level = call.operation->level;
  return (level == Level::kBucket || level == Level::kObject) &&
         call.operation->name != "CreateBucket";
}

// Says what the checksum of a body is to be: x-amz-checksum-crc32 and its like.
bool is_checksum_of_body(std::string_view name) {
  constexpr std::string_view kPrefix = "x-amz-checksum-";
  if (http::equal_ignoring_case(name, "x-amz-sdk-checksum-algorithm")) return true;
  if (!http::starts_with_ignoring_case(name, kPrefix)) return false;
  constexpr std::array<std::string_view, 3> kOthers = {"mode", "algorithm", "type"};
  return std::ranges::none_of(kOthers, [rest = name.substr(kPrefix.size())](auto other) {
    return http::equal_ignoring_case(rest, other);
  });
}

// Presigners move headers into the query ("hoisting"), where they mean the same: x-amz-acl,
// x-amz-meta-*, x-amz-tagging and so on. Only with a signature, which then covers them. Not what
// SigV4 itself has there, nor what decides the route. Nor checksums, which AWS ignores there: a
// presigner has no body yet, and the SDK for JavaScript signs the CRC-32 of none at all.
bool is_hoistable(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNotHeaders = {
      "x-amz-algorithm",      "x-amz-credential",     "x-amz-date",
      "x-amz-expires",        "x-amz-signedheaders",  "x-amz-signature",
      "x-amz-security-token", "x-amz-content-sha256", "x-amz-copy-source"};
  return http::starts_with_ignoring_case(name, "x-amz-") && !is_checksum_of_body(name) &&
         std::ranges::none_of(kNotHeaders, [name](std::string_view other) {
           return http::equal_ignoring_case(name, other);
         });
}

Outcome<void> take_hoisted_headers(http::Headers& headers, const Call& call,
                                   const gate::Authenticated& caller) {
  if (!caller.proof() || caller.proof()->claim().form != sigv4::Form::kPresigned) return {};
  if (caller.proof()->claim().v2) return {};  // it would not cover them
  for (const auto& [name, value] : call.query.params()) {
    if (!is_hoistable(name) || headers.has(name)) continue;
    // What no header could hold must not become one: it may be echoed in an answer.
    if (!http::is_token(name) || !http::is_field_value(value)) {
      return invalid_argument("", name, value);
    }
    headers.add(name, http::trim_ows(value));
  }
  return {};
}

// Signature Version 2 signs only the parameters that were known to it: another one that names an
// operation could have been added by anyone on the way.
Outcome<void> check_signed_parameters(const Call& call, const gate::Authenticated& caller) {
  if (!caller.proof() || !caller.proof()->claim().v2) return {};
  constexpr std::array<std::string_view, 3> kHarmless = {"list-type", "id", "x-id"};
  for (const std::string_view term : codec::split(call.operation->query, '&')) {
    const std::string_view name = term.substr(0, term.find('='));
    if (name.empty() || sigv4::v2_signs(name)) continue;
    if (std::ranges::find(kHarmless, name) != kHarmless.end()) continue;
    return refuse(ErrorCode::kInvalidRequest, "Signature Version 2 does not sign ?" +
                                                  std::string(name) +
                                                  ". Please use AWS4-HMAC-SHA256.");
  }
  return {};
}

// What is not built is refused like anything else to who does not say who asks: no rules could
// allow it.
Outcome<void> check_built(const Call& call, const gate::Authenticated& caller) {
  if (call.operation->handler != nullptr) return {};
  return refuse(caller.proof() ? ErrorCode::kNotImplemented : ErrorCode::kAccessDenied);
}

// A body signed in chunks makes no sense where there is no body (AWS answers so too).
Outcome<void> check_payload(const http::RequestHead& head, const gate::Authenticated& caller) {
  if (!caller.proof() || head.method == "PUT" || head.method == "POST") return {};
  const sigv4::Payload payload = caller.proof()->claim().payload;
  if (payload == sigv4::Payload::kHash || payload == sigv4::Payload::kUnsigned) return {};
  return refuse(ErrorCode::kInvalidRequest,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.");
}

// What could not be promised is not done.
Outcome<void> begin_carried(audit::Carried* carried) {
  if (carried == nullptr) return {};
  const Result<void> begun = carried->begin();
  if (begun) return {};
  Error error(ErrorCode::kServiceUnavailable,
              "The account's log can't take a record of this change now.");
  error.cause = "receipts: " + begun.error().what;
  return std::unexpected(std::move(error));
}

// What the error document names: the decoded path when the request was understood that far.
std::string resource_of(const audit::Record& record, const http::RequestHead& head) {
  if (record.bucket.empty()) return head.path;
  std::string resource = "/" + record.bucket;
  if (!record.key.empty()) resource.append("/").append(record.key);
  return resource;
}

// Elements that AWS adds to name what is missing.
void name_missing(Error& error, const audit::Record& record) {
  if (!error.extra.empty()) return;
  if (error.code == ErrorCode::kNoSuchBucket) error.extra.emplace_back("BucketName", record.bucket);
  const bool of_version = error.code == ErrorCode::kNoSuchVersion;
  if (error.code == ErrorCode::kNoSuchKey || of_version)
    error.extra.emplace_back("Key", record.key);
  if (of_version) error.extra.emplace_back("VersionId", record.version_id);
}

}  // namespace

Service::Service(Context context) : context_(context) {}

Task<Answer> Service::answer(http::Request& request, audit::Record& record,
                             audit::Carried* carried) {
  record.decision = "error";
  CO_TRY(Call call, route(request.head, context_.settings));
  note_call(record, call);
  if (call.operation == nullptr) {
    Answer said = co_await preflight(context_, request.head, call);
    note_decision(record, said);
    co_return said;
  }
  const auto authenticated = context_.gate.authenticate(request.head, call.query);
  if (!authenticated) {
    co_await note_stranger(request, call, record);
    co_return std::unexpected(Error(authenticated.error()));
  }
  const gate::Authenticated& caller = *authenticated;
  if (call.operation->name == kPostObject) {
    CO_TRY_VOID(check_form_sender(caller));
    co_return co_await answer_form(request, std::move(call), record, carried);
  }
  gate::note_principal(record, caller.principal());
  CO_TRY_VOID(check_signed_parameters(call, caller));
  CO_TRY_VOID(take_hoisted_headers(request.head.headers, call, caller));
  CO_TRY_VOID(check_built(call, caller));
  CO_TRY_VOID(check_payload(request.head, caller));
  co_return co_await perform(request, call, caller, nullptr, record, carried);
}

Task<Answer> Service::answer_form(http::Request& request, Call call, audit::Record& record,
                                  audit::Carried* carried) {
  CO_TRY(PostForm form, open_form(request));
  CO_TRY_VOID(co_await form.read_fields());
  const auto authenticated = context_.gate.authenticate_post(form.fields());
  if (!authenticated) {
    co_await note_stranger(request, call, record);
    co_return std::unexpected(Error(authenticated.error()));
  }
  const gate::Authenticated& caller = *authenticated;
  gate::note_principal(record, caller.principal());
  auto post = plan_post(form, request.head, call, context_.clock.now());
  if (!post) {
    note_decision(record, post);
    co_return std::unexpected(std::move(post).error());
  }
  call.key = post->key;
  record.key = call.key;
  http::Request object{.head = std::move(post->head), .peer = request.peer, .body = &form};
  co_return co_await perform(object, call, caller, &*post, record, carried);
}

// The bucket's log tells of those, too, whom nobody knows.
Task<void> Service::note_stranger(const http::Request& request, const Call& call,
                                  audit::Record& record) {
  if (!needs_bucket(call)) co_return;
  const auto bucket = co_await context_.objects.get_bucket(call.bucket);
  if (bucket) note_access(context_, request, nullptr, *bucket, record);
}

Task<Answer> Service::perform(http::Request& request, const Call& call,
                              const gate::Authenticated& caller, const PostCall* post,
                              audit::Record& record, audit::Carried* carried) {
  std::optional<object::Bucket> bucket;
  if (needs_bucket(call)) {
    CO_TRY(bucket, co_await context_.objects.get_bucket(call.bucket));
    note_access(context_, request, &caller, *bucket, record);
    record.bucket_id = bucket->id;
    record.bucket_owner = bucket->owner;
  }
  Outcome<Granted> granted = refuse(ErrorCode::kAccessDenied);
  ReadBody body;
  const Asker asker{
      .caller = caller, .request = request, .call = call, .record = record, .body = &body.facts};
  if (bucket) {
    CO_TRY_VOID(co_await read_body_facts(context_, request, call, caller, *bucket, body));
    CO_TRY(const Target target, target_of(call));
    granted = co_await authorize_call(context_, asker, *bucket, target);
  } else {
    granted = authorize_service(context_, asker);
  }
  note_decision(record, granted);
  if (record.access) note_acl_required(record, *bucket, caller.principal());
  if (!granted) co_return std::unexpected(std::move(granted).error());

  Exchange exchange{.request = request,
                    .call = call,
                    .who = granted->who,
                    .caller = caller,
                    .bucket = bucket,
                    .record = record,
                    .request_id = record.request_id,
                    .judged = std::move(granted->version),
                    .body = &body.facts,
                    .carried = carried};
  if (post != nullptr) {
    exchange.form = &post->form;
    exchange.form_size_max = post->size_max;
  }
  CO_TRY_VOID(check_expected_owner(exchange));
  bool charged = false;
  if (bucket) {
    const auto payer =
        co_await check_payer(context_, request.head.headers, caller.principal(), *bucket);
    note_decision(record, payer);
    CO_TRY(charged, payer);
  }
  CO_TRY_VOID(check_rates(context_, caller.principal(), bucket));
  CO_TRY_VOID(co_await ensure_recorded(context_, request.head, record));
  CO_TRY_VOID(begin_carried(carried));
  Answer answer = co_await call.operation->handler(context_, exchange);
  if (answer && !record.break_glass.empty()) {
    cut_at_lapse(context_.gate, record.break_glass, *answer);
  }
  if (answer && charged) answer->headers.set("x-amz-request-charged", "requester");
  co_return answer;
}

Task<http::Response> Service::handle(http::Request& request, audit::Record& record,
                                     audit::Carried* carried) {
  record.service = "s3";
  Answer result = co_await answer(request, record, carried);
  http::Response response;
  if (result) {
    response = std::move(*result);
  } else {
    Error& error = result.error();
    name_missing(error, record);
    record.cause = error.cause;
    response = error_response(
        error, resource_of(record, request.head), record.request_id, context_.settings.host_id,
        names_account(request.head, context_.settings) ? Api::kControl : Api::kS3);
    if (response.status >= 400) record.error_code = name(error.code);
    if (request.head.method == "HEAD") response.body.clear();
  }
  co_await allow_origin(context_, request.head, record.bucket, response);
  record.status = response.status;
  if (const auto version = response.headers.get("x-amz-version-id")) record.version_id = *version;
  response.headers.set("x-amz-request-id", record.request_id);
  response.headers.set("x-amz-id-2", context_.settings.host_id);
  response.headers.set("Server", "Muzn");
  co_return response;
}

}  // namespace muzn::s3
