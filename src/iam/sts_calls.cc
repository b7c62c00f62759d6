// The calls of STS.
#include <array>

#include "iam/calls.h"

namespace muzn::iam {
namespace {

using Door = CallInfo::Door;

Task<Outcome> get_caller_identity(Context context) {
  const gate::Principal& who = context.who();
  const bool is_root = who.type == gate::Principal::Type::kRoot;
  context.out.element("Arn", who.arn);
  context.out.element("UserId", is_root ? who.account : who.user_id);
  context.out.element("Account", who.account);
  co_return Outcome{};
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"GetCallerIdentity", get_caller_identity, nullptr, true, Door::kCredentials},
});

}  // namespace

std::span<const CallInfo> sts_calls() {
  return kCalls;
}

}  // namespace muzn::iam
