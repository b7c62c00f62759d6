// The questions to a state.
#include "control/state.h"

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
