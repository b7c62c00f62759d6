// The limits of accounts, users and buckets, as acts set them.
#include "control/limits.h"

#include <string>

#include "control/charter_apply.h"
#include "control/limit_amounts.h"
#include "control/state.h"

namespace muzn::control {

Result<void> check_limits(const State& state, const SetLimits& act) {
  if (state.account(act.account) == nullptr) return fail(Code::kNotFound, "no such account");
  TRY_VOID(check_amounts(act.limits));
  if (act.user.empty()) return {};
  if (!act.bucket.id.empty() || !act.bucket.name.empty()) {
    return fail(Code::kInvalid, "limits are of a user or of a bucket");
  }
  if (act.limits.has_quota()) {
    return fail(Code::kInvalid, "what users store is their account's: limit its bytes and objects");
  }
  if (state.user(act.account, act.user) == nullptr) return fail(Code::kNotFound, "no such user");
  return {};
}

namespace {

template <class K>
void put(SharedMap<K, Limits>& map, const K& key, const Limits& limits) {
  map.erase(key);
  if (limits != Limits()) map.emplace(key, limits);
}

}  // namespace

void set_limits(State& state, const SetLimits& act) {
  if (!act.bucket.id.empty()) return put(state.bucket_limits, act.bucket.id, act.limits);
  if (act.user.empty()) {
    put(state.account_limits, act.account, act.limits);
    return cap_limits(state, act.account);
  }
  put(state.user_limits, {act.account, act.user}, act.limits);
}

void forget_limits(State& state, const std::string& account, const std::string& user) {
  if (user.empty()) {
    state.account_limits.erase(account);
  } else {
    state.user_limits.erase({account, user});
  }
}

void move_limits(State& state, const std::string& account, const std::string& from,
                 const std::string& to) {
  const Limits* const found = state.limits_of_user(account, from);
  if (found == nullptr) return;
  const Limits limits = *found;
  state.user_limits.erase({account, from});
  state.user_limits.emplace({account, to}, limits);
}

}  // namespace muzn::control
