#include "sim/driver.h"

#include <algorithm>

#include "sim/together.h"

namespace muzn::sim {
namespace {

Task<void> perform(Machine& machine, std::function<Task<Answer>()> verb, std::size_t number,
                   Answer* out) {
  *out = co_await verb();
  machine.disk().mark(kAnswerMark + number);
}

void add_orders(const State& before, const std::vector<Effect>& effects, unsigned applied,
                unsigned answered, std::vector<State>& out) {
  if ((applied & answered) == answered && std::ranges::find(out, before) == out.end()) {
    out.push_back(before);
  }
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if ((applied & 1U << i) != 0) continue;
    State after = before;
    effects[i](after);
    add_orders(after, effects, applied | 1U << i, answered, out);
  }
}

}  // namespace

std::vector<State> all_orders(const State& before, const std::vector<Effect>& effects,
                              unsigned answered) {
  std::vector<State> out;
  add_orders(before, effects, 0, answered, out);
  return out;
}

std::optional<std::string> Driver::run(const Step& step) {
  wanted_ = state_;
  effects_.clear();
  switch (step.verb) {
    case Verb::kTogether:
      return run_together(step);
    case Verb::kTick:
      machine_.clock().advance(step.salt % 10'000);
      return std::nullopt;
    case Verb::kJobs:
      machine_.run_jobs();
      return std::nullopt;
    case Verb::kRestart:
      machine_.stop();
      if (auto started = machine_.start(); !started) return started.error().what;
      return std::nullopt;
    case Verb::kMove:
      if (auto moved = machine_.move_records(); !moved) {
        return show(object::Failure(moved.error()));
      }
      return std::nullopt;
    default:
      break;
  }
  const auto operation = plan(machine_, step, state_, bodies_);
  if (!operation) return std::nullopt;
  operation->effect(wanted_);
  const Answer answer = run_sync(operation->run());
  if (!answer) return show(answer.error());
  wanted_ = state_;
  operation->effect(wanted_);
  state_ = wanted_;
  return std::nullopt;
}

std::optional<std::string> Driver::run_together(const Step& step) {
  std::vector<std::function<Task<Answer>()>> verbs;
  for (const Step& one : steps_together(step)) {
    auto operation = plan(machine_, one, state_, bodies_);
    if (!operation) continue;
    verbs.push_back(std::move(operation->run));
    effects_.push_back(std::move(operation->effect));
  }
  Together together(machine_.disk(), step.salt);
  std::vector<Answer> answers(verbs.size());
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    tasks.push_back(perform(machine_, verbs[i], i, &answers[i]));
  }
  machine_.set_together(&together);
  together.run(std::move(tasks));
  machine_.set_together(nullptr);
  largest_group_ = std::max(largest_group_, together.largest_group());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i]) continue;
    if (answers[i].error().fault == object::Fault::kStorage) return show(answers[i].error());
    effects_[i] = [](State&) {};  // refused: another came first
  }
  const unsigned all = (1U << answers.size()) - 1;
  const auto allowed = all_orders(state_, effects_, all);
  State now = observe(machine_);
  if (std::ranges::find(allowed, now) == allowed.end()) {
    return "no order of the verbs explains\n" + difference(now, allowed.front());
  }
  state_ = std::move(now);
  return std::nullopt;
}

}  // namespace muzn::sim
