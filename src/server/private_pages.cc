#include "server/private_pages.h"

#include <algorithm>
#include <utility>

#include "server/log_pages.h"
#include "server/operations.h"

namespace muzn::server {
namespace {

struct Asked {
  std::string account;  // as it was named
  std::string path;     // below its log
};

Asked split(std::string_view path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::size_t rest = std::min(slash + 1, path.size());
  return {std::string(path.substr(0, slash)), std::string(path.substr(rest))};
}

// Whose log it is; "" id: no account of this name, which may be one that is gone.
struct Owner {
  std::string id;
  std::string handle;
};

Owner find_owner(const control::State& state, const std::string& named) {
  const auto found = std::ranges::find_if(state.accounts, [&named](const auto& entry) {
    return entry.first == named || entry.second.handle == named;
  });
  if (found == state.accounts.end()) return {"", named};
  return {found->first, found->second.handle};
}

std::string_view type_name(const gate::Principal& who) {
  if (who.is_operator) return "operator";
  return who.type == gate::Principal::Type::kRoot ? "root" : "user";
}

http::Response deny(audit::Record& record, std::string code, const std::string& message) {
  auto response = log_refusal(403, code + ": " + message + "\n");
  record.error_code = std::move(code);
  return response;
}

}  // namespace

Task<http::Response> PrivatePages::serve(const http::RequestHead& head, audit::Record& record) {
  record.service = "server";
  record.operation = kPrivateLogOperation;
  record.decision = "error";
  if (auto refused = refuse_method(head.method)) co_return *std::move(refused);
  const auto caller = gate_.authenticate(head);
  if (!caller) {
    record.access_key = caller.error().access_key;
    co_return deny(record, caller.error().code, caller.error().message);
  }
  if (!caller->proof()) {
    record.principal_type = "anonymous";
    co_return deny(record, "AccessDenied", "an account's log is read by signed requests only");
  }
  record.principal_type = type_name(caller->principal());
  record.principal_arn = caller->principal().arn;
  record.account = caller->principal().account;
  record.access_key = caller->principal().access_key;

  Asked asked = split(std::string_view(head.path).substr(kPrivateLogPrefix.size()));
  const Owner owner = find_owner(*controller_.state(), asked.account);
  gate::Ask ask;
  ask.action = "muzn:ReadLog";
  ask.resource = "arn:muzn:admin:::" + head.path;
  ask.owner = owner.id;
  const bool is_named = !asked.account.empty();
  const auto allowed = gate_.authorize(*caller, ask);
  if (!allowed || !is_named) {
    record.decision = "deny";
    co_return deny(record, "AccessDenied", allowed ? "whose log?" : allowed.error().message);
  }
  record.decision = "allow";
  record.bucket_owner = owner.id;  // its record is where its readers are told of
  auto log = co_await logs_.find_log(owner.handle);
  if (log) {
    std::string policy = own_policy(**log);
    co_return co_await serve_files(**log, std::move(policy), std::move(asked.path),
                                   Readers::kWhoAsks);
  }
  if (log.error().code == Code::kNotFound) {
    co_return log_refusal(404, "the account has no log: its granularity was never `full`\n");
  }
  record.cause = log.error().what;
  co_return log_refusal(503, "the log can't be read now\n");
}

}  // namespace muzn::server
