#include "control/break_glass.h"

#include <algorithm>
#include <array>
#include <vector>

#include "control/break_glass_json.h"
#include "control/charter_json.h"
#include "control/names.h"
#include "control/state.h"

namespace muzn::control {
namespace {

constexpr auto kReasons = std::to_array<std::string_view>(
    {"abuse_report", "data_recovery", "incident", "legal_order", "tenant_request"});

// What a client needs to list a bucket.
constexpr auto kBucketActions = std::to_array<std::string_view>(
    {"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"});
constexpr auto kObjectActions = std::to_array<std::string_view>(
    {"s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectTagging", "s3:GetObjectVersion",
     "s3:GetObjectVersionAttributes", "s3:GetObjectVersionTagging"});

bool has(const auto& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::unexpected<Error> invalid(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

Result<void> check_scope(const Grant& grant) {
  if (!has(std::array{kRightCredentials, kRightList, kRightRead}, grant.rights)) {
    return invalid("rights are list, read or credentials");
  }
  if (grant.bucket.empty() != grant.bucket_id.empty()) {
    return invalid("a bucket has a name and an id");
  }
  if (!grant.bucket.empty() && (!is_bucket_name(grant.bucket) || !is_bucket_id(grant.bucket_id))) {
    return invalid("a bucket's name or id");
  }
  if (grant.bucket.empty() && !grant.prefix.empty()) {
    return invalid("a prefix is of the keys of one bucket");
  }
  if (!grant.bucket.empty() && grant.rights == kRightCredentials) {
    return invalid("credentials are of an account, and not of one bucket");
  }
  if (grant.prefix.size() > kGlassPrefixMax) return invalid("a prefix has at most 1024 bytes");
  return {};
}

audit::Subject subject(const State& state, const std::string& account, std::string_view kind,
                       const codec::Json& said) {
  const Account* const of = state.account(account);
  CHECK(of != nullptr);
  const auto step = state.break_glass.steps.find(account);
  return {.installation = audit::installation_id(state.operator_account().canonical_id),
          .kind = std::string(kind),
          .about = audit::account_mark(of->canonical_id),
          .step = step == state.break_glass.steps.end() ? 0 : step->second,
          .body = hash_of(said)};
}

Result<void> check_account(const State& state, const std::string& account) {
  const Account* const found = state.account(account);
  if (found == nullptr) return fail(Code::kNotFound, "no such account");
  if (found->is_operator) return invalid("the operator's own account needs no break-glass");
  return {};
}

// A user of the operator's own, with keys of its own: nobody's root, no role.
Result<void> check_who(const State& state, const Grant& grant) {
  const User* const user = state.user_of_arn(grant.who);
  if (user == nullptr || user->account != state.operator_id || user->id != grant.who_id) {
    return fail(Code::kNotFound, "who may use it is one user of the operator's account");
  }
  return {};
}

}  // namespace

bool covers(const Grant& grant, const Reading& reading) {
  if (grant.rights != kRightList && grant.rights != kRightRead) return false;
  if (!grant.bucket_id.empty() && grant.bucket_id != reading.bucket_id) return false;
  if (has(kObjectActions, reading.action)) {
    return grant.rights == kRightRead && !reading.key.empty() &&
           reading.key.starts_with(grant.prefix);
  }
  if (!reading.key.empty() || !has(kBucketActions, reading.action)) return false;
  if (reading.action == kBucketActions.front()) return true;
  return reading.prefix.value_or("").starts_with(grant.prefix);
}

bool is_in_time(const Grant& grant, Time now) {
  return grant.from <= now && now < grant.until;
}

bool is_reason(std::string_view word) {
  return has(kReasons, word);
}

std::string_view reasons_in_words() {
  return "abuse_report, data_recovery, incident, legal_order and tenant_request";
}

Result<void> check_grant(const Grant& grant, Time now) {
  if (!is_hash(grant.id) || !is_hash(grant.nonce)) {
    return invalid("id and nonce of a grant are 64 hex digits each");
  }
  TRY_VOID(check_scope(grant));
  if (!is_reason(grant.reason)) {
    return invalid("reasons are " + std::string(reasons_in_words()));
  }
  if (grant.reference.empty() || grant.text.empty()) {
    return invalid("a grant says its case (reference) and why it is needed (text)");
  }
  if (!is_line(grant.reference, kGlassTextMax) || !is_line(grant.text, kGlassTextMax)) {
    return invalid("reference and text are at most 1000 characters without controls");
  }
  if (!grant.document.empty() && !is_hash(grant.document)) {
    return invalid("a document is named by its SHA-256, 64 hex digits");
  }
  if (to_micros(grant.from) < 0 || grant.from >= grant.until || grant.until <= now) {
    return invalid("a grant ends after it begins, and after now");
  }
  if (grant.until > now + kGlassMax) return invalid("a grant ends within 24 hours");
  return {};
}

audit::Subject subject_of(const State& state, const OpenBreakGlass& act) {
  return subject(state, act.grant.account, kind_name(act), said_json(act));
}
audit::Subject subject_of(const State& state, const CloseBreakGlass& act) {
  return subject(state, act.account, kind_name(act), said_json(act));
}

Result<void> run(State& state, const OpenBreakGlass& act, Time now) {
  const Grant& grant = act.grant;
  TRY_VOID(check_account(state, grant.account));
  TRY_VOID(check_grant(grant, now));
  TRY_VOID(check_who(state, grant));
  if (state.break_glass.grants.contains(grant.id)) {
    return fail(Code::kExists, "the grant was opened before");
  }
  TRY_VOID(check_signed(state, subject_of(state, act), act.approvals,
                        {.duty = kDutyBreakGlass, .count = kGlassApprovals}));
  StoredGrant stored{.grant = grant, .opened = now, .officers = {}};
  for (const auto& [key, signature] : act.approvals) stored.officers.insert(key);
  state.break_glass.grants.emplace(grant.id, std::move(stored));
  state.break_glass.open.insert(grant.id);
  ++state.break_glass.steps[grant.account];
  return {};
}

Result<void> run(State& state, const CloseBreakGlass& act, Time now) {
  TRY_VOID(check_account(state, act.account));
  const auto found = state.break_glass.grants.find(act.id);
  if (found == state.break_glass.grants.end() || found->second.grant.account != act.account) {
    return fail(Code::kNotFound, "no such grant of this account");
  }
  if (!state.break_glass.open.contains(act.id)) {
    return fail(Code::kPrecondition, "the grant is closed, or over");
  }
  TRY_VOID(check_signed(state, subject_of(state, act), act.approvals, {.duty = kDutyBreakGlass}));
  state.break_glass.grants.edit(act.id).closed = now;
  state.break_glass.open.erase(act.id);
  ++state.break_glass.steps[act.account];
  return {};
}

void lapse(State& state, Time now) {
  std::erase_if(state.break_glass.open, [&](const std::string& id) {
    const Time until = state.break_glass.grants.at(id).grant.until;
    if (now < until) return false;
    state.break_glass.grants.edit(id).closed = until;
    return true;
  });
}

void forget_glass_of(State& state, const std::string& account) {
  std::vector<std::string> ids;
  for (const auto& [id, one] : state.break_glass.grants) {
    if (one.grant.account == account) ids.push_back(id);
  }
  for (const std::string& id : ids) {
    state.break_glass.open.erase(id);
    state.break_glass.grants.erase(id);
  }
  state.break_glass.steps.erase(account);
}

}  // namespace muzn::control
