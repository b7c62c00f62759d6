// `muzn audit watch`: a monitor. It may be killed at any time: what it knows is in its file.
#include <fmt/core.h>

#include <chrono>
#include <thread>

#include "audit/kinds.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/watch.h"

namespace muzn::cli {
namespace {

Result<audit::Filter> match_of(const std::string& text) {
  TRY(audit::Filter out, audit::parse_filter(text));
  const auto all = audit::known_kinds();
  const bool is_known = std::ranges::any_of(
      all, [&out](const audit::KindRule& rule) { return rule.kind == out.kind; });
  if (!out.kind.empty() && !is_known) {
    fmt::print(stderr, "muzn: this version knows no leaf of the kind {}\n", out.kind);
  }
  return out;
}

Result<WatchPlan> plan_of(const Args& args) {
  WatchPlan out;
  out.log = args.words[1];
  out.state_file = args.get("state");
  if (out.state_file.empty()) return fail(Code::kInvalid, "--state is needed");
  TRY(out.policy, policy_of(args));
  TRY(out.max_age_seconds, seconds_of(args, "max-age", "600"));
  TRY(out.unreachable_after, seconds_of(args, "unreachable", "3"));
  for (const auto& [name, value] : args.ordered) {
    if (name != "match") continue;
    TRY(audit::Filter match, match_of(value));
    out.matches.push_back(std::move(match));
  }
  if (args.has("run")) out.program.push_back(args.get("run"));
  out.program.insert(out.program.end(), args.words.begin() + 2, args.words.end());
  if (!args.has("run") && !out.program.empty()) {
    return fail(Code::kInvalid, "arguments without --run");
  }
  out.from_now = args.has("from-now");
  out.always_rules = args.has("rules");
  out.is_strict = args.has("strict");
  return out;
}

}  // namespace

int audit_watch(const Args& args) {
  const SystemClock clock;
  const auto plan = plan_of(args);
  if (!plan) return complain(plan.error().what, kUsageWrong);
  const auto interval = seconds_of(args, "interval", "60");
  if (!interval || *interval == 0) return complain("--interval: seconds, at least 1", kUsageWrong);
  const auto source = open_log_files(plan->log, args, clock);
  if (!source) {
    const bool is_usage = source.error().code == Code::kInvalid;
    return complain(source.error().what, is_usage ? kUsageWrong : kUnread);
  }
  auto watch = Watch::open(*plan, **source, clock);
  if (!watch) return complain(watch.error().what, kUnread);
  for (;;) {
    const int status = watch->look();
    if (args.has("once")) return status;
    std::this_thread::sleep_for(std::chrono::seconds(*interval));  // between looks
  }
}

}  // namespace muzn::cli
