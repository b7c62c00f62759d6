#include "s3/quota.h"

#include <algorithm>
#include <utility>

#include "codec/base64.h"

namespace muzn::s3 {
namespace {

using control::Limits;

constexpr std::size_t kPageBuckets = 1000;

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

Task<Outcome<object::Usage>> sum_of_buckets(object::Store& objects, std::string account) {
  object::Usage out;
  std::string after;
  for (;;) {
    CO_TRY(const object::BucketPage page,
           co_await objects.list_buckets(account, "", after, kPageBuckets));
    for (const object::Bucket& bucket : page.buckets) {
      const auto one = co_await objects.usage(bucket.name);
      if (!one && one.error().fault == object::Fault::kNoSuchBucket) continue;  // deleted meanwhile
      if (!one) co_return std::unexpected(Error(one.error()));
      out += *one;
    }
    if (!page.truncated) co_return out;
    after = page.buckets.back().name;
  }
}

}  // namespace

Task<Outcome<object::Usage>> AccountUsage::of(std::string account) {
  const std::int64_t now = clock_.monotonic_micros();
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(account);
    if (found != known_.end() && now - found->second.at < kFreshMicros) {
      co_return found->second.usage;
    }
  }
  CO_TRY(const object::Usage usage, co_await sum_of_buckets(objects_, account));
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

std::vector<gate::Limited> limits_of(const control::State& state, const Asking& asking) {
  std::vector<gate::Limited> out;
  if (!state.has_limits()) return out;
  const auto add = [&out](std::string_view kind, std::string_view name, const Limits* limits) {
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

Outcome<void> check_rates(Context& context, const gate::Principal& who,
                          const std::optional<object::Bucket>& bucket) {
  if (context.rates == nullptr) return {};
  Asking asking{.account = who.account, .user = who.user, .bucket_id = {}};
  if (bucket) {
    asking.bucket_id = bucket->id;
    if (asking.account.empty()) asking.account = bucket->owner;
  }
  const std::vector<gate::Limited> limits = limits_of(*context.gate.state(), asking);
  if (limits.empty()) return {};
  const auto wait = context.rates->admit(limits, context.clock.monotonic_micros());
  if (wait <= std::chrono::microseconds(0)) return {};
  Error error(ErrorCode::kSlowDown);
  error.headers.set("Retry-After",
                    std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()));
  return std::unexpected(std::move(error));
}

}  // namespace muzn::s3
