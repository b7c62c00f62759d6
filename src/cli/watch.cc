#include "cli/watch.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "cli/audit.h"
#include "cli/run_program.h"
#include "codec/date.h"

namespace muzn::cli {
namespace {

using tlog::Trouble;

constexpr std::size_t kStateBytesMax = 256U << 20;
constexpr std::size_t kFaultsKept = 100;  // in the evidence of one step
constexpr std::string_view kUnreachable = "unreachable";
constexpr std::string_view kBadLeaf = "leaf";

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

}  // namespace

Result<Watch> Watch::open(const WatchPlan& plan, tlog::FileSource& source, const Clock& clock) {
  const auto [directory, name] = split(plan.state_file);
  TRY(const fs::Dir dir, fs::Dir::open(directory));
  TRY(fs::Fd lock, dir.lock(name + ".lock"));
  Watch out(plan, source, clock, std::move(lock));
  const auto kept = dir.read_file(name, kStateBytesMax);
  if (!kept && kept.error().code != Code::kNotFound) return std::unexpected(kept.error());
  if (kept) {
    auto state = parse_watch_state(*kept, plan.is_strict);
    if (!state) return fail(Code::kInvalid, plan.state_file + ": " + state.error().what);
    out.state_ = std::move(*state);
    out.saved_ = *kept;
  } else {
    out.state_.rules = audit::Rules(plan.is_strict);
  }
  // Said now, not at the first look.
  auto follower = tlog::Follower::make(source, plan.policy, out.state_.view);
  if (!follower) return fail(Code::kInvalid, plan.state_file + ": " + follower.error().what);
  return out;
}

int Watch::look() {
  auto follower = tlog::Follower::make(source_, plan_.policy, state_.view);
  CHECK(follower.has_value());
  const auto outcome = look_at(*follower);
  if (!outcome) return unreachable(outcome.error().what);
  state_.failures = 0;
  if (*outcome == Outcome::kWell && !state_.told.empty()) {
    say("WELL  " + state_.told + " is over");
    state_.told.clear();
  }
  if (!save() || *outcome == Outcome::kUntold) return kUnread;
  return *outcome == Outcome::kWell ? kWell : kFaulty;
}

Result<Watch::Outcome> Watch::look_at(tlog::Follower& follower) {
  const auto now = static_cast<std::uint64_t>(to_micros(clock_.now()) / 1'000'000);
  const std::uint64_t since = now > plan_.max_age_seconds ? now - plan_.max_age_seconds : 0;
  const bool is_first = state_.view.checkpoint.empty();
  TRY(const tlog::Look seen, follower.look(since));
  const auto breach = [this, &seen] {
    const bool is_told = tell_breach(name(seen.trouble), seen.what, seen.seen);
    return is_told ? Outcome::kHeld : Outcome::kUntold;
  };
  if (seen.trouble != Trouble::kNone && seen.trouble != Trouble::kStale) return breach();
  if (is_first && plan_.from_now) state_.silent_below = follower.tree().size;
  // From here on the log is held to this tree, also when its entries can't be had.
  state_.view = follower.view();
  if (!save()) return Outcome::kUntold;
  const std::uint64_t before = follower.read();
  Outcome outcome = Outcome::kWell;
  while (follower.is_behind()) {
    TRY(const Outcome step, read_on(follower));
    if (step != Outcome::kWell) outcome = step;
    if (step == Outcome::kHeld || step == Outcome::kUntold) return outcome;
  }
  if (follower.read() != before || is_first) {
    say(fmt::format("READ  {} entries, {} of them new", follower.read(), follower.read() - before));
  }
  return seen.trouble == Trouble::kStale ? breach() : outcome;
}

// Read, proved, told, kept: in this order, so that a crash tells some things twice and loses none.
Result<Watch::Outcome> Watch::read_on(tlog::Follower& follower) {
  Learnt learnt{.rules = state_.rules, .findings = {}, .matches = {}};
  TRY(const tlog::Look step, follower.step([&](std::uint64_t index, std::string_view entry) {
    learn(learnt, index, entry);
  }));
  if (step.trouble != Trouble::kNone) {
    const bool is_told = tell_breach(name(step.trouble), step.what, follower.view().checkpoint);
    return is_told ? Outcome::kHeld : Outcome::kUntold;
  }
  const Outcome outcome = tell_learnt(learnt);
  if (outcome == Outcome::kUntold) return outcome;
  state_.rules = std::move(learnt.rules);
  state_.view = follower.view();
  return save() ? outcome : Outcome::kUntold;
}

void Watch::learn(Learnt& to, std::uint64_t index, std::string_view entry) const {
  if (index == 0 && !plan_.always_rules && !audit::is_leaf_log(entry)) {
    to.rules.reset();
    say("NOTE  the first entry is no leaf: the rules of leaves are not applied");
  }
  if (!to.rules) return;
  audit::Rules::Judged judged = to.rules->take(entry);
  std::ranges::move(judged.findings, std::back_inserter(to.findings));
  if (!judged.leaf || index < state_.silent_below) return;
  const bool is_wanted = std::ranges::any_of(
      plan_.matches, [&](const audit::Filter& one) { return one.matches(*judged.leaf); });
  if (is_wanted) to.matches.push_back({index, std::move(*judged.leaf)});
}

Watch::Outcome Watch::tell_learnt(const Learnt& learnt) {
  codec::Json faults = codec::Json::array();
  std::string first;
  for (const audit::Finding& one : learnt.findings) {
    const std::string text = fmt::format("entry {}: {}", one.index, one.what);
    if (one.kind != audit::Finding::Kind::kFault) {
      say((one.kind == audit::Finding::Kind::kWarning ? "WARNING  " : "NEWER  ") + text);
      continue;
    }
    if (first.empty()) first = text;
    if (faults.size() < kFaultsKept) faults.push_back({{"entry", one.index}, {"what", one.what}});
  }
  if (!first.empty() && !tell_breach(std::string(kBadLeaf), first, "", std::move(faults))) {
    return Outcome::kUntold;
  }
  for (const Match& match : learnt.matches) {
    if (!tell_match(match)) return Outcome::kUntold;
  }
  return first.empty() ? Outcome::kWell : Outcome::kBreach;
}

bool Watch::tell_match(const Match& match) {
  say("MATCH  " + line_of(match.index, match.leaf));
  return run({"MUZN_EVENT=match", fmt::format("MUZN_LEAF_INDEX={}", match.index),
              "MUZN_LEAF_CLASS=" + match.leaf.leaf_class, "MUZN_LEAF_KIND=" + match.leaf.kind,
              "MUZN_LEAF_ACCOUNT=" + match.leaf.account},
             audit::encode_leaf(match.leaf));
}

bool Watch::tell_breach(const std::string& kind, const std::string& what, const std::string& shown,
                        codec::Json faults) {
  say("BREACH  " + kind + ": " + what);
  if (state_.told == kind) return true;
  const Time now = clock_.now();
  const std::string path = fmt::format("{}.{}-{}.json", plan_.state_file, kind, to_micros(now));
  const std::string evidence = codec::dump_json({{"schema", "muzn.breach/1"},
                                                 {"log", plan_.log},
                                                 {"time", codec::iso8601_millis(now)},
                                                 {"kind", kind},
                                                 {"what", what},
                                                 {"kept", state_.view.checkpoint},
                                                 {"shown", shown},
                                                 {"faults", std::move(faults)}}) +
                               "\n";
  if (const auto kept = fs::write_durably(path, evidence); !kept) {
    say("FAILED  " + kept.error().what);
    return false;
  }
  say("KEPT  " + path);
  if (!run({"MUZN_EVENT=breach", "MUZN_BREACH=" + kind, "MUZN_EVIDENCE=" + path}, evidence)) {
    return false;
  }
  if (kind != kBadLeaf) state_.told = kind;
  return true;
}

int Watch::unreachable(const std::string& what) {
  ++state_.failures;
  say(fmt::format("FAILED  {} (look {} in a row)", what, state_.failures));
  if (state_.failures >= plan_.unreachable_after) {
    tell_breach(std::string(kUnreachable), what, "");
  }
  save();
  return kUnread;
}

bool Watch::run(std::vector<std::string> environment, std::string input) const {
  if (plan_.program.empty()) return true;
  const auto ended = run_program(
      {.words = plan_.program, .environment = std::move(environment), .input = std::move(input)});
  if (!ended) say("FAILED  " + ended.error().what);
  return ended.has_value();
}

bool Watch::save() {
  std::string text = format_watch_state(state_);
  if (text == saved_) return true;
  if (const auto kept = fs::write_durably(plan_.state_file, text); !kept) {
    say("FAILED  " + kept.error().what);
    return false;
  }
  saved_ = std::move(text);
  return true;
}

void Watch::say(const std::string& text) const {
  fmt::print("{}  {}\n", codec::iso8601_millis(clock_.now()), text);
  std::fflush(stdout);
}

}  // namespace muzn::cli
