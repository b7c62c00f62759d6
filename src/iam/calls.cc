#include "iam/calls.h"

#include <algorithm>
#include <array>
#include <utility>

#include "iam/facts.h"

namespace muzn::iam {
namespace {

// What stands in the place of "Access Denied", which AWS has for S3 alone.
std::string denied(const Context& context, std::string_view action, const std::string& resource,
                   const gate::Denial& denial) {
  if (denial.message != "Access Denied") return denial.message;
  return "User: " + context.who().arn + " is not authorized to perform: " + std::string(action) +
         " on resource: " + resource;
}

}  // namespace

std::span<const std::span<const CallInfo>> calls_of(std::string_view service) {
  static const std::array kIam = std::to_array<std::span<const CallInfo>>(
      {account_calls(), grant_calls(), group_calls(), key_calls(), policy_calls(), provider_calls(),
       role_calls(), simulate_calls(), tag_calls(), user_calls()});
  static const std::array kSts = std::to_array<std::span<const CallInfo>>({sts_calls()});
  if (service == "sts") return kSts;
  return kIam;
}

const CallInfo* find_call(std::string_view service, std::string_view name) {
  for (const auto& table : calls_of(service)) {
    const auto found = std::ranges::find(table, name, &CallInfo::name);
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

Outcome permit(const Context& context, std::string_view call, const std::string& resource) {
  const std::string action = context.record.service + ":" + std::string(call);
  const CallFacts facts(context);
  gate::Ask ask;
  ask.action = action;
  ask.resource = resource;
  ask.owner = context.account();
  ask.facts = &facts;
  ask.request = &context.request;
  const auto granted = context.parts.gate.authorize(context.caller, ask);
  if (granted) {
    context.record.decided_by = granted->decided_by();
    context.record.purpose = granted->purpose();
    return {};
  }
  context.record.decided_by = granted.error().decided_by;
  context.record.decision = "deny";
  return refuse("AccessDenied", denied(context, action, resource, granted.error()));
}

Task<Outcome> propose(const Context& context, control::ActBody act) {
  auto done = co_await context.parts.controller.propose(context.who().arn,
                                                        context.record.request_id, std::move(act));
  if (!done) co_return std::unexpected(to_failure(done.error()));
  context.record.leaf = std::move(done->leaf);
  co_return Outcome{};
}

}  // namespace muzn::iam
