#include "iam/service.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "codec/uri.h"
#include "crypto/digest.h"
#include "gate/note.h"

namespace muzn::iam {
namespace {

using Door = CallInfo::Door;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

bool is_form(const http::RequestHead& head) {
  const std::string_view type = head.headers.get("Content-Type").value_or("");
  return http::starts_with_ignoring_case(type, kFormType);
}

// The parameters of the URL and of the body of a form are not mixed.
bool is_in_url(const http::RequestHead& head) {
  return head.method == "GET";
}

// The service of the scope in "Credential=<key>/<day>/<region>/<service>/aws4_request"; "" = none.
std::string scope_service(const http::RequestHead& head) {
  std::string credential;
  const std::string_view header = head.headers.get("Authorization").value_or("");
  constexpr std::string_view kName = "Credential=";
  if (const std::size_t at = header.find(kName); at != std::string_view::npos) {
    credential = header.substr(at + kName.size());
    credential.resize(std::min(credential.size(), credential.find_first_of(", ")));
  } else if (const auto query = codec::Query::parse(head.query)) {
    credential = query->get("X-Amz-Credential").value_or("");
  }
  for (int part = 0; part < 3; ++part) {
    const std::size_t slash = credential.find('/');
    if (slash == std::string::npos) return "";
    credential.erase(0, slash + 1);
  }
  return credential.substr(0, credential.find('/'));
}

// Who is signed for neither is taken for IAM, which refuses the signature, unless it asks STS.
std::string_view service_of(const http::RequestHead& head, std::string_view action) {
  const std::string scope = scope_service(head);
  if (scope == "sts") return "sts";
  return scope.empty() && find_call("sts", action) != nullptr ? "sts" : "iam";
}

// What the record says of the request: what was asked, whether or not it may be.
void note_subject(audit::Record& record, const Form& form) {
  constexpr std::size_t kBytesMax = 128;  // no name is longer
  constexpr auto kNames = std::to_array<std::string_view>(
      {"UserName", "GroupName", "RoleName", "PolicyArn", "PolicyName", "RoleArn", "AccessKeyId",
       "OpenIDConnectProviderArn", "AccountAlias", "PolicySourceArn"});
  for (const std::string_view name : kNames) {
    if (const auto value = form.get(name)) {
      record.key = value->substr(0, kBytesMax);
      return;
    }
  }
}

Task<std::expected<std::string, Failure>> read_body(http::Request& request) {
  if (request.head.content_length > kFormBytesMax) {
    co_return refuse("RequestEntityTooLarge", "a body has at most 1 MiB");
  }
  if (request.body == nullptr) co_return std::string();
  auto read = co_await read_all(*request.body, kFormBytesMax);
  if (!read && read.error().code == Code::kLimit) {
    co_return refuse("RequestEntityTooLarge", "a body has at most 1 MiB");
  }
  if (!read) co_return std::unexpected(to_failure(read.error()));
  co_return std::move(*read);
}

std::expected<Form, Failure> read_form(const http::RequestHead& head, const std::string& body) {
  auto form = Form::parse(is_in_url(head) ? std::string_view(head.query) : body);
  if (!form) return refuse("MalformedQueryString", form.error().what);
  return std::move(*form);
}

// As on AWS: who takes such credentials does not get others that last by them.
bool is_barred(const Context& context) {
  const auto& session = context.who().session;
  return context.record.service == "iam" && session != nullptr &&
         session->kind == gate::Session::Kind::kToken;
}

Outcome check_rates(const Context& context) {
  if (context.parts.rates == nullptr) return {};
  const auto wait = gate::admit_call(*context.parts.rates, *context.state, context.who(),
                                     context.parts.clock.monotonic_micros());
  if (wait.count() > 0) return throttle(wait);
  return {};
}

std::string_view version_of(std::string_view service) {
  return service == "sts" ? "2011-06-15" : "2010-05-08";
}

}  // namespace

bool is_ours(const http::RequestHead& head) {
  if (head.path != "/") return false;
  if (head.method == "POST") return is_form(head);
  if (!is_in_url(head) || !head.query.contains("Action=")) return false;
  const auto query = codec::Query::parse(head.query);
  return query && query->has("Action") && query->has("Version");
}

std::vector<std::string_view> operation_names(std::string_view service) {
  std::vector<std::string_view> out;
  for (const auto& table : calls_of(service)) {
    for (const CallInfo& call : table) out.push_back(call.name);
  }
  return out;
}

std::expected<gate::Authenticated, Failure> Service::authenticate(const http::RequestHead& head,
                                                                  const std::string& body,
                                                                  audit::Record& record) const {
  const std::string hash = codec::hex_encode(crypto::sha256(body));
  auto who = parts_.gate.authenticate(head, record.service, hash);
  if (!who) {
    record.access_key = who.error().access_key;
    return std::unexpected(to_failure(std::move(who).error()));
  }
  gate::note_principal(record, who->principal());
  if (!who->proof()) return std::move(*who);
  // A presigned or unsigned body would let who sees the request change what it asks for.
  const sigv4::Claim& claim = who->proof()->claim();
  const bool signs_body = claim.form == sigv4::Form::kHeader &&
                          claim.payload == sigv4::Payload::kHash &&
                          http::equal_ignoring_case(claim.payload_text, hash);
  if (!signs_body && !(is_in_url(head) && body.empty())) {
    return refuse("SignatureDoesNotMatch", "the body is not the one that was signed");
  }
  return std::move(*who);
}

Outcome Service::authorize(const Context& context, const CallInfo& call) const {
  if (call.door == Door::kOpen) return {};
  if (!context.caller.proof()) {
    return refuse("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  if (call.door == Door::kCredentials) return {};
  if (is_barred(context)) {
    return refuse("InvalidClientTokenId",
                  "IAM can't be called with the credentials of GetSessionToken.");
  }
  return permit(context, call.name, call.resource == nullptr ? "*" : call.resource(context));
}

Task<std::expected<std::string, Failure>> Service::answer(http::Request& request,
                                                          audit::Record& record) {
  CO_TRY(const std::string body, co_await read_body(request));
  const auto form = read_form(request.head, body);
  const std::string action = form ? form->text("Action") : "";
  record.service = service_of(request.head, action);
  const CallInfo* const call = find_call(record.service, action);
  if (call != nullptr) record.operation = call->name;
  CO_TRY(const gate::Authenticated caller, authenticate(request.head, body, record));
  if (!form) co_return std::unexpected(form.error());
  if (call == nullptr && !caller.proof()) {
    co_return refuse("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  const std::string version = form->text("Version");
  if (call == nullptr || (!version.empty() && version != version_of(record.service))) {
    co_return refuse("InvalidAction", "Could not find operation " + action + " for version " +
                                          version + " of " + record.service);
  }
  note_subject(record, *form);
  const control::Snapshot state = parts_.controller.state();
  codec::XmlWriter out(std::string(call->name) + "Response", xml_namespace(record.service));
  if (call->has_result) out.open(std::string(call->name) + "Result");
  const Context context{.parts = parts_,
                        .caller = caller,
                        .request = request,
                        .form = *form,
                        .out = out,
                        .record = record,
                        .state = state};
  CO_TRY_VOID(authorize(context, *call));
  if (call->door != Door::kOpen) record.decision = "allow";
  CO_TRY_VOID(check_rates(context));
  CO_TRY_VOID(co_await call->run(context));
  record.decision = "allow";
  if (call->has_result) out.close();
  out.open("ResponseMetadata").element("RequestId", record.request_id).close();
  co_return out.finish();
}

Task<http::Response> Service::handle(http::Request& request, audit::Record& record) {
  record.service = "iam";
  record.decision = "error";
  auto outcome = co_await answer(request, record);
  if (!outcome) {
    record.error_code = outcome.error().code;
    record.cause = outcome.error().cause;
    co_return error_response(outcome.error(), record.service, record.request_id);
  }
  co_return success(std::move(*outcome), record.request_id);
}

}  // namespace muzn::iam
