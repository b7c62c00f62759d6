#include "gate/rates.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "codec/base64.h"
#include "control/state.h"
#include "gate/gate.h"

namespace muzn::gate {
namespace {

// However large a body is, nobody waits longer for it.
constexpr std::int64_t kDebtMax = 60'000'000;

// How long `amount` lasts at a rate.
std::int64_t cost(std::uint64_t amount, std::optional<std::uint64_t> per_second) {
  if (!per_second || *per_second == 0) return 0;
  const double micros = static_cast<double>(amount) * 1e6 / static_cast<double>(*per_second);
  return static_cast<std::int64_t>(std::min(micros, static_cast<double>(kDebtMax)));
}

void take(std::int64_t& left, std::int64_t micros) {
  left = std::max(left - micros, -kDebtMax);
}

}  // namespace

Rates::Share& Rates::share_of(const std::string& name, std::int64_t now) {
  if (shares_.size() >= kShareMax && !shares_.contains(name)) forget_idle(now);
  const auto [found, is_new] = shares_.try_emplace(name);
  Share& share = found->second;
  const std::int64_t passed = is_new ? 0 : std::max<std::int64_t>(now - share.seen, 0);
  share.seen = std::max(share.seen, now);
  for (std::int64_t* const left : {&share.requests, &share.bytes_in, &share.bytes_out}) {
    *left = std::min(*left + passed, kBurstMicros);
  }
  return share;
}

void Rates::forget_idle(std::int64_t now) {
  std::erase_if(shares_, [now](const auto& entry) {
    const Share& share = entry.second;
    return std::min({share.requests, share.bytes_in, share.bytes_out}) + (now - share.seen) >=
           kBurstMicros;
  });
}

std::chrono::microseconds Rates::admit(const std::vector<Limited>& of, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  std::int64_t wait = 0;
  for (const Limited& one : of) {
    const Share& share = share_of(one.name, now);
    if (const auto& rate = one.limits.requests) {
      wait = std::max(wait, std::min(cost(1, rate), kBurstMicros) - share.requests);
    }
    if (one.limits.bytes_in) wait = std::max(wait, -share.bytes_in);
    if (one.limits.bytes_out) wait = std::max(wait, -share.bytes_out);
  }
  if (wait > 0) return std::chrono::microseconds(wait);
  for (const Limited& one : of)
    take(share_of(one.name, now).requests, cost(1, one.limits.requests));
  return {};
}

void Rates::spend(const std::vector<Limited>& of, std::uint64_t bytes_in, std::uint64_t bytes_out,
                  std::int64_t now) {
  const std::lock_guard lock(mutex_);
  for (const Limited& one : of) {
    Share& share = share_of(one.name, now);
    take(share.bytes_in, cost(bytes_in, one.limits.bytes_in));
    take(share.bytes_out, cost(bytes_out, one.limits.bytes_out));
  }
}

std::vector<Limited> limits_of(const control::State& state, const Asking& asking) {
  std::vector<Limited> out;
  if (!state.has_limits()) return out;
  const auto add = [&out](std::string_view kind, std::string_view name,
                          const control::Limits* limits) {
    if (limits == nullptr || !limits->has_rate()) return;
    out.push_back({.name = std::string(kind).append(name), .limits = *limits});
  };
  add("account/", asking.account, state.limits_of_account(asking.account));
  if (!asking.user.empty()) {
    add("user/" + asking.account + "/", asking.user,
        state.limits_of_user(asking.account, asking.user));
  }
  if (!asking.bucket_id.empty()) {
    const std::string id = codec::hex_encode(asking.bucket_id);
    add("bucket/", id, state.limits_of_bucket(id));
  }
  return out;
}

std::chrono::seconds whole_seconds(std::chrono::microseconds wait) {
  return std::chrono::ceil<std::chrono::seconds>(wait);
}

std::chrono::seconds admit_call(Rates& rates, const control::State& state, const Principal& who,
                                std::int64_t now) {
  if (who.account.empty()) return {};
  std::vector<Limited> of =
      limits_of(state, {.account = who.account, .user = who.user, .bucket_id = {}});
  for (Limited& one : of) one.limits = {.requests = one.limits.requests};
  return of.empty() ? std::chrono::seconds(0) : whole_seconds(rates.admit(of, now));
}

}  // namespace muzn::gate
