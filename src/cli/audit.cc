// `muzn audit`: verifies a log as a stranger does, from the files that it serves.
#include "cli/audit.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>

#include "audit/exclusions.h"
#include "cli/commands.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn audit: verify a log from the files that it serves

  muzn audit verify URL|DIR            read every entry; make every tile and the root from them,
                                       and compare; judge signatures, the quorum of witnesses, and
                                       whether the entries can be what an installation did
  muzn audit watch URL|DIR             look again and again: does the log go on where it was, and
                                       what is new in it
  muzn audit show URL|DIR              what the entries say, each proved first
  muzn audit policy-set URL|DIR        what the operator has put upon --account H, and its hash
  muzn audit prove INDEX URL|DIR       make a proof (.tlog-proof) that an entry is in the log
  muzn audit exclusions                what a Muzn server does not put into its log, and why
  muzn audit check PROOF LEAF          verify one, offline
  muzn audit open INDEX URL|DIR        is this what the entry hides?

  --key VKEY         believe the log of this key alone, without witnesses; or
  --policy FILE      believe what this file says (c2sp.org/tlog-policy)
  --max-age SECONDS  of the newest cosignature, where the policy asks for any; 600
  --timeout SECONDS  for each file; 30
  --profile NAME --region REGION
                     of the credentials for /-/log/private/ACCOUNT/, an account's own log

verify:
  --earlier FILE     a checkpoint kept from before: the log must begin with its tree
  --within URL|DIR   it is the log of an account, and this the public log (of --key or --policy)
                     that must vouch for it: both are verified, and compared
  --rules            judge the entries as leaves also when the first is none
  --strict           what a newer version wrote is a fault
  --json             one JSON object on standard output
  --progress         tell how far it is on standard error, also when that is no terminal
watch:
  --state FILE       what it knows; one for each watch
  --interval SECONDS between looks; 60
  --once             look once
  --match WHAT       account=H,kind=K,class=C, or some of them, or all; again for more
  --run PROGRAM [-- ARGUMENT ...]
                     for each match and each breach: the leaf (or the evidence) on its standard
                     input, MUZN_EVENT and others in its environment (docs/audit.md)
  --from-now         no match among what is there at the first look
  --unreachable N    looks in a row that could not read, before it is a breach; 3
  --rules --strict   as above
show:
  --account H --act KIND --class control|data|log --since TIME --from INDEX --json
prove:
  --out FILE         where the proof goes; else standard output
  --leaf FILE        where the entry itself goes
open:
  --name NAME --salt HEX --value TEXT (or --value-file FILE)

  Exit status: 0 all is well, 1 the log is at fault (or the answer is no), 2 wrong usage,
  3 something could not be read or done: try again.
)";

int audit_exclusions(const Args&) {
  fmt::print("{}", audit::exclusions_text());
  return kWell;
}

struct Verb {
  std::string_view name;
  std::size_t words;  // with its own name
  bool takes_more;
  int (*run)(const Args& args);
  std::vector<std::string_view> flags;
};

std::span<const Verb> verbs() {
  static const std::vector<Verb> all = {
      {"verify",
       2,
       false,
       audit_verify,
       {"earlier", "max-age", "rules", "strict", "json", "progress", "within"}},
      {"watch",
       2,
       true,
       audit_watch,
       {"state", "interval", "once", "match", "run", "from-now", "unreachable", "max-age", "rules",
        "strict"}},
      {"show",
       2,
       false,
       audit_show,
       {"account", "act", "class", "since", "from", "max-age", "json"}},
      {"policy-set", 2, false, audit_policy_set, {"account", "max-age"}},
      {"prove", 3, false, audit_prove, {"out", "leaf"}},
      {"check", 3, false, audit_check, {}},
      {"exclusions", 1, false, audit_exclusions, {}},
      {"open", 3, false, audit_open, {"name", "salt", "value", "value-file"}},
  };
  return all;
}

}  // namespace

int run_audit(const Words& words) {
  const auto args =
      parse_args(words, {"json", "progress", "help", "rules", "strict", "once", "from-now"});
  if (!args) return complain(args.error().what, kUsageWrong);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return kWell;
  }
  const auto verb = std::ranges::find_if(verbs(), [&args](const Verb& one) {
    const std::size_t count = args->words.size();
    return count > 0 && one.name == args->words[0] &&
           (count == one.words || (one.takes_more && count > one.words));
  });
  if (verb == verbs().end()) {
    fmt::print(stderr, "{}", kUsage);
    return kUsageWrong;
  }
  constexpr std::array<std::string_view, 5> kAlways = {"key", "policy", "timeout", "profile",
                                                       "region"};
  for (const auto& [name, value] : args->flags) {
    if (std::ranges::find(verb->flags, name) == verb->flags.end() &&
        std::ranges::find(kAlways, name) == kAlways.end()) {
      return complain("--" + name + ": no such option here", kUsageWrong);
    }
  }
  return verb->run(*args);
}

}  // namespace muzn::cli
