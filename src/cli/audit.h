// What the verbs of `muzn audit` share.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/rules.h"
#include "base/time.h"
#include "cli/args.h"
#include "codec/json.h"
#include "merkle/policy.h"
#include "tlog/files.h"

namespace muzn::cli {

// Exit statuses of `muzn audit`; docs/audit.md.
inline constexpr int kWell = 0;
inline constexpr int kFaulty = 1;
inline constexpr int kUsageWrong = 2;
inline constexpr int kUnread = 3;

int audit_verify(const Args& args);
int audit_verify_private(const Args& args);  // with --within
int audit_show(const Args& args);
int audit_policy_set(const Args& args);
int audit_prove(const Args& args);
int audit_check(const Args& args);
int audit_open(const Args& args);
int audit_watch(const Args& args);

// The status for an error of reading a log, or of a log.
int status_of(Code code);

// Of an http or https URL, or a directory. --timeout SECONDS is for each file. What lies below
// /-/log/private/ is asked for with credentials, as cli/credentials.h finds them. Errors: kInvalid
// (a flag, no credentials), else the directory can't be read.
Result<std::unique_ptr<tlog::FileSource>> open_log_files(const std::string& where, const Args& args,
                                                         const Clock& clock);
// --key or --policy.
Result<merkle::Policy> policy_of(const Args& args);
// A number of seconds.
Result<std::uint64_t> seconds_of(const Args& args, std::string_view name,
                                 std::string_view fallback);
// --max-age: the time, seconds since 1970, of which the newest cosignature must be at least.
Result<std::uint64_t> cosigned_since(const Args& args, const Clock& clock);

// Judges entries as they are read, if they are leaves: on from the first that is one, or always.
class LeafJudge {
 public:
  LeafJudge(bool always, bool is_strict) : always_(always), is_on_(always), rules_(is_strict) {}
  void take(std::uint64_t index, std::string_view entry);
  // Behind the last entry, of a log without a fault: what it declares of its witnesses.
  void judge_policy(const merkle::Policy& given, std::string_view checkpoint);

  bool is_on() const { return is_on_; }
  const audit::Rules& rules() const { return rules_; }
  // The first of each kind, and how many there were.
  struct Findings {
    std::vector<audit::Finding> first;
    std::uint64_t count = 0;
  };
  const Findings& faults() const { return faults_; }
  const Findings& warnings() const { return warnings_; }
  const Findings& newer() const { return newer_; }
  // What the installation declared of itself, each time in words.
  const Findings& changes() const { return changes_; }

 private:
  Findings& list_of(audit::Finding::Kind kind);
  void add(Findings& list, audit::Finding finding);

  bool always_;
  bool is_on_;
  audit::Rules rules_;
  Findings faults_;
  Findings warnings_;
  Findings newer_;
  Findings changes_;
};

// "12  2026-11-26T11:20:03.000Z  control  by 5f0c.../root  for 5f0c...  created the user ..."
std::string line_of(std::uint64_t index, const audit::Leaf& leaf);

}  // namespace muzn::cli
