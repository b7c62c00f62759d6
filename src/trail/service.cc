#include "trail/service.h"

#include <algorithm>
#include <utility>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "gate/note.h"
#include "trail/calls.h"

namespace muzn::trail {
namespace {

using codec::Json;

constexpr std::string_view kTarget = "X-Amz-Target";
constexpr std::string_view kNamespace = "com.amazonaws.cloudtrail.";
// What stands before the call; older clients leave the version out of the first part.
constexpr std::string_view kInterface = "CloudTrail_20131101.";

std::string_view call_name(const http::RequestHead& head) {
  const std::string_view target = head.headers.get(kTarget).value_or("");
  const std::size_t at = target.find(kInterface);
  return at == std::string_view::npos ? "" : target.substr(at + kInterface.size());
}

const CallInfo* find_call(std::string_view name) {
  const auto all = calls();
  const auto found = std::ranges::find(all, name, &CallInfo::name);
  return found == all.end() ? nullptr : &*found;
}

Task<std::expected<std::string, Failure>> read_body(http::Request& request) {
  if (request.head.content_length > kBodyBytesMax) {
    co_return refuse("RequestEntityTooLargeException", "a body has at most 512 KiB");
  }
  if (request.body == nullptr) co_return std::string();
  auto read = co_await read_all(*request.body, kBodyBytesMax);
  if (!read) co_return std::unexpected(to_failure(read.error()));
  co_return std::move(*read);
}

std::expected<Json, Failure> read_input(const std::string& body) {
  if (body.empty()) return Json::object();
  auto json = codec::parse_json(body);
  if (!json || !json->is_object()) {
    return refuse("SerializationException", "the body is not a JSON object");
  }
  return std::move(*json);
}

// What the record says of the request: what was asked, whether or not it may be.
void note_subject(audit::Record& record, const CallInfo& call, const Json& input) {
  constexpr std::size_t kBytesMax = 128;  // no name is longer
  if (call.trail == nullptr) return;
  const std::string given = codec::json_string(input, call.trail);
  const std::size_t slash = given.rfind('/');
  record.key = given.substr(slash == std::string::npos ? 0 : slash + 1).substr(0, kBytesMax);
  record.bucket = codec::json_string(input, "S3BucketName").substr(0, kBytesMax);
}

}  // namespace

bool is_ours(const http::RequestHead& head) {
  return head.method == "POST" && head.path == "/" &&
         head.headers.get(kTarget).value_or("").starts_with(kNamespace);
}

std::vector<std::string_view> operation_names() {
  std::vector<std::string_view> out;
  for (const CallInfo& call : calls()) out.push_back(call.name);
  return out;
}

std::expected<gate::Authenticated, Failure> Service::authenticate(const http::RequestHead& head,
                                                                  const std::string& body,
                                                                  audit::Record& record) const {
  const std::string hash = codec::hex_encode(crypto::sha256(body));
  auto who = parts_.gate.authenticate(head, "cloudtrail", hash);
  if (!who) {
    record.access_key = who.error().access_key;
    return std::unexpected(to_failure(std::move(who).error()));
  }
  if (!who->proof()) {
    record.principal_type = "anonymous";
    return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  gate::note_principal(record, who->principal());
  // A presigned or unsigned body would let who sees the request change what it asks for.
  const sigv4::Claim& claim = who->proof()->claim();
  if (claim.form != sigv4::Form::kHeader || claim.payload != sigv4::Payload::kHash ||
      !http::equal_ignoring_case(claim.payload_text, hash)) {
    return refuse("InvalidSignatureException", "the body is not the one that was signed");
  }
  return std::move(*who);
}

Task<Outcome> Service::answer(http::Request& request, audit::Record& record) {
  const http::RequestHead& head = request.head;
  const CallInfo* const call = find_call(call_name(head));
  if (call != nullptr) record.operation = call->name;
  CO_TRY(const std::string body, co_await read_body(request));
  CO_TRY(const gate::Authenticated caller, authenticate(head, body, record));
  if (call == nullptr) {
    co_return refuse("UnknownOperationException", "no such call, or one that is not built");
  }
  CO_TRY(Json input, read_input(body));
  note_subject(record, *call, input);

  const gate::Principal& who = caller.principal();
  const std::string action = "cloudtrail:" + std::string(call->name);
  gate::Ask ask;
  ask.action = action;
  ask.resource = "arn:aws:cloudtrail:" + region_ + ":" + who.account + ":trail/" + record.key;
  ask.owner = who.account;
  ask.request = &request;
  const auto granted = parts_.gate.authorize(caller, ask);
  record.decided_by = granted ? granted->decided_by() : granted.error().decided_by;
  if (!granted) {
    record.decision = "deny";
    co_return refuse("AccessDeniedException",
                     "User: " + who.arn + " is not authorized to perform: " + action);
  }
  record.decision = "allow";
  record.purpose = granted->purpose();
  if (parts_.rates != nullptr) {
    const auto wait = gate::admit_call(*parts_.rates, *parts_.controller.state(), who,
                                       parts_.clock.monotonic_micros());
    if (wait.count() > 0) co_return throttle(wait);
  }
  Context context{.controller = parts_.controller,
                  .rows = parts_.rows,
                  .outlet = parts_.outlet,
                  .clock = parts_.clock,
                  .region = region_,
                  .account = granted->principal().account,
                  .actor = granted->principal().arn,
                  .record = record};
  co_return co_await call->run(std::move(context), std::move(input));
}

Task<http::Response> Service::handle(http::Request& request, audit::Record& record) {
  record.service = "cloudtrail";
  record.decision = "error";
  const Outcome outcome = co_await answer(request, record);
  if (!outcome) {
    record.error_code = outcome.error().code;
    record.cause = outcome.error().cause;
  }
  co_return to_response(outcome, record.request_id);
}

}  // namespace muzn::trail
