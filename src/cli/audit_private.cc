// `muzn audit verify --within`: the log of an account, against the public log that vouches for it.
#include <fmt/core.h>

#include "audit/vouching.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "tlog/auditor.h"

namespace muzn::cli {
namespace {

struct Outcome {
  tlog::AuditReport outer;  // of the public log
  tlog::AuditReport own;    // of the account's
  std::uint64_t rule_faults = 0;
  std::vector<std::string> faults;  // where they don't fit together
  std::uint64_t leaves = 0;         // of the public log that speak of it
  std::uint64_t vouched = 0;        // entries under the newest of them

  bool is_well() const {
    return outer.faults.empty() && own.faults.empty() && rule_faults == 0 && faults.empty();
  }
};

// What the log itself says it is called, and its key: as good as the public log's word for its
// roots.
struct Named {
  merkle::Policy policy;
  std::string origin;
};
Result<Named> name_of(tlog::FileSource& own) {
  TRY(const std::string text, own.fetch("policy", merkle::kPolicyBytesMax));
  Named out;
  TRY(out.policy, merkle::parse_policy(text));
  if (out.policy.logs.size() != 1) return fail(Code::kInvalid, "policy: it names not one log");
  out.origin = out.policy.logs.front().key.name;
  return out;
}

bool is_below(const std::string& origin, const std::string& public_origin) {
  return origin.starts_with(public_origin + "/accounts/");
}

Result<Outcome> verify(tlog::FileSource& own, tlog::FileSource& outer, tlog::AuditOptions options) {
  TRY(const Named named, name_of(own));
  Outcome out;
  audit::Vouching vouching(named.origin);
  LeafJudge judge(false, false);
  options.on_entry = [&](std::uint64_t index, std::string_view entry) {
    judge.take(index, entry);
    vouching.take_public(index, entry);
  };
  TRY(out.outer, tlog::audit(outer, options));
  if (out.outer.faults.empty()) judge.judge_policy(options.policy, out.outer.checkpoint);
  out.rule_faults = judge.faults().count;
  TRY(out.own, tlog::audit(own, {.policy = named.policy,
                                 .on_entry = [&](std::uint64_t, std::string_view entry) {
                                   vouching.take_private(entry);
                                 }}));
  // What could not be read is told; without it the roots mean nothing.
  if (out.own.faults.empty()) out.faults = vouching.faults();
  if (out.outer.judgement && !is_below(named.origin, out.outer.judgement->checkpoint.origin)) {
    out.faults.push_back("it is not called as a log of an account of this installation: " +
                         named.origin);
  }
  out.leaves = vouching.leaves();
  out.vouched = vouching.vouched();
  return out;
}

codec::Json to_json(const Outcome& outcome) {
  codec::Json out{{"ok", outcome.is_well()},
                  {"entries", outcome.own.entries},
                  {"vouched", outcome.vouched},
                  {"leaves", outcome.leaves},
                  {"faults", outcome.own.faults},
                  {"public",
                   {{"entries", outcome.outer.entries},
                    {"faults", outcome.outer.faults},
                    {"rule_faults", outcome.rule_faults}}}};
  for (const std::string& fault : outcome.faults) out["faults"].push_back(fault);
  if (outcome.own.judgement) out["origin"] = outcome.own.judgement->checkpoint.origin;
  return out;
}

void print(const Outcome& outcome) {
  for (const std::string& fault : outcome.outer.faults)
    fmt::print("FAULT  public log: {}\n", fault);
  if (outcome.rule_faults > 0) {
    fmt::print("FAULT  public log: its entries break the rules ({}): verify it alone\n",
               outcome.rule_faults);
  }
  for (const std::string& fault : outcome.own.faults) fmt::print("FAULT  {}\n", fault);
  for (const std::string& fault : outcome.faults) fmt::print("FAULT  {}\n", fault);
  fmt::print("{} entries, of which {} leaves of the public log ({} entries) vouch for {}\n",
             outcome.own.entries, outcome.leaves, outcome.outer.entries, outcome.vouched);
  if (outcome.is_well() && outcome.own.entries > outcome.vouched) {
    fmt::print("the last {} are vouched for by nothing but its own checkpoint yet\n",
               outcome.own.entries - outcome.vouched);
  }
}

int refuse(const Error& error) {
  return complain(error.what, error.code == Code::kInvalid ? kUsageWrong : kUnread);
}

}  // namespace

int audit_verify_private(const Args& args) {
  for (const char* flag : {"earlier", "rules", "strict"}) {
    if (args.has(flag)) {
      return complain(fmt::format("--{} goes without --within", flag), kUsageWrong);
    }
  }
  const SystemClock clock;
  tlog::AuditOptions options;
  auto policy = policy_of(args);
  if (!policy) return complain(policy.error().what, kUsageWrong);
  options.policy = std::move(*policy);
  const auto since = cosigned_since(args, clock);
  if (!since) return complain(since.error().what, kUsageWrong);
  options.cosigned_since = *since;
  const auto own = open_log_files(args.words[1], args, clock);
  if (!own) return refuse(own.error());
  const auto outer = open_log_files(args.get("within"), args, clock);
  if (!outer) return refuse(outer.error());
  const auto outcome = verify(**own, **outer, std::move(options));
  if (!outcome) return complain(outcome.error().what, status_of(outcome.error().code));
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json(to_json(*outcome)));
  } else {
    print(*outcome);
  }
  return outcome->is_well() ? kWell : kFaulty;
}

}  // namespace muzn::cli
