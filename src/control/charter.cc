#include "control/charter.h"

#include <algorithm>
#include <array>

#include "control/charter_apply.h"
#include "control/charter_check.h"
#include "control/charter_json.h"
#include "control/leaf.h"
#include "control/state.h"
#include "control/suspension_apply.h"

namespace muzn::control {
namespace {

constexpr auto kServices = std::to_array<ServiceClass>({{"ai", "bedrock:*", true},
                                                        {"functions", "lambda:*", true},
                                                        {"sql", "athena:*", true},
                                                        {"storage", "s3:*", false}});

}  // namespace

// Quotas of a charter bind what the account is given besides.
void cap_limits(State& state, const std::string& account) {
  const Charter* const charter = state.charter(account);
  if (charter == nullptr) return;
  const Limits* const given = state.limits_of_account(account);
  const Limits capped = capped_by(charter->quotas, given == nullptr ? Limits{} : *given);
  state.account_limits.erase(account);
  if (capped != Limits()) state.account_limits.emplace(account, capped);
}

std::span<const ServiceClass> service_classes() {
  return kServices;
}

const Purpose* Charter::purpose(std::string_view id) const {
  const auto found = std::ranges::find(purposes, id, &Purpose::id);
  return found == purposes.end() ? nullptr : &*found;
}

audit::Subject subject_of(const State& state, const PutCharter& act) {
  const Account* const account = state.account(act.charter.account);
  CHECK(account != nullptr);
  return {.installation = audit::installation_id(state.operator_account().canonical_id),
          .kind = std::string(kind_name(act)),
          .about = audit::account_mark(account->canonical_id),
          .step = act.charter.version,
          .body = hash_of(said_json(act))};
}

Result<void> run(State& state, const PutCharter& act) {
  const Charter& charter = act.charter;
  if (state.account(charter.account) == nullptr) return fail(Code::kNotFound, "no such account");
  TRY_VOID(check_charter(charter));
  const Charter* const before = state.charter(charter.account);
  const std::uint64_t next = before == nullptr ? 1 : before->version + 1;
  if (charter.version != next) {
    return fail(Code::kInvalid, "the next version of this charter is " + std::to_string(next));
  }
  // The account's word is that of the key it named last.
  const std::string& signatory = before == nullptr ? charter.signatory : before->signatory;
  if (state.officers.all.contains(charter.signatory) || state.officers.all.contains(signatory)) {
    return fail(Code::kDenied, "an officer can't sign for the account, too");
  }
  TRY_VOID(check_signed(state, subject_of(state, act), act.approvals,
                        {.duty = kDutyCharters, .further = signatory}));
  if (!act.approvals.contains(signatory)) {
    return fail(Code::kDenied, "the account has not signed: it does so with the key " + signatory);
  }
  auto stored = std::make_shared<StoredCharter>();
  stored->charter = charter;
  stored->text = ceiling_of(charter);
  TRY(stored->ceiling, policy::parse_policy(stored->text, policy::Attachment::kIdentity));
  state.charters.erase(charter.account);
  state.charters.emplace(charter.account, CharterPtr{std::move(stored)});
  cap_limits(state, charter.account);
  set_policy_set(state, charter.account);
  return {};
}

Result<void> run(State& state, const SetBucketPurpose& act) {
  if (state.account(act.account) == nullptr) return fail(Code::kNotFound, "no such account");
  TRY_VOID(check_bucket(act.bucket));
  if (!act.purpose.empty()) {
    const Charter* const charter = state.charter(act.account);
    if (charter == nullptr || charter->purpose(act.purpose) == nullptr) {
      return fail(Code::kDenied, "the account's charter declares no such purpose");
    }
  }
  controls_of(state, act.bucket).purpose = act.purpose;
  return {};
}

}  // namespace muzn::control
