// What a bucket and its owner's account may still store, and how often and how much they may ask:
// the limits of control/limits.h, as S3 refuses what goes over them.
//
// Stored bytes are those of all versions, and of the parts of uploads that have not ended. What two
// requests at once add may go over by both of them, and what replaces an object or a part counts
// beside it until it has replaced it.
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"
#include "gate/rates.h"
#include "object/store.h"
#include "s3/op.h"

namespace muzn::s3 {

// What accounts store in all their buckets, as it was a moment ago. Threads: safe.
class AccountUsage {
 public:
  AccountUsage(object::Store& objects, const Clock& clock) : objects_(objects), clock_(clock) {}
  Task<Outcome<object::Usage>> of(std::string account);
  // A request is about to add so much.
  void expect(const std::string& account, std::uint64_t bytes, std::uint64_t objects);

 private:
  static constexpr std::int64_t kFreshMicros = 1'000'000;
  struct Known {
    object::Usage usage;
    std::int64_t at = 0;  // monotonic micros
  };
  object::Store& objects_;
  const Clock& clock_;
  std::mutex mutex_;                    // guards known_
  std::map<std::string, Known> known_;  // of accounts that have a quota
};

struct Room {
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t objects = std::numeric_limits<std::uint64_t>::max();
};

// REQUIRES a bucket. Errors: those of the store.
Task<Outcome<Room>> room_in(Context& context, const object::Bucket& bucket);
// For what adds so much to the exchange's bucket. Returns the room there is. Errors: QuotaExceeded.
Task<Outcome<Room>> check_quota(Context& context, const Exchange& exchange, std::uint64_t bytes,
                                std::uint64_t objects);

// Takes a request of the rates. Errors: SlowDown, with Retry-After.
Outcome<void> check_rates(Context& context, const gate::Principal& who,
                          const std::optional<object::Bucket>& bucket);
}  // namespace muzn::s3
