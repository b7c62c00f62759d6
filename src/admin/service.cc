#include "admin/service.h"

#include <utility>

#include "admin/call.h"
#include "admin/perform.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "gate/note.h"

namespace muzn::admin {
namespace {

constexpr std::string_view kOwnScope = "/muzn/aws4_request";
constexpr std::string_view kImportKey = "muzn:ImportKey";
constexpr std::string_view kSetAccountLimits = "muzn:SetAccountLimits";

// The scope's service that the client chose: ours, or s3, which every tool can sign for.
std::string_view scope_service(const http::RequestHead& head) {
  const auto authorization = head.headers.get("Authorization").value_or("");
  return authorization.contains(kOwnScope) ? "muzn" : "s3";
}

std::expected<gate::Authenticated, Failure> authenticate(const gate::Gate& gate,
                                                         const http::RequestHead& head,
                                                         audit::Record& record) {
  auto who = gate.authenticate(head, scope_service(head));
  if (!who) {
    record.access_key = who.error().access_key;
    return refuse(403, std::move(who.error().code), std::move(who.error().message));
  }
  if (!who->proof()) {
    record.principal_type = "anonymous";
    return refuse(403, "AccessDenied", "the admin API answers signed requests only");
  }
  gate::note_principal(record, who->principal());
  // A presigned or unsigned body would let who sees the request change what it asks for.
  const sigv4::Claim& claim = who->proof()->claim();
  if (claim.form != sigv4::Form::kHeader || claim.payload != sigv4::Payload::kHash) {
    return refuse(403, "AccessDenied",
                  "sign with the Authorization header and the body's SHA-256 in "
                  "x-amz-content-sha256");
  }
  return std::move(*who);
}

Task<std::expected<std::string, Failure>> read_signed_body(http::Request& request,
                                                           std::string_view signed_hash) {
  if (request.head.content_length > kBodyBytesMax) {
    co_return refuse(413, "RequestTooLarge", "a body of the admin API has at most 64 KiB");
  }
  std::string body;
  if (request.body != nullptr) {
    auto read = co_await read_all(*request.body, kBodyBytesMax);
    if (!read) co_return std::unexpected(to_failure(read.error()));
    body = std::move(*read);
  }
  if (codec::hex_encode(crypto::sha256(body)) != signed_hash) {
    co_return refuse(400, "XAmzContentSHA256Mismatch",
                     "x-amz-content-sha256 is not the SHA-256 of the body");
  }
  co_return body;
}

// Whose the thing is that `call` is about; "" = nobody's, which only the operator may touch. With a
// body that does not parse it comes from the route alone, so that who may not ask learns nothing.
std::string owner_of(const control::State& state, const Match& match, const Result<Call>& call,
                     const gate::Principal& who) {
  const std::string_view pattern = match.route->pattern;
  const bool is_for_all = match.route->operation == Operation::kWhoAmI ||
                          match.route->operation == Operation::kListSites;
  if (is_for_all) return who.account;
  if (pattern.starts_with("engine") || pattern.starts_with("officers") ||
      pattern.starts_with("requests") || pattern.starts_with("complaints") ||
      pattern.starts_with("cases") || pattern.starts_with("sites")) {
    return "";
  }
  if (pattern.starts_with("keys/")) {
    const control::AccessKey* key = state.key(match.parameters[0]);
    return key == nullptr ? "" : key->account;
  }
  if (!match.parameters.empty()) return match.parameters[0];
  return call ? call->account : "";
}

// A new key of an account's root, or one that there is.
bool is_about_root(const control::State& state, const Match& match, const Result<Call>& call) {
  if (match.route->pattern.starts_with("keys/")) {
    const control::AccessKey* const key = state.key(match.parameters[0]);
    return key != nullptr && key->user.empty();
  }
  return match.route->operation == Operation::kCreateKey && call && call->user.empty();
}

// Whoever makes or enables a key of an account can act as the account.
bool gives_credentials(Operation operation) {
  return operation == Operation::kCreateKey || operation == Operation::kEnableKey;
}

std::string_view action_of(const Route& route, const Result<Call>& call) {
  const bool import = route.operation == Operation::kCreateKey && call && !call->access_key.empty();
  if (import) return kImportKey;
  // An account does not raise its own.
  const bool of_account = route.operation == Operation::kSetLimits &&
                          (!call || (call->user.empty() && call->bucket.empty()));
  return of_account ? kSetAccountLimits : route.action;
}

Failure no_route(Match match) {
  if (match.allow.empty()) return {404, "NotFound", "no such call of the admin API", {}, {}};
  return {405, "MethodNotAllowed", "this path has no such method", std::move(match.allow), {}};
}

}  // namespace

std::vector<std::string_view> operation_names() {
  std::vector<std::string_view> out;
  for (const Route& route : routes()) out.push_back(route.name);
  return out;
}

// Who can lift a limit is never shut out by one.
std::expected<void, Failure> Service::check_rates(const gate::Principal& who,
                                                  const control::State& state) const {
  const bool is_operator_root = who.is_operator && who.type == gate::Principal::Type::kRoot;
  if (parts_.rates == nullptr || is_operator_root) return {};
  const auto wait = gate::admit_call(*parts_.rates, state, who, parts_.clock.monotonic_micros());
  if (wait.count() > 0) return slow_down(wait);
  return {};
}

Task<Outcome> Service::answer(http::Request& request, audit::Record& record) {
  const http::RequestHead& head = request.head;
  Match match;
  if (std::string_view(head.path).starts_with(kPrefix)) {
    match = find_route(head.method, std::string_view(head.path).substr(kPrefix.size()));
  }
  if (match.route != nullptr) record.operation = match.route->name;

  CO_TRY(const gate::Authenticated caller, authenticate(parts_.gate, head, record));
  if (match.route == nullptr) co_return std::unexpected(no_route(std::move(match)));
  CO_TRY(const std::string body,
         co_await read_signed_body(request, caller.proof()->claim().payload_text));
  const Result<Call> call = parse_call(match, head.query, body);

  const control::Snapshot state = parts_.controller.state();
  gate::Ask ask;
  ask.action = action_of(*match.route, call);
  ask.resource = "arn:muzn:admin:::" + head.path;
  ask.owner = owner_of(*state, match, call, caller.principal());
  ask.request = &request;
  ask.about_root = is_about_root(*state, match, call);
  if (gives_credentials(match.route->operation)) ask.credentials_of = ask.owner;
  const auto who = parts_.gate.authorize(caller, ask);
  record.decided_by = who ? who->decided_by() : who.error().decided_by;
  if (!who) {
    record.decision = "deny";
    co_return refuse(403, "AccessDenied", who.error().message);
  }
  record.decision = "allow";
  record.purpose = who->purpose();
  record.break_glass = who->break_glass();
  if (!record.break_glass.empty()) record.bucket_owner = ask.owner;  // where it is told
  CO_TRY_VOID(check_rates(who->principal(), *state));
  if (!call) co_return std::unexpected(to_failure(call.error()));
  const Context context{parts_.controller, parts_.census, parts_.engine, parts_.sites,
                        parts_.clock,      parts_.rng,    *who,          record};
  co_return co_await perform(context, *call);
}

Task<http::Response> Service::handle(http::Request& request, audit::Record& record) {
  record.service = "admin";
  record.decision = "error";
  const Outcome outcome = co_await answer(request, record);
  if (!outcome) {
    record.error_code = outcome.error().code;
    record.cause = outcome.error().cause;
  }
  co_return to_response(outcome, record.request_id);
}

}  // namespace muzn::admin
