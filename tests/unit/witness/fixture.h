// What the tests of a witness share: a clock, a witness in a directory, and a log that may fork.
#pragma once
#include <gtest/gtest.h>

#include <atomic>

#include "unit/merkle/forest.h"
#include "witness/cosigner.h"

namespace muzn::witness {

class FakeClock final : public Clock {
 public:
  Time now() const override { return from_seconds(seconds); }
  std::int64_t monotonic_micros() const override { return seconds * 1'000'000; }
  std::atomic<std::int64_t> seconds = 1'700'000'000;
};

inline constexpr std::size_t kLeaves = 40;

// The log's one history, and one that differs from leaf 5 on.
struct Story {
  merkle::Signer log = merkle::log_signer();
  merkle::History honest{kLeaves, kLeaves, "honest"};
  merkle::History forked{kLeaves, 5, "forked"};

  merkle::AddCheckpoint grow(std::size_t from, std::size_t to) {
    return honest.request(from, to, log);
  }
  merkle::AddCheckpoint fork(std::size_t from, std::size_t to) {
    return forked.request(from, to, log);
  }
};

inline Result<Cosigner> open_witness(const std::string& data, const Clock& clock,
                                     fs::Disk& disk = fs::kernel(),
                                     std::vector<merkle::VerifierKey> logs = {
                                         merkle::log_signer().verifier()}) {
  TRY(Views views, Views::open(data, disk));
  return Cosigner::open(merkle::witness_signer(), logs, std::move(views), clock);
}

// What it answers, or 503.
inline int status_of(const Result<Answer>& answer) {
  return answer ? static_cast<int>(answer->verdict) : 503;
}

// The size of the view of the story's log; nullopt without one.
inline std::optional<merkle::Checkpoint> view_of(const Cosigner& cosigner) {
  const auto note = cosigner.view(origin_hash("log.example/a"));
  if (!note) return std::nullopt;
  return merkle::parse_signed_checkpoint(*note).value().checkpoint;
}

}  // namespace muzn::witness
