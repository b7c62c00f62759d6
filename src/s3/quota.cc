#include "s3/quota.h"

#include <algorithm>
#include <utility>

#include "codec/base64.h"

namespace muzn::s3 {
namespace {

using control::Limits;

std::uint64_t left(std::optional<std::uint64_t> limit, std::int64_t used) {
  constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
  if (!limit) return kNoLimit;
  const auto taken = static_cast<std::uint64_t>(std::max<std::int64_t>(used, 0));
  return *limit - std::min(*limit, taken);
}

Room least(const Room& a, const Room& b) {
  return {.bytes = std::min(a.bytes, b.bytes), .objects = std::min(a.objects, b.objects)};
}

Room room_of(const Limits& limits, const object::Usage& usage) {
  return {.bytes = left(limits.bytes, usage.bytes + usage.part_bytes),
          .objects = left(limits.objects, usage.objects)};
}

}  // namespace

Task<Outcome<object::Usage>> AccountUsage::of(std::string account) {
  const std::int64_t now = clock_.monotonic_micros();
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(account);
    if (found != known_.end()) {
      if (now - found->second.at < kFreshMicros) co_return found->second.usage;
      found->second.at = now;  // this one asks; those who come meanwhile take what there is
    }
  }
  CO_TRY(const object::Usage usage, co_await objects_.account_usage(account));
  const std::lock_guard lock(mutex_);
  known_[account] = {.usage = usage, .at = now};
  co_return usage;
}

void AccountUsage::expect(const std::string& account, std::uint64_t bytes, std::uint64_t objects) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(account);
  if (found == known_.end()) return;
  found->second.usage.bytes += static_cast<std::int64_t>(bytes);
  found->second.usage.objects += static_cast<std::int64_t>(objects);
}

Task<Outcome<Room>> room_in(Context& context, const object::Bucket& bucket) {
  const control::Snapshot state = context.gate.state();
  Room room;
  if (!state->has_limits()) co_return room;
  const Limits* const own = state->limits_of_bucket(codec::hex_encode(bucket.id));
  if (own != nullptr && own->has_quota()) {
    CO_TRY(const object::Usage usage, co_await context.objects.usage(bucket.name));
    room = room_of(*own, usage);
  }
  const Limits* const account = state->limits_of_account(bucket.owner);
  if (account != nullptr && account->has_quota() && context.usage != nullptr) {
    CO_TRY(const object::Usage usage, co_await context.usage->of(bucket.owner));
    room = least(room, room_of(*account, usage));
  }
  co_return room;
}

Task<Outcome<Room>> check_quota(Context& context, const Exchange& exchange, std::uint64_t bytes,
                                std::uint64_t objects) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY(const Room room, co_await room_in(context, bucket));
  if (bytes > room.bytes || objects > room.objects) co_return refuse(ErrorCode::kQuotaExceeded);
  if (context.usage != nullptr) context.usage->expect(bucket.owner, bytes, objects);
  co_return room;
}

Outcome<void> check_rates(Context& context, const gate::Principal& who,
                          const std::optional<object::Bucket>& bucket) {
  if (context.rates == nullptr) return {};
  gate::Asking asking{.account = who.account, .user = who.user, .bucket_id = {}};
  if (bucket) {
    asking.bucket_id = bucket->id;
    if (asking.account.empty()) asking.account = bucket->owner;
  }
  const auto limits = gate::limits_of(*context.gate.state(), asking);
  if (limits.empty()) return {};
  const auto wait = context.rates->admit(limits, context.clock.monotonic_micros());
  if (wait <= std::chrono::microseconds(0)) return {};
  Error error(ErrorCode::kSlowDown);
  error.headers.set("Retry-After", std::to_string(gate::whole_seconds(wait).count()));
  return std::unexpected(std::move(error));
}

}  // namespace muzn::s3
