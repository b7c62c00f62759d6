// `muzn audit show`: leaves for people, each proved to be in the log before it is shown.
#include <fmt/core.h>

#include "audit/filter.h"
#include "audit/kinds.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "merkle/decimal.h"
#include "tlog/follower.h"

namespace muzn::cli {
namespace {

struct Wanted {
  merkle::Policy policy;
  std::uint64_t cosigned_since = 0;
  audit::Filter filter;
  std::uint64_t from = 0;
  bool as_json = false;
};

Result<Wanted> wanted_of(const Args& args, const Clock& clock) {
  Wanted out;
  TRY(out.policy, policy_of(args));
  TRY(out.cosigned_since, cosigned_since(args, clock));
  if (args.has("account")) {
    TRY(out.filter.account, audit::parse_handle(args.get("account")));
  }
  out.filter.kind = args.get("act");
  out.filter.leaf_class = args.get("class");
  if (args.has("since")) {
    TRY(out.filter.since, audit::parse_since(args.get("since")));
  }
  TRY(out.from, merkle::parse_decimal(args.get("from", "0")));
  out.as_json = args.has("json");
  return out;
}

// What is to be printed of an entry; "" = nothing. Other entries than leaves are shown to who
// asks for nothing in particular.
std::string shown(const Wanted& wanted, std::uint64_t index, std::string_view entry) {
  if (index < wanted.from) return "";
  const auto leaf = audit::decode_leaf(entry);
  if (leaf && !wanted.filter.matches(*leaf)) return "";
  if (leaf && wanted.as_json) return fmt::format("{{\"index\":{},\"leaf\":{}}}\n", index, entry);
  if (leaf) return line_of(index, *leaf) + "\n";
  const audit::Filter& filter = wanted.filter;
  if (!filter.account.empty() || !filter.kind.empty() || !filter.leaf_class.empty() ||
      filter.since) {
    return "";
  }
  if (wanted.as_json) return fmt::format("{{\"index\":{},\"leaf\":null}}\n", index);
  return fmt::format("{}  no leaf that this version knows ({} bytes)\n", index, entry.size());
}

// Trouble other than none: why it ended.
Result<tlog::Look> show(tlog::Follower& follower, const Wanted& wanted) {
  TRY(tlog::Look look, follower.look(wanted.cosigned_since));
  if (look.trouble != tlog::Trouble::kNone) return look;
  TRY(look, follower.skip_to(wanted.from));
  while (look.trouble == tlog::Trouble::kNone && follower.is_behind()) {
    std::string text;
    TRY(look, follower.step([&](std::uint64_t index, std::string_view entry) {
      text += shown(wanted, index, entry);
    }));
    if (look.trouble == tlog::Trouble::kNone) fmt::print("{}", text);
  }
  return look;
}

}  // namespace

int audit_show(const Args& args) {
  const SystemClock clock;
  const auto wanted = wanted_of(args, clock);
  if (!wanted) return complain(wanted.error().what, kUsageWrong);
  const auto source = open_log_files(args.words[1], args, clock);
  if (!source) {
    const bool is_usage = source.error().code == Code::kInvalid;
    return complain(source.error().what, is_usage ? kUsageWrong : kUnread);
  }
  auto follower = tlog::Follower::make(**source, wanted->policy, {});
  if (!follower) return complain(follower.error().what, kUnread);
  const auto ended = show(*follower, *wanted);
  if (!ended) return complain(ended.error().what, kUnread);
  if (ended->trouble != tlog::Trouble::kNone) return complain(ended->what, kFaulty);
  return kWell;
}

}  // namespace muzn::cli
