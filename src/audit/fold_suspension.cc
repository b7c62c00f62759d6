// Complaints and cases: every step is judged from the leaves alone.
#include <algorithm>

#include "audit/approval.h"
#include "audit/due_process_json.h"
#include "audit/facts.h"
#include "audit/fold.h"

namespace muzn::audit {
namespace {

constexpr std::size_t kIdDigits = 32;

bool says(const Leaf& leaf, const char* name) {
  return leaf.facts.contains(name);
}

Time time_in(const Leaf& leaf, const char* name) {
  return from_micros(static_cast<std::int64_t>(number(leaf, name)));
}

// What only this kind of step says.
Result<void> read_step(const Leaf& leaf, CaseStep& step) {
  if (says(leaf, "services")) {
    step.services = words_of(text(leaf, "services"));
    if (step.services == std::set<std::string>{"all"}) step.services.clear();
  }
  if (says(leaf, "rung")) {
    const auto rung = rung_of(text(leaf, "rung"));
    if (!rung) return wrong("there is no restriction of this name: " + text(leaf, "rung"));
    step.rung = *rung;
  }
  for (const char* name : {"answer", "decision"}) {
    if (says(leaf, name)) step.what = text(leaf, name);
  }
  for (const char* name : {"reply_until_micros", "export_until_micros", "until_micros"}) {
    if (says(leaf, name)) step.until = time_in(leaf, name);
  }
  if (says(leaf, "evidence")) {
    const std::set<std::string> evidence = words_of(text(leaf, "evidence"));
    const bool is_good = evidence.size() <= kEvidenceMax &&
                         std::ranges::all_of(evidence, [](const std::string& one) {
                           return is_hex(one, 64);  // SHA-256
                         });
    if (!is_good) return wrong("its evidence is no list of hashes");
  }
  return {};
}

}  // namespace

Result<void> Fold::file_complaint(const Leaf& leaf) {
  const std::string& ticket = text(leaf, "ticket");
  if (!is_hex(ticket, kIdDigits)) return wrong("a ticket is 32 hex digits");
  if (!leaf.facts["actor"]["account"].get_ref<const std::string&>().empty()) {
    return wrong("who complains comes from outside");
  }
  if (!tickets_.insert(ticket).second) return wrong("the ticket was given before");
  return {};
}

// Of a case that began before the log did, the signatures alone are judged.
Result<void> Fold::check_case_leaf(const Leaf& leaf, bool is_known) {
  if (!is_hex(text(leaf, "about"), kIdDigits)) return wrong("a case's id is 32 hex digits");
  if (leaf.kind == kAnswerCase) {
    const auto& actor = leaf.facts["actor"]["account"].get_ref<const std::string&>();
    return actor == leaf.account ? Result<void>{} : wrong("it is not the account that answers");
  }
  if (!is_continued_ && leaf.account == operator_) {
    return wrong("the operator has no case against itself");
  }
  const std::string& installation = text(leaf, "installation");
  if (!installation_.empty() && installation != installation_) {
    return wrong("it is signed for another installation");
  }
  Approvals approvals;
  for (const auto& [key, signature] : leaf.facts["approvals"].items()) {
    approvals.emplace(key, signature.get<std::string>());
  }
  if (approvals.empty()) return wrong("nobody signed it");
  TRY_VOID(check_approvals({.installation = installation,
                            .kind = leaf.kind,
                            .about = text(leaf, "about"),
                            .step = number(leaf, "step"),
                            .body = text(leaf, "body")},
                           approvals));
  const bool names_ticket = says(leaf, "ticket") && !text(leaf, "ticket").empty();
  if (names_ticket && !is_continued_ && !tickets_.contains(text(leaf, "ticket"))) {
    return wrong("no complaint has the ticket " + text(leaf, "ticket"));
  }
  if (is_known) installation_ = installation;
  return {};
}

Result<void> Fold::take_case_step(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  const std::string& id = text(leaf, "about");
  const auto found = cases_.find(id);
  const bool is_from_before = found == cases_.end() && is_continued_ && number(leaf, "step") > 0;
  TRY_VOID(check_case_leaf(leaf, !is_from_before));
  if (is_from_before) return {};
  CaseStep step;
  step.kind = leaf.kind;
  step.account = leaf.account;
  step.number = number(leaf, "step");
  step.time = leaf.time;
  step.judges_signers = !is_continued_;
  TRY_VOID(read_step(leaf, step));
  if (says(leaf, "body")) step.body = text(leaf, "body");
  if (says(leaf, "approvals")) {
    for (const auto& [key, signature] : leaf.facts["approvals"].items()) {
      const auto officer = officers_.find(key);
      step.signers[key] = officer == officers_.end() ? std::set<std::string>() : officer->second;
    }
  }
  std::vector<const Case*> others;
  for (const auto& [other, one] : cases_) {
    if (one.account == leaf.account) others.push_back(&one);
  }
  TRY(Case now, take_step(found == cases_.end() ? nullptr : &found->second, others, step, latest_));
  cases_[id] = std::move(now);
  return {};
}

PolicyLines Fold::policy_lines_of(const std::string& handle,
                                  std::string_view acceptable_use) const {
  const auto charter = charters_.find(handle);
  const bool has_charter = charter != charters_.end();
  std::map<std::string, const Case*> open;
  for (const auto& [id, one] : cases_) {
    if (one.account == handle && one.is_open()) open.emplace(id, &one);
  }
  return policy_lines(
      has_charter ? std::string_view(charter->second.acceptable_use) : acceptable_use,
      has_charter ? std::string_view(charter->second.body) : std::string_view(), open);
}

// --- as JSON; the rest is in fold_json.cc ---

bool Fold::read_cases(const codec::Json& json) {
  const auto is_list = [&json](const char* name) {
    return json.contains(name) && json[name].is_array();
  };
  if (!is_list("cases") || !is_list("tickets") || !json.contains("latest") ||
      !json["latest"].is_number_unsigned() || json["latest"] > kLeafNumberMax) {
    return false;
  }
  latest_ = from_micros(json["latest"].get<std::int64_t>());
  for (const codec::Json& ticket : json["tickets"]) {
    if (!ticket.is_string() || !tickets_.insert(ticket.get<std::string>()).second) return false;
  }
  for (const codec::Json& row : json["cases"]) {
    if (!row.is_array() || row.size() != 2 || !row[0].is_string()) return false;
    auto one = case_from_json(row[1]);
    if (!one || !cases_.emplace(row[0].get<std::string>(), std::move(*one)).second) return false;
  }
  return true;
}

}  // namespace muzn::audit
