// Who is let in. A server that takes on more than it can do serves nobody: its memory fills and
// every answer comes too late. So what is under way is bounded, and whatever would exceed a bound
// is refused at once, from the request's head alone, before anything is read, verified or
// remembered:
//
//   requests       all that are under way, from the head to the answer's last byte
//   writes         those that do not wait for their client, so for the disk. Reads go on when a
//   disk
//                  is slow or hangs, and a write waits for a few group commits at most
//   upload_memory  what bodies under way may hold, however slowly they come
//
// Why bounds on what is under way, not on time: docs/decisions/0010-overload.md.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/message.h"

namespace muzn::server {

enum class Bound : std::uint8_t { kRequests, kWrites, kUploadMemory };
inline constexpr std::array kBounds = {Bound::kRequests, Bound::kWrites, Bound::kUploadMemory};
std::string_view name(Bound bound);  // as in the metrics

struct AdmissionOptions {
  std::uint64_t requests_max = 4096;
  std::uint64_t writes_max = 1024;
  std::uint64_t upload_bytes_max = 512ULL << 20;
};

// Threads: safe, no lock.
class Admission {
 public:
  // What an admitted request takes up. Plain, since it passes through a std::function.
  struct Ticket {
    bool counted = false;  // false: it is never refused, and takes up nothing
    bool writes = false;
    std::uint64_t upload_bytes = 0;
  };

  explicit Admission(const AdmissionOptions& options) : options_(options) {}

  std::expected<Ticket, Bound> admit(const http::RequestHead& head);
  // The handler is through: what it wrote is written, what it read is dropped.
  void handled(const Ticket& ticket);
  // The answer has left. REQUIRES: handled().
  void sent(const Ticket& ticket);

  // While a write waits for its client's bytes it waits for no disk, and a client that sends
  // nothing must not keep others from writing.
  void waits_for_client(const Ticket& ticket);
  void goes_on(const Ticket& ticket);

  std::uint64_t refused(Bound bound) const { return of(refused_, bound); }
  std::uint64_t taken(Bound bound) const { return of(taken_, bound); }

 private:
  using Counters = std::array<std::atomic<std::uint64_t>, kBounds.size()>;
  static std::uint64_t of(const Counters& counters, Bound bound) {
    return counters.at(static_cast<std::size_t>(bound)).load(std::memory_order_relaxed);
  }
  bool take(Bound bound, std::uint64_t amount, std::uint64_t most);
  std::uint64_t add(Bound bound, std::uint64_t amount);
  void give_back(Bound bound, std::uint64_t amount);

  const AdmissionOptions options_;
  Counters taken_{};
  Counters refused_{};
};

// Which of the requests that were turned away get an audit record: a hundred a second. A flood of
// refusals must not become a flood of records. Threads: safe, no lock.
class TurnedAway {
 public:
  static constexpr std::uint64_t kRecordsPerSecond = 100;

  // True: this one gets a record.
  bool note(std::int64_t now_micros);
  // How many got none, once in a second; 0: nothing to tell.
  std::uint64_t take_unrecorded(std::int64_t now_micros);

 private:
  std::atomic<std::int64_t> second_ = 0;
  std::atomic<std::uint64_t> recorded_ = 0;
  std::atomic<std::uint64_t> unrecorded_ = 0;
  std::atomic<std::int64_t> told_ = 0;  // the second of the last take_unrecorded()
};

}  // namespace muzn::server
