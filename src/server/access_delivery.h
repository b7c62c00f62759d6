// Buckets' access logs on their way: lines of requests into the journal, and a thread that writes
// them into the target buckets. At least once, and exactly once where the target is let be: what is
// about to be delivered is noted first, and done the same way again after a crash.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "audit/access_log.h"
#include "audit/journal.h"
#include "s3/logging.h"
#include "server/log.h"
#include "server/metrics.h"

namespace muzn::server {

struct AccessDeliveryOptions {
  std::int64_t period_seconds = 300;
  std::uint64_t bytes_max = 4U << 20;  // that wait: the next delivery comes at once
  // Lines wait so long for a target that refuses them; and so much for all of an account.
  std::int64_t keep_seconds = 86'400;
  std::uint64_t keep_bytes_max = 32U << 20;
};

// What waits and what was lost, for metrics.
std::vector<Gauge> journal_gauges(const audit::Journal& journal);

// Threads: safe, but for start() and stop().
class AccessDelivery final : public audit::Sink, public audit::Intents {
 public:
  // Borrows all but the context's own value.
  AccessDelivery(audit::Journal& journal, const s3::Context& context, Log& log,
                 const AccessDeliveryOptions& options)
      : journal_(journal), context_(context), log_(log), options_(options) {}
  ~AccessDelivery() override { stop(); }
  AccessDelivery(const AccessDelivery&) = delete;
  AccessDelivery& operator=(const AccessDelivery&) = delete;

  void start();
  // What waits is delivered by the next start. Idempotent.
  void stop();

  // Lines of the request, when its bucket or another one that it touched has a log.
  void write(const audit::Record& record) override;
  Task<Result<void>> ensure(const audit::Record& record) override;

  std::vector<Gauge> gauges() const;

  // Delivers what is durable now. For the thread, and for tests without one.
  void deliver();

 private:
  struct Group;
  struct Plan;

  void work();
  // One step: false when there was nothing, or the journal failed.
  bool deliver_some(std::uint64_t until);
  Result<Plan> plan();
  std::vector<std::string> deliver_groups(const Plan& plan);
  Result<void> deliver(const Plan& plan, const Group& group);
  bool is_kept(const audit::AccessItem& item, std::size_t bytes);
  void tell(const Group& group, const std::string& why);

  audit::Journal& journal_;
  const s3::Context context_;
  Log& log_;
  const AccessDeliveryOptions options_;
  // Of this run of the server.
  std::atomic<std::uint64_t> lines_ = 0;
  std::atomic<std::uint64_t> objects_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<std::uint64_t> wake_bytes_ = 0;    // that wait, at which the thread comes
  std::atomic<std::int64_t> oldest_micros_ = 0;  // of the lines that are refused now; 0 = none
  // Of the thread.
  std::map<std::string, std::uint64_t> kept_;  // of a pass, bytes by account
  std::map<std::string, std::int64_t> told_;   // when, by target bucket

  mutable std::mutex mutex_;  // guards all below but the thread
  std::condition_variable wake_;
  std::set<std::string> overdue_;  // accounts with more to be kept than may be
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace muzn::server
