// `muzn audit policy-set`: what is upon an account, made of the log's leaves alone.
#include <fmt/core.h>

#include "audit/filter.h"
#include "audit/fold.h"
#include "audit/policy_set.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "policy/acceptable_use.h"
#include "tlog/follower.h"

namespace muzn::cli {
namespace {

// What contradicts earlier leaves is for `muzn audit verify` to tell: here it ends it.
Result<tlog::Look> fold_all(tlog::Follower& follower, std::uint64_t cosigned_since,
                            audit::Fold& fold) {
  TRY(tlog::Look look, follower.look(cosigned_since));
  if (look.trouble == tlog::Trouble::kNone) {
    TRY(look, follower.skip_to(0));
  }
  std::string fault;
  while (look.trouble == tlog::Trouble::kNone && follower.is_behind()) {
    TRY(look, follower.step([&](std::uint64_t index, std::string_view entry) {
      const auto leaf = audit::decode_leaf(entry);
      if (!leaf) return;
      if (leaf->leaf_class != audit::kControlClass && leaf->kind != audit::kContinuesKind) return;
      const auto taken = audit::fold_leaf(fold, *leaf, index);
      if (!taken && fault.empty()) fault = fmt::format("entry {}: {}", index, taken.error().what);
    }));
  }
  if (!fault.empty()) return fail(Code::kInvalid, fault);
  return look;
}

}  // namespace

int audit_policy_set(const Args& args) {
  const SystemClock clock;
  const auto policy = policy_of(args);
  if (!policy) return complain(policy.error().what, kUsageWrong);
  const auto since = cosigned_since(args, clock);
  if (!since) return complain(since.error().what, kUsageWrong);
  std::string account;
  if (args.has("account")) {
    const auto handle = audit::parse_handle(args.get("account"));
    if (!handle) return complain(handle.error().what, kUsageWrong);
    account = *handle;
  }
  const auto source = open_log_files(args.words[1], args, clock);
  if (!source) {
    const bool is_usage = source.error().code == Code::kInvalid;
    return complain(source.error().what, is_usage ? kUsageWrong : kUnread);
  }
  auto follower = tlog::Follower::make(**source, *policy, {});
  if (!follower) return complain(follower.error().what, kUnread);
  audit::Fold fold;
  const auto ended = fold_all(*follower, *since, fold);
  if (!ended) {
    const bool is_fault = ended.error().code == Code::kInvalid;
    return complain(ended.error().what, is_fault ? kFaulty : kUnread);
  }
  if (ended->trouble != tlog::Trouble::kNone) return complain(ended->what, kFaulty);
  const audit::PolicyLines lines = fold.policy_lines_of(account, policy::kAcceptableUse);
  fmt::print("{}", audit::policy_set_text(lines));
  fmt::print("x-muzn-policy-set: {}\n", audit::policy_set_hash(lines));
  return kWell;
}

}  // namespace muzn::cli
