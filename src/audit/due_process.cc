#include "audit/due_process.h"

#include <algorithm>
#include <array>

namespace muzn::audit {
namespace {

constexpr auto kRungs =
    std::to_array<std::string_view>({"none", "no_ai", "no_writes", "read_and_export"});
constexpr auto kStages =
    std::to_array<std::string_view>({"opened", "noticed", "restricted", "terminated", "closed"});

std::unexpected<Error> too_early(std::string what) {
  return fail(Code::kPrecondition, std::move(what));
}
std::unexpected<Error> invalid(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

// --- who signed ---

using Signers = std::map<std::string, std::set<std::string>>;

bool has(const std::set<std::string>& duties, std::string_view duty) {
  return duties.contains(std::string(duty));
}

// Every signer has one of the duties, and for each duty there is a person of its own.
Result<void> check_two_duties(const Signers& signers, std::string_view one,
                              std::string_view other) {
  for (const auto& [key, duties] : signers) {
    if (!has(duties, one) && !has(duties, other)) {
      return fail(Code::kDenied, "a signer is no officer for it: " + key);
    }
  }
  for (const auto& first : signers) {
    if (!has(first.second, one)) continue;
    const bool is_good = std::ranges::any_of(signers, [&](const auto& second) {
      return second.first != first.first && has(second.second, other);
    });
    if (is_good) return {};
  }
  std::string what = "it takes the signatures of two persons: an officer for ";
  return fail(Code::kDenied, what.append(one).append(" and another one for ").append(other));
}

Result<void> check_officers(const Signers& signers, std::string_view duty, std::size_t count,
                            const std::set<std::string>& without) {
  for (const auto& [key, duties] : signers) {
    if (!has(duties, duty)) return fail(Code::kDenied, "a signer is no officer for it: " + key);
    if (without.contains(key)) {
      return fail(Code::kDenied, "who signed in the case before can't decide the appeal: " + key);
    }
  }
  if (signers.size() >= count) return {};
  std::string what = "it takes the signatures of ";
  return fail(Code::kDenied,
              what.append(count == 1 ? "an officer" : "two officers").append(" for ").append(duty));
}

constexpr std::string_view kSuspension = "suspension";
constexpr std::string_view kCharters = "charters";
constexpr std::string_view kAppeals = "appeals";

Result<void> check_signers(const Case& before, const CaseStep& step) {
  if (!step.judges_signers) return {};
  if (step.kind == kAnswerCase) {
    if (step.signers.empty()) return {};
    return fail(Code::kDenied, "officers don't sign what an account answers");
  }
  if (step.kind == kGiveNotice || step.kind == kRestrictAtOnce) {
    return check_officers(step.signers, kSuspension, 1, {});
  }
  if (step.kind == kDecideAppeal) {
    return check_officers(step.signers, kAppeals, 2, before.signers);
  }
  return check_two_duties(step.signers, kSuspension, kCharters);
}

// --- the steps; each judges, then changes ---

Result<void> give_notice(Case& one, const CaseStep& step) {
  if (one.stage != Stage::kOpened) return invalid("the account was given notice already");
  if (step.until < step.time + kReplyWindow || step.until > step.time + kReplyWindowMax) {
    return invalid("an account has at least 7 days to reply, and at most 90");
  }
  one.stage = Stage::kNoticed;
  one.services = step.services;
  one.reply_until = step.until;
  return {};
}

// One per case, and none soon after one that nobody decided on.
Result<void> restrict_at_once(Case& one, std::span<const Case* const> others,
                              const CaseStep& step) {
  if (one.stage != Stage::kOpened && one.stage != Stage::kNoticed) {
    return too_early("an emergency step comes before the decision, not after it");
  }
  if (step.rung == Rung::kNone) return invalid("an emergency step restricts something");
  if (step.until <= step.time || step.until > step.time + kEmergencyMax) {
    return invalid("an emergency step lapses within 72 hours");
  }
  if (one.emergency) return too_early("a case has one emergency step");
  for (const Case* const other : others) {
    if (!other->emergency || other->emergency->is_decided) continue;
    if (step.time < other->emergency->until + kEmergencyPause) {
      return too_early(
          "an emergency step of this account lapsed undecided, or still holds: the next one can "
          "come 30 days later");
    }
  }
  one.emergency = Emergency{.rung = step.rung, .services = step.services, .until = step.until};
  return {};
}

Result<void> answer(Case& one, const CaseStep& step) {
  if (step.what == "reply" || step.what == "waive") {
    if (one.stage != Stage::kNoticed && !(one.stage == Stage::kOpened && step.what == "reply")) {
      return too_early("a reply comes before the decision; against one there is an appeal");
    }
    one.is_waived = one.is_waived || step.what == "waive";
    return {};
  }
  if (step.what != "appeal") return invalid("an answer is reply, waive or appeal");
  if (one.stage != Stage::kRestricted && one.stage != Stage::kTerminated) {
    return too_early("there is no decision to appeal against");
  }
  if (one.has_appealed) return too_early("the account has appealed against this decision already");
  if (step.time > one.appeal_until()) return too_early("the time to appeal is over");
  one.has_appealed = true;
  one.is_appeal_open = true;
  return {};
}

void close(Case& one) {
  one.stage = Stage::kClosed;
  one.rung = Rung::kNone;
  one.is_appeal_open = false;
  one.export_closed.reset();
}

// An emergency step that still holds ends with the decision, and was none in vain.
void end_emergency(Case& one, Time now) {
  if (!one.emergency || one.emergency->until <= now) return;
  one.emergency->until = now;
  one.emergency->is_decided = true;
}

void decide(Case& one, Stage stage, Rung rung, Time now) {
  one.stage = stage;
  one.rung = rung;
  one.decided = now;
  one.has_appealed = false;
  one.is_appeal_open = false;
}

Result<void> restrict_account(Case& one, const CaseStep& step) {
  if (step.rung == Rung::kNone)
    return invalid("a restriction is no_ai, no_writes or read_and_export");
  if (one.stage == Stage::kRestricted) {
    // Else a decision could be made harder without a notice.
    if (step.rung >= one.rung) {
      return too_early("what was decided can be lightened; more takes a notice of its own");
    }
    one.rung = step.rung;
    return {};
  }
  if (one.stage != Stage::kNoticed) return too_early("there is no notice to decide on");
  if (step.time < one.reply_until && !one.is_waived) {
    return too_early("the account may still reply: decide when its time is over");
  }
  decide(one, Stage::kRestricted, step.rung, step.time);
  return {};
}

Result<void> terminate(Case& one, const CaseStep& step) {
  if (one.stage != Stage::kRestricted) {
    return too_early("a termination follows a restriction whose time to appeal is over");
  }
  if (one.is_appeal_open) return too_early("the appeal is not decided yet");
  if (step.time < one.appeal_until()) return too_early("the account may still appeal");
  if (step.until < step.time + kExportWindow || step.until > step.time + kExportWindowMax) {
    return invalid("a termination leaves at least 30 days to take data away, and at most 366");
  }
  decide(one, Stage::kTerminated, Rung::kReadAndExport, step.time);
  one.export_until = step.until;
  return {};
}

Result<void> decide_case(Case& one, const CaseStep& step) {
  if (step.what == "restrict") {
    TRY_VOID(restrict_account(one, step));
  } else if (step.what == "terminate") {
    TRY_VOID(terminate(one, step));
  } else if (step.what == "dismiss") {
    if (one.stage != Stage::kOpened && one.stage != Stage::kNoticed) {
      return too_early("what was decided is lifted, not dismissed");
    }
    close(one);
  } else if (step.what == "lift") {
    if (one.stage != Stage::kRestricted && one.stage != Stage::kTerminated) {
      return too_early("there is no decision to lift");
    }
    close(one);
  } else {
    return invalid("a decision is dismiss, restrict, terminate or lift");
  }
  end_emergency(one, step.time);
  return {};
}

Result<void> decide_appeal(Case& one, const CaseStep& step) {
  if (!one.is_appeal_open) return too_early("there is no appeal to decide");
  if (step.what == "lift") {
    close(one);
    return {};
  }
  if (step.what == "lighten") {
    const bool is_lighter =
        step.rung < one.rung || (one.stage == Stage::kTerminated && step.rung == one.rung);
    if (step.rung == Rung::kNone || !is_lighter) {
      return invalid("what is lightened is on a lower rung: to end it is lift");
    }
    one.stage = Stage::kRestricted;
    one.rung = step.rung;
    one.export_until = {};
  } else if (step.what != "keep") {
    return invalid("an appeal's decision is keep, lighten or lift");
  }
  one.is_appeal_open = false;
  return {};
}

Result<void> close_export(Case& one, const CaseStep& step) {
  if (step.until <= step.time || step.until > step.time + kClosedExportMax) {
    return invalid("an export is closed for at most 366 days; then it takes another order");
  }
  one.export_closed = step.until;
  return {};
}

Result<void> dispatch(Case& one, std::span<const Case* const> others, const CaseStep& step) {
  if (step.kind == kGiveNotice) return give_notice(one, step);
  if (step.kind == kRestrictAtOnce) return restrict_at_once(one, others, step);
  if (step.kind == kAnswerCase) return answer(one, step);
  if (step.kind == kDecideCase) return decide_case(one, step);
  if (step.kind == kDecideAppeal) return decide_appeal(one, step);
  if (step.kind == kCloseExport) return close_export(one, step);
  return invalid("a step of no kind");
}

}  // namespace

std::string_view rung_name(Rung rung) {
  return kRungs[static_cast<std::size_t>(rung)];
}
std::optional<Rung> rung_of(std::string_view name) {
  const auto* const found = std::ranges::find(kRungs, name);
  if (found == kRungs.end()) return std::nullopt;
  return static_cast<Rung>(found - kRungs.begin());
}
std::string_view stage_name(Stage stage) {
  return kStages[static_cast<std::size_t>(stage)];
}

Result<Case> take_step(const Case* before, std::span<const Case* const> others,
                       const CaseStep& step, Time latest) {
  Case one = before == nullptr ? Case{} : *before;
  if (before == nullptr) {
    const bool opens = step.kind == kGiveNotice || step.kind == kRestrictAtOnce;
    if (!opens) return fail(Code::kNotFound, "no such case: it begins with a notice");
    const auto open = std::ranges::count_if(others, [](const Case* c) { return c->is_open(); });
    if (static_cast<std::size_t>(open) >= kOpenCasesMax) {
      return fail(Code::kLimit, "an account has at most 16 open cases");
    }
    one.account = step.account;
    one.opened = step.time;
  }
  if (one.account != step.account) return invalid("the case is about another account");
  if (!one.is_open()) return too_early("the case is closed");
  if (step.number != one.steps) {
    return invalid("the next step of this case is " + std::to_string(one.steps));
  }
  // Deadlines count from the times of steps: none lies before what happened already.
  if (step.time + kStepTolerance < std::max(latest, one.last)) {
    return too_early("its time lies before an act that came earlier: nothing is backdated");
  }
  TRY_VOID(check_signers(one, step));
  TRY_VOID(dispatch(one, others, step));
  ++one.steps;
  one.last = std::max(one.last, step.time);
  for (const auto& [key, duties] : step.signers) one.signers.insert(key);
  if (step.kind != kAnswerCase) one.body = step.body;
  return one;
}

}  // namespace muzn::audit
