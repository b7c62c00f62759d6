// From the journal into rows, and from there as files into buckets. What holds, whatever crashes:
//  1. An event is taken from the journal once: its rows and how far the journal was read are one
//     commit.
//  2. A file is planned durably, written, and then its events go with the commit that notes it. A
//     crash in between writes the same bytes under the same key again.
//  3. A digest names the files that were delivered since the one before, each once, and is planned
//     in the same way.
//  4. A trail that can't be delivered keeps its events, up to a bound, and holds up no other.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "audit/journal.h"
#include "base/time.h"
#include "control/controller.h"
#include "meta/store.h"
#include "trail/keys.h"
#include "trail/outlet.h"
#include "trail/rows.h"

namespace muzn::trail {

// A digest file that is in its bucket: for whoever makes its hash known where the holder of our RSA
// key can't take it back. At least once for each.
struct DigestNote {
  std::string account;
  std::string trail;
  std::string bucket;
  std::string key;
  std::string sha256;  // raw, of its bytes before gzip
  Time end;
};

struct DeliveryOptions {
  std::string region;
  std::int64_t digest_seconds = 3600;
  std::size_t file_events_max = 2000;
  std::size_t file_bytes_max = 8U << 20;           // of events; one larger one is a file of its own
  std::uint64_t waiting_bytes_max = 256ULL << 20;  // of each trail; later events are lost
  std::int64_t history_days = 90;                  // that LookupEvents looks back
  std::function<void(const DigestNote&)> on_digest = nullptr;
};

// Since the start, but what waits and what is stuck now.
struct DeliveryFigures {
  std::uint64_t events_waiting = 0;
  std::uint64_t events_lost = 0;
  std::uint64_t files = 0;
  std::uint64_t digests = 0;
  std::uint64_t trails_stuck = 0;  // the last attempt failed
};

// One thread at a time, but for figures(). All references must outlive it.
class Delivery {
 public:
  Delivery(meta::Store& rows, audit::Journal& journal, const control::Controller& controller,
           Outlet& outlet, const Clock& clock, Rng& rng, std::string sealing_key,
           DeliveryOptions options);

  // Reads how far things are. Call first. Errors: the store's, kCorrupt.
  Task<Result<void>> open();
  // All that the journal has. Errors: the store's; what was taken is taken.
  Task<Result<void>> collect();
  // Digests that are due, then files of what waits. What a bucket refuses is noted with its trail
  // and tried again at the next call. Errors: the store's, kCorrupt (of a trail; the others are
  // delivered).
  Task<Result<void>> deliver();
  // Drops events that are older than LookupEvents looks back. Errors: the store's.
  Task<Result<void>> expire();

  // Threads: safe.
  DeliveryFigures figures() const;

 private:
  struct Job;

  TrailState& state_of(const control::Trail& trail);
  void take(meta::Commit& commit, std::map<TrailId, TrailState>& changed,
            const control::State& state, const audit::Journal::Item& item);
  Task<Result<void>> forget_gone(control::Snapshot state);
  Task<Result<void>> forget(TrailId id);
  Task<Result<void>> erase_range(std::string from, std::string to);
  Task<Result<void>> keep(TrailId id, TrailState next, meta::Commit commit);
  Task<Result<void>> deliver_trail(Job job);
  Task<Result<bool>> write_file(Job job);
  bool plan_digest(const Job& job, TrailState& state) const;
  Task<Result<void>> write_digest(Job job);
  void count_states();

  meta::Store& rows_;
  audit::Journal& journal_;
  const control::Controller& controller_;
  Outlet& outlet_;
  const Clock& clock_;
  SigningKey key_;
  const DeliveryOptions options_;

  std::uint64_t cursor_ = 0;  // of the journal
  bool has_cursor_ = false;
  std::map<TrailId, TrailState> states_;

  std::atomic<std::uint64_t> waiting_ = 0;
  std::atomic<std::uint64_t> lost_ = 0;        // of the trails that there are
  std::atomic<std::uint64_t> unreadable_ = 0;  // in the journal
  std::atomic<std::uint64_t> files_ = 0;
  std::atomic<std::uint64_t> digests_ = 0;
  std::atomic<std::uint64_t> stuck_ = 0;
};

std::string trail_arn(std::string_view region, std::string_view account, std::string_view name);

}  // namespace muzn::trail
