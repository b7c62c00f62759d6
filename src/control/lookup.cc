// The questions to a state.
#include "audit/policy_set.h"
#include "control/state.h"
#include "policy/acceptable_use.h"

namespace muzn::control {
const Account* State::account(std::string_view id) const {
  const auto found = accounts.find(id);
  return found == accounts.end() ? nullptr : &found->second;
}

const AccessKey* State::key(std::string_view access_key) const {
  const auto found = keys.find(access_key);
  return found == keys.end() ? nullptr : &found->second;
}

const BucketControls* State::bucket(std::string_view id_hex) const {
  const auto found = buckets.find(id_hex);
  return found == buckets.end() ? nullptr : &found->second;
}

const policy::PublicAccessBlock* State::account_block(std::string_view id) const {
  const auto found = account_blocks.find(id);
  return found == account_blocks.end() ? nullptr : &found->second;
}

Granularity State::granularity(std::string_view account_id) const {
  const auto found = account_granularities.find(account_id);
  return found == account_granularities.end() ? kGranularityDefault : found->second;
}

Granularity State::granularity(std::string_view account_id, std::string_view bucket_id_hex) const {
  const BucketControls* const controls = bucket(bucket_id_hex);
  if (controls != nullptr && controls->granularity) return *controls->granularity;
  return granularity(account_id);
}

const Limits* State::limits_of_account(std::string_view id) const {
  const auto found = account_limits.find(id);
  return found == account_limits.end() ? nullptr : &found->second;
}

const Limits* State::limits_of_user(const std::string& account_id, const std::string& name) const {
  const auto found = user_limits.find({account_id, name});
  return found == user_limits.end() ? nullptr : &found->second;
}

const Limits* State::limits_of_bucket(std::string_view id_hex) const {
  const auto found = bucket_limits.find(id_hex);
  return found == bucket_limits.end() ? nullptr : &found->second;
}

const StoredCharter* State::stored_charter(std::string_view account_id) const {
  const auto found = charters.find(account_id);
  return found == charters.end() ? nullptr : found->second.at.get();
}
const Charter* State::charter(std::string_view account_id) const {
  const StoredCharter* const found = stored_charter(account_id);
  return found == nullptr ? nullptr : &found->charter;
}

const StoredCase* State::case_of_id(std::string_view id) const {
  const auto found = cases.find(id);
  return found == cases.end() ? nullptr : &found->second;
}
std::vector<const StoredCase*> State::cases_of(const std::string& account_id) const {
  std::vector<const StoredCase*> out;
  for (auto at = cases_of_accounts.lower_bound({account_id, ""});
       at != cases_of_accounts.end() && at->first == account_id; ++at) {
    out.push_back(case_of_id(at->second));
  }
  return out;
}
const StoredSuspension* State::suspension(std::string_view account_id) const {
  const auto found = suspensions.find(account_id);
  return found == suspensions.end() ? nullptr : found->second.at.get();
}
std::string_view State::policy_set(std::string_view account_id) const {
  static const std::string kInstallation =
      audit::policy_set_hash(audit::policy_lines(policy::kAcceptableUse, "", {}));
  const auto found = policy_sets.find(account_id);
  return found == policy_sets.end() ? kInstallation : found->second;
}
const Account* State::account_of_arn(std::string_view arn) const {
  if (const User* const user = user_of_arn(arn)) return account(user->account);
  if (const Role* const role = role_of_session_arn(arn)) return account(role->account);
  return account_of_root_arn(arn);
}

const StoredTrail* State::trail(const std::string& account_id, const std::string& name) const {
  const auto found = trails.find({account_id, name});
  return found == trails.end() ? nullptr : &found->second;
}

const Account& State::operator_account() const {
  const Account* found = account(operator_id);
  CHECK(found != nullptr);
  return *found;
}

}  // namespace muzn::control
