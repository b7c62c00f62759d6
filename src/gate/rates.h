// How much of a second's share an account, a user or a bucket has used: a bucket of tokens for each
// rate, which may go into debt, since what a request takes is known when it is over. Who is in debt
// waits. Of this node alone.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/limits.h"

namespace muzn::gate {

struct Principal;  // gate/gate.h

// One that has limits: "account/<id>", "user/<ARN>", "bucket/<id>".
struct Limited {
  std::string name;
  control::Limits limits;
};

// Threads: safe.
class Rates {
 public:
  // Takes one request of each in `of`, unless one of them has to wait: for so long, and nothing was
  // taken. Zero: go on. `now`: monotonic micros.
  std::chrono::microseconds admit(const std::vector<Limited>& of, std::int64_t now);
  // What a request that was admitted has moved.
  void spend(const std::vector<Limited>& of, std::uint64_t bytes_in, std::uint64_t bytes_out,
             std::int64_t now);

 private:
  // A burst of so long is free after a pause.
  static constexpr std::int64_t kBurstMicros = 1'000'000;
  static constexpr std::size_t kShareMax = 65'536;  // then those with full shares are forgotten

  // In what is left of a burst, as time: negative = debt. Scales with a rate that is changed.
  struct Share {
    std::int64_t seen = 0;  // when these were right
    std::int64_t requests = kBurstMicros;
    std::int64_t bytes_in = kBurstMicros;
    std::int64_t bytes_out = kBurstMicros;
  };
  Share& share_of(const std::string& name, std::int64_t now);
  void forget_idle(std::int64_t now);

  std::mutex mutex_;  // guards shares_
  std::unordered_map<std::string, Share> shares_;
};

// Whose rates a request counts for: those of the caller's account (of the bucket's owner, when
// nobody signed), its user and the bucket. Members "" are none.
struct Asking {
  std::string account;
  std::string user;
  std::string bucket_id;  // 16 bytes
};
std::vector<Limited> limits_of(const control::State& state, const Asking& asking);

// Takes a call of another service than S3 of its caller's requests, which those of S3 share. What
// bodies have moved is S3's alone: nobody waits for that here. Returns for how long to wait, for
// Retry-After; zero: go on. Who did not sign costs nobody anything.
std::chrono::seconds admit_call(Rates& rates, const control::State& state, const Principal& who,
                                std::int64_t now);
// The same of a wait that admit() told.
std::chrono::seconds whole_seconds(std::chrono::microseconds wait);

}  // namespace muzn::gate
