// How an account is restricted, step by step: which step may follow which, when, and signed by
// whom. Nodes judge acts by it and auditors judge leaves. Pure. docs/due-process.md
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace muzn::audit {

// No setting makes them shorter: what a party to a case could change protects nobody.
inline constexpr std::chrono::hours kReplyWindow{7 * 24};        // at least, from the notice
inline constexpr std::chrono::hours kReplyWindowMax{90 * 24};    // a case comes to an end
inline constexpr std::chrono::hours kAppealWindow{30 * 24};      // from a decision
inline constexpr std::chrono::hours kExportWindow{30 * 24};      // at least, from a termination
inline constexpr std::chrono::hours kExportWindowMax{366 * 24};  // the same, at most
inline constexpr std::chrono::hours kEmergencyMax{72};
inline constexpr std::chrono::hours kEmergencyPause{30 * 24};  // after one that lapsed undecided
inline constexpr std::chrono::hours kClosedExportMax{366 * 24};
// How far apart the clocks of nodes may be. A step whose time lies further before an act that came
// earlier is backdated.
inline constexpr std::chrono::seconds kStepTolerance{60};
inline constexpr std::size_t kOpenCasesMax = 16;  // of an account
inline constexpr std::size_t kEvidenceMax = 16;   // hashes of a step

inline constexpr std::string_view kGiveNotice = "give_notice";
inline constexpr std::string_view kAnswerCase = "answer_case";
inline constexpr std::string_view kDecideCase = "decide_case";
inline constexpr std::string_view kDecideAppeal = "decide_appeal";
inline constexpr std::string_view kRestrictAtOnce = "restrict_at_once";
inline constexpr std::string_view kCloseExport = "close_export";
inline constexpr std::array kCaseSteps{kGiveNotice,   kAnswerCase,     kDecideCase,
                                       kDecideAppeal, kRestrictAtOnce, kCloseExport};

// The rungs of the ladder, the lightest first.
enum class Rung : std::uint8_t { kNone, kNoAi, kNoWrites, kReadAndExport };
std::string_view rung_name(Rung rung);  // "none", "no_ai", "no_writes", "read_and_export"
std::optional<Rung> rung_of(std::string_view name);

enum class Stage : std::uint8_t {
  kOpened,      // by an emergency step: there is no notice yet
  kNoticed,     // the account may reply
  kRestricted,  // decided; the account may appeal
  kTerminated,  // the same, and it may take its data away
  kClosed,
};
std::string_view stage_name(Stage stage);

// Of an emergency step.
struct Emergency {
  Rung rung = Rung::kNone;
  std::set<std::string> services;
  Time until;               // lapses then; an earlier decision ends it
  bool is_decided = false;  // a decision ended it
  bool operator==(const Emergency&) const = default;
};

// All that steps say of a case so far. `account` is whatever the caller knows accounts by.
struct Case {
  std::string account;
  std::uint64_t steps = 0;  // how many there were: the number of the next
  Stage stage = Stage::kOpened;
  Time opened;
  Time last;                       // of the last step
  std::set<std::string> services;  // of the notice; empty = all
  Time reply_until;
  bool is_waived = false;     // the account has no more to say before the decision
  Rung rung = Rung::kNone;    // of the decision in force
  Time decided;               // that one
  bool has_appealed = false;  // against it
  bool is_appeal_open = false;
  Time export_until;  // of a termination
  std::optional<Emergency> emergency;
  std::optional<Time> export_closed;  // until then
  std::set<std::string> signers;      // officers, of any step
  std::string body;                   // what the officers' newest step says: its hash
  bool operator==(const Case&) const = default;

  bool is_open() const { return stage != Stage::kClosed; }
  Time appeal_until() const { return decided + kAppealWindow; }
};

// A step as acts and leaves say it.
struct CaseStep {
  std::string_view kind;
  std::string account;
  std::uint64_t number = 0;
  Time time;
  std::string what;  // of an answer or a decision
  Rung rung = Rung::kNone;
  std::set<std::string> services;
  Time until;  // of a reply window, an emergency step, an export window or a closed export
  std::string body;
  // Who signed, as far as they are officers, and their duties. Signatures are judged by the caller.
  std::map<std::string, std::set<std::string>> signers;
  bool judges_signers = true;  // false: who came before is not known
};

// The case after a step. `before`: nullptr = there is none; `others`: cases of the account,
// `before` may be one of them; `latest`: the greatest time of the acts so far. Errors: kInvalid,
// kPrecondition (not yet, or not any more), kDenied (who signed), kLimit.
Result<Case> take_step(const Case* before, std::span<const Case* const> others,
                       const CaseStep& step, Time latest);

}  // namespace muzn::audit
