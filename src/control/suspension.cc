#include "control/suspension.h"

#include <algorithm>

#include "audit/policy_set.h"
#include "control/charter_json.h"
#include "control/names.h"
#include "control/state.h"
#include "control/suspension_apply.h"
#include "control/suspension_json.h"
#include "policy/acceptable_use.h"

namespace muzn::control {
namespace {

using audit::Case;
using audit::CaseStep;
using audit::Rung;

template <class Body>
audit::Subject subject(const State& state, const Body& body) {
  return {.installation = audit::installation_id(state.operator_account().canonical_id),
          .kind = std::string(kind_name(body)),
          .about = body.at.id,
          .step = body.at.step,
          .body = hash_of(said_json(body))};
}

// --- grammars ---

Result<void> check_ref(const CaseRef& at) {
  if (!is_bucket_id(at.id)) return fail(Code::kInvalid, "a case's id is 32 hex digits");
  if (!is_hash(at.nonce)) return fail(Code::kInvalid, "a nonce is 64 hex digits");
  return {};
}
Result<void> check_hash(const std::string& text, const char* what) {
  if (is_hash(text)) return {};
  return fail(Code::kInvalid, std::string(what) + " is named by its SHA-256: 64 hex digits");
}
Result<void> check_services(const std::set<std::string>& services, Rung rung) {
  for (const std::string& service : services) {
    if (std::ranges::find(service_classes(), service, &ServiceClass::name) ==
        service_classes().end()) {
      return fail(Code::kInvalid, "services are ai, functions, sql and storage: " + service);
    }
  }
  if (rung == Rung::kNoAi && !services.empty() && !services.contains("ai")) {
    return fail(Code::kInvalid, "no_ai restricts ai, which the case is not about");
  }
  return {};
}
// The log has it in the open (audit/leaf.h).
constexpr std::string_view kOpenText = " of printable ASCII without \" and \\";
bool is_open_text(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && is_printable(text, bytes_max) &&
         text.find_first_of("\"\\") == std::string_view::npos;
}
Result<void> check_authority(const std::string& authority) {
  if (is_open_text(authority, kAuthorityCharsMax)) return {};
  return fail(Code::kInvalid,
              "an authority is named in 1 to 200 characters" + std::string(kOpenText));
}
Result<void> check_grounds(const std::string& rule, const std::string& authority,
                           const std::set<std::string>& evidence) {
  if (!is_open_text(rule, kRuleCharsMax)) {
    return fail(Code::kInvalid, "a rule is named in 1 to 100 characters" + std::string(kOpenText));
  }
  TRY_VOID(check_authority(authority));
  if (evidence.empty() || evidence.size() > audit::kEvidenceMax) {
    return fail(Code::kInvalid, "there are 1 to 16 pieces of evidence, by their SHA-256");
  }
  for (const std::string& one : evidence) TRY_VOID(check_hash(one, "evidence"));
  return {};
}
Result<void> check_text(const HiddenText& text) {
  if (!is_hash(text.commitment)) return fail(Code::kInvalid, "a commitment is 64 hex digits");
  if (text.text.size() > kHiddenTextBytesMax) return fail(Code::kLimit, "the text is too long");
  return {};
}

// --- steps ---

// Every one is a good signature; whose it is, is for the ladder to judge.
Result<void> take_signers(const State& state, const audit::Subject& subject,
                          const audit::Approvals& approvals, CaseStep& step) {
  TRY_VOID(audit::check_approvals(subject, approvals));
  for (const auto& [key, signature] : approvals) {
    const auto officer = state.officers.all.find(key);
    step.signers[key] =
        officer == state.officers.all.end() ? std::set<std::string>() : officer->second.duties;
  }
  step.body = subject.body;
  return {};
}

void set_suspension(State& state, const std::string& account) {
  codec::Json statements = codec::Json::array();
  for (const StoredCase* const one : state.cases_of(account)) {
    for (codec::Json& statement : statements_of(one->now, one->id)) {
      statements.push_back(std::move(statement));
    }
  }
  state.suspensions.erase(account);
  if (statements.empty()) return;
  auto stored = std::make_shared<StoredSuspension>();
  stored->text =
      codec::dump_json({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
  auto parsed = policy::parse_policy(stored->text, policy::Attachment::kIdentity);
  CHECK(parsed);
  stored->ceiling = std::move(*parsed);
  state.suspensions.emplace(account, SuspensionPtr{std::move(stored)});
}

Result<void> take(State& state, const std::string& id, const CaseStep& step, ToldStep told) {
  if (state.account(step.account) == nullptr) return fail(Code::kNotFound, "no such account");
  if (step.account == state.operator_id) {
    return fail(Code::kDenied, "the operator has no case against itself");
  }
  std::vector<const Case*> others;
  for (const StoredCase* const one : state.cases_of(step.account)) others.push_back(&one->now);
  const StoredCase* const before = state.case_of_id(id);
  TRY(Case now,
      audit::take_step(before == nullptr ? nullptr : &before->now, others, step, state.latest));
  told.time = step.time;
  told.kind = step.kind;
  told.what = step.what;
  told.rung = step.rung == Rung::kNone ? "" : audit::rung_name(step.rung);
  told.until = step.until;
  StoredCase stored = before == nullptr ? StoredCase{.id = id, .now = {}, .steps = {}} : *before;
  stored.now = std::move(now);
  stored.steps.push_back(std::move(told));
  state.cases.erase(id);
  state.cases.emplace(id, std::move(stored));
  state.cases_of_accounts.insert({step.account, id});
  set_suspension(state, step.account);
  set_policy_set(state, step.account);
  return {};
}

CaseStep step_of(const Act& act, const std::string& account, std::uint64_t number) {
  CaseStep out;
  out.kind = kind_name(act.body);
  out.account = account;
  out.number = number;
  out.time = act.time;
  return out;
}
ToldStep told_of(const Act& act, const std::set<std::string>& hashes) {
  ToldStep out;
  out.act = act.sequence;
  out.hashes = hashes;
  return out;
}

template <class Body>
Result<CaseStep> signed_step(const State& state, const Body& body, const Act& act) {
  TRY_VOID(check_ref(body.at));
  CaseStep out = step_of(act, body.at.account, body.at.step);
  TRY_VOID(take_signers(state, subject(state, body), body.approvals, out));
  return out;
}

}  // namespace

audit::Subject subject_of(const State& state, const GiveNotice& act) {
  return subject(state, act);
}
audit::Subject subject_of(const State& state, const DecideCase& act) {
  return subject(state, act);
}
audit::Subject subject_of(const State& state, const DecideAppeal& act) {
  return subject(state, act);
}
audit::Subject subject_of(const State& state, const RestrictAtOnce& act) {
  return subject(state, act);
}
audit::Subject subject_of(const State& state, const CloseExport& act) {
  return subject(state, act);
}

Result<void> run(State& state, const FileComplaint& body, const Act& act) {
  if (!is_bucket_id(body.ticket)) return fail(Code::kInvalid, "a ticket is 32 hex digits");
  TRY_VOID(check_text(body.text));
  if (state.complaints.contains(body.ticket)) return fail(Code::kExists, "the ticket was given");
  state.complaints.emplace(
      body.ticket,
      Complaint{.time = act.time, .act = act.sequence, .commitment = body.text.commitment});
  return {};
}

Result<void> run(State& state, const GiveNotice& body, const Act& act) {
  TRY_VOID(check_grounds(body.rule, body.authority, body.evidence));
  TRY_VOID(check_services(body.services, Rung::kNone));
  if (!body.ticket.empty() && !state.complaints.contains(body.ticket)) {
    return fail(Code::kNotFound, "no complaint has this ticket");
  }
  TRY(CaseStep step, signed_step(state, body, act));
  step.services = body.services;
  step.until = body.reply_until;
  ToldStep told = told_of(act, body.evidence);
  told.rule = body.rule;
  told.authority = body.authority;
  told.ticket = body.ticket;
  return take(state, body.at.id, step, std::move(told));
}

Result<void> run(State& state, const AnswerCase& body, const Act& act) {
  TRY_VOID(check_text(body.text));
  const Account* const who = state.account_of_arn(act.actor);
  if (who == nullptr || who->id != body.account) {
    return fail(Code::kDenied, "nobody but the account answers in its case");
  }
  CaseStep step = step_of(act, body.account, body.step);
  step.what = body.what;
  return take(state, body.id, step, told_of(act, {body.text.commitment}));
}

Result<void> run(State& state, const DecideCase& body, const Act& act) {
  TRY_VOID(check_hash(body.reasons, "a text of reasons"));
  if ((body.what == "restrict") != (body.rung != Rung::kNone)) {
    return fail(Code::kInvalid, "a rung is said with \"restrict\", and only there");
  }
  if (body.what != "terminate" && body.export_until != Time{}) {
    return fail(Code::kInvalid, "a time to export is said with \"terminate\", and only there");
  }
  const StoredCase* const one = state.case_of_id(body.at.id);
  if (one != nullptr) TRY_VOID(check_services(one->now.services, body.rung));
  TRY(CaseStep step, signed_step(state, body, act));
  step.what = body.what;
  step.rung = body.rung;
  step.until = body.export_until;
  return take(state, body.at.id, step, told_of(act, {body.reasons}));
}

Result<void> run(State& state, const DecideAppeal& body, const Act& act) {
  TRY_VOID(check_hash(body.reasons, "a text of reasons"));
  if ((body.what == "lighten") != (body.rung != Rung::kNone)) {
    return fail(Code::kInvalid, "a rung is said with \"lighten\", and only there");
  }
  TRY(CaseStep step, signed_step(state, body, act));
  step.what = body.what;
  step.rung = body.rung;
  return take(state, body.at.id, step, told_of(act, {body.reasons}));
}

Result<void> run(State& state, const RestrictAtOnce& body, const Act& act) {
  TRY_VOID(check_grounds(body.rule, body.authority, body.evidence));
  TRY_VOID(check_services(body.services, body.rung));
  TRY(CaseStep step, signed_step(state, body, act));
  step.services = body.services;
  step.rung = body.rung;
  step.until = body.until;
  ToldStep told = told_of(act, body.evidence);
  told.rule = body.rule;
  told.authority = body.authority;
  return take(state, body.at.id, step, std::move(told));
}

Result<void> run(State& state, const CloseExport& body, const Act& act) {
  TRY_VOID(check_hash(body.order, "an order"));
  TRY_VOID(check_authority(body.authority));
  TRY(CaseStep step, signed_step(state, body, act));
  step.until = body.until;
  ToldStep told = told_of(act, {body.order});
  told.authority = body.authority;
  return take(state, body.at.id, step, std::move(told));
}

Result<void> check_no_case(const State& state, const std::string& account, Time now) {
  for (const StoredCase* const one : state.cases_of(account)) {
    const bool is_over =
        one->now.stage == audit::Stage::kTerminated && now >= one->now.export_until;
    if (one->now.is_open() && !is_over) {
      return fail(Code::kPrecondition, "there is an open case about the account: " + one->id);
    }
  }
  return {};
}

// The ids stay: no case is another one's.
void forget_cases(State& state, const std::string& account) {
  std::vector<std::string> ids;
  for (const StoredCase* const one : state.cases_of(account)) ids.push_back(one->id);
  for (const std::string& id : ids) state.cases_of_accounts.erase({account, id});
  state.suspensions.erase(account);
  state.policy_sets.erase(account);
}

void set_policy_set(State& state, const std::string& account) {
  const Charter* const charter = state.charter(account);
  std::map<std::string, const Case*> open;
  for (const StoredCase* const one : state.cases_of(account)) {
    if (one->now.is_open()) open.emplace(one->id, &one->now);
  }
  state.policy_sets.erase(account);
  if (charter == nullptr && open.empty()) return;
  const std::string body =
      charter == nullptr ? ""
                         : hash_of(said_json(PutCharter{.charter = *charter, .approvals = {}}));
  state.policy_sets.emplace(
      account,
      audit::policy_set_hash(audit::policy_lines(
          charter == nullptr ? policy::kAcceptableUse : std::string_view(charter->acceptable_use),
          body, open)));
}

}  // namespace muzn::control
