// The thread of the scrub: begins a pass in time, holds its pace, keeps its place, and tells what
// it finds. The walk itself is object/scrub.h.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/time.h"
#include "object/scrub.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/scrub_pace.h"

namespace muzn::server {

struct ScrubOptions {
  std::uint64_t bytes_per_second = 0;  // 0: there is no scrub
  // A pass begins at the latest so long after the begin of the last one; 0: one after another.
  std::int64_t period_seconds = 0;
  // How often the place is kept in the rows. At least.
  std::int64_t keep_micros = 60'000'000;
};

// What is known of the scrub, for metrics and for who asks.
struct ScrubReport {
  bool enabled = false;
  std::int64_t period_seconds = 0;
  object::ScrubState state;
  // The first kFindingsMax of this run of the server, of the pass under way and of the last that
  // ended; the counts in `state` have all.
  std::vector<object::ScrubFinding> findings;
  std::vector<object::ScrubFinding> last_findings;
};

class Scrubber final : private object::ScrubHost {
 public:
  static constexpr std::size_t kFindingsMax = 1000;

  // All but `busy` are borrowed. `busy`: do clients wait for answers? Called often; threads: safe.
  Scrubber(meta::Store& rows, blob::Store& blobs, const Clock& clock, Log& log,
           std::function<bool()> busy, const ScrubOptions& options);
  ~Scrubber() override { stop(); }
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  void start();
  // Ends within a step of the scrub, keeping its place. Idempotent.
  void stop();

  // Threads: safe.
  ScrubReport report() const;
  std::vector<Gauge> gauges() const;

 private:
  bool spend(std::uint64_t bytes, std::uint64_t overhead) override;
  void found(object::ScrubFinding finding) override;
  void reached(const object::ScrubState& state) override;

  void work();
  object::ScrubState load();
  bool wait_until_due(const object::ScrubState& state);
  bool pause(std::int64_t micros);  // false: it is to stop
  void keep(const object::ScrubState& state);
  void begin(object::ScrubState& state);
  void end(object::ScrubState& state);

  meta::Store& rows_;
  blob::Store& blobs_;
  const Clock& clock_;
  Log& log_;
  const std::function<bool()> busy_;
  const ScrubOptions options_;
  // Of the thread.
  ScrubPace pace_;
  std::int64_t kept_micros_ = 0;
  std::uint64_t objects_told_ = 0;  // of the pass under way

  // Of this run of the server.
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> objects_ = 0;
  std::atomic<std::uint64_t> errors_ = 0;
  mutable std::mutex mutex_;  // guards all below but the thread
  std::condition_variable wake_;
  bool stopping_ = false;
  ScrubReport report_;
  std::thread thread_;
};

}  // namespace muzn::server
