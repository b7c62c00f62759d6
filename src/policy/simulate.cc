#include "policy/simulate.h"

#include <algorithm>

namespace muzn::policy {
namespace {

// Remembers what was asked for in vain.
class WatchedFacts final : public Facts {
 public:
  WatchedFacts(const Facts& facts, std::set<std::string>& missing)
      : facts_(facts), missing_(missing) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    auto out = facts_.values(key);
    if (!out) missing_.emplace(key);
    return out;
  }

 private:
  const Facts& facts_;
  std::set<std::string>& missing_;
};

// A statement as if it stood alone, under some of its conditions.
Document alone(const Document& document, std::size_t statement, std::vector<Condition> conditions) {
  Document out{.id = {}, .variables = document.variables, .statements = {}};
  out.statements.push_back(document.statements[statement]);
  out.statements.front().conditions = std::move(conditions);
  return out;
}

// A folded key as the first policy writes it that names it, as a key or a variable.
std::string as_written(const std::string& key, std::span<const std::string_view> texts) {
  const auto same = [](char written, char folded) {
    const bool upper = written >= 'A' && written <= 'Z';
    return written == folded || (upper && written - 'A' + 'a' == folded);
  };
  for (const std::string_view text : texts) {
    const auto found = std::ranges::search(text, key, same);
    if (!found.empty()) return {found.begin(), found.end()};
  }
  return key;
}

class Run {
 public:
  Run(const Simulation& simulation, std::string_view action, std::string_view resource)
      : simulation_(simulation),
        watched_(simulation.facts, out_.missing_context),
        request_{.caller = simulation.caller,
                 .action = action,
                 .resource = resource,
                 .facts = watched_} {}

  SimulatedResult finish() && {
    out_.verdict = decide_all().verdict;
    for (const auto& limits : {simulation_.charters, simulation_.boundaries}) {
      for (const SimulatedPolicy& one : limits) look(one, Attachment::kIdentity, true);
    }
    for (const SimulatedPolicy& one : simulation_.identity) look(one, Attachment::kIdentity);
    if (simulation_.resource) look(*simulation_.resource, Attachment::kResource);
    write_missing();
    return std::move(out_);
  }

 private:
  static std::vector<Attached> attached(std::span<const SimulatedPolicy> policies) {
    std::vector<Attached> out;
    for (const SimulatedPolicy& one : policies) out.push_back({one.id, one.document});
    return out;
  }

  Decision decide_all() {
    const std::vector<Attached> identity = attached(simulation_.identity);
    const std::vector<Attached> boundaries = attached(simulation_.boundaries);
    const std::vector<Attached> charters = attached(simulation_.charters);
    Policies policies;
    policies.charters = charters;
    policies.identity = identity;
    policies.boundaries = boundaries;
    policies.resource_account = simulation_.caller.account;
    if (simulation_.resource) {
      policies.resource = {simulation_.resource->id, simulation_.resource->document};
      if (!simulation_.resource_account.empty()) {
        policies.resource_account = simulation_.resource_account;
      }
    }
    if (!boundaries.empty()) out_.boundary_allows = passes(boundaries);
    if (!charters.empty()) out_.charter_allows = passes(charters);
    return decide(request_, policies);
  }

  bool passes(std::span<const Attached> limits) const {
    Verdict said = Verdict::kSilent;
    for (const Attached& one : limits) {
      said = std::max(said, evaluate(*one.document, Attachment::kIdentity, request_).verdict);
    }
    return said == Verdict::kAllow;
  }

  // What only limits can deny, but not allow.
  void look(const SimulatedPolicy& policy, Attachment attachment, bool limits = false) {
    for (std::size_t i = 0; i < policy.document->statements.size(); ++i) {
      const std::vector<Condition>& conditions = policy.document->statements[i].conditions;
      const bool spoken = says(policy, i, {}, attachment) != Verdict::kSilent;
      if (spoken) note_missing(conditions);
      if (!spoken || out_.verdict == Verdict::kSilent) continue;
      if (limits && out_.verdict == Verdict::kAllow) continue;
      if (says(policy, i, conditions, attachment) == out_.verdict) note_match(policy, i);
    }
  }

  Verdict says(const SimulatedPolicy& policy, std::size_t statement,
               std::vector<Condition> conditions, Attachment attachment) const {
    const Document one = alone(*policy.document, statement, std::move(conditions));
    return evaluate(one, attachment, request_).verdict;
  }

  void note_missing(const std::vector<Condition>& conditions) const {
    for (const Condition& condition : conditions) {
      static_cast<void>(watched_.values(condition.key));
      static_cast<void>(holds(condition, watched_));  // its variables, too
    }
  }

  void write_missing() {
    std::vector<std::string_view> texts;
    for (const auto& kind : {simulation_.identity, simulation_.boundaries, simulation_.charters}) {
      for (const SimulatedPolicy& one : kind) texts.push_back(one.text);
    }
    if (simulation_.resource) texts.push_back(simulation_.resource->text);
    std::set<std::string> written;
    for (const std::string& key : out_.missing_context) written.insert(as_written(key, texts));
    out_.missing_context = std::move(written);
  }

  void note_match(const SimulatedPolicy& policy, std::size_t statement) {
    if (out_.verdict == Verdict::kDeny && !out_.matched.empty()) return;
    MatchedStatement match{.id = std::string(policy.id),
                           .type = std::string(policy.type),
                           .statement = statement,
                           .span = std::nullopt};
    const std::vector<Span> spans = statement_places(policy.text);
    if (statement < spans.size()) match.span = spans[statement];
    out_.matched.push_back(std::move(match));
  }

  const Simulation& simulation_;
  SimulatedResult out_;
  const WatchedFacts watched_;
  const Request request_;
};

}  // namespace

SimulatedResult simulate(const Simulation& simulation, std::string_view action,
                         std::string_view resource) {
  return Run(simulation, action, resource).finish();
}

std::string_view decision_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAllow:
      return "allowed";
    case Verdict::kDeny:
      return "explicitDeny";
    case Verdict::kSilent:
      break;
  }
  return "implicitDeny";
}

}  // namespace muzn::policy
