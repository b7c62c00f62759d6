#include "iam/calls.h"

#include <algorithm>
#include <array>
#include <utility>

namespace muzn::iam {

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

Task<Outcome> propose(const Context& context, control::ActBody act) {
  auto done = co_await context.parts.controller.propose(context.who().arn,
                                                        context.record.request_id, std::move(act));
  if (!done) co_return std::unexpected(to_failure(done.error()));
  context.record.leaf = std::move(done->leaf);
  co_return Outcome{};
}

}  // namespace muzn::iam
