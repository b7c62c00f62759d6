// Long work on the engine: one job at a time, on a thread of its own, which can be looked at and
// stopped from any other.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/time.h"
#include "codec/json.h"
#include "server/backup.h"

namespace muzn::server {

inline constexpr std::size_t kJobFindingsMax = 1000;  // errors kept of a job, and warnings
inline constexpr std::size_t kJobsKept = 20;          // that ended, until the process does

class Job;

// Threads: safe.
class Jobs {
 public:
  explicit Jobs(const Clock& clock) : clock_(clock) {}
  // Stops what runs and waits for it.
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // What a job does. It tells the listener, and ends soon once go_on() is false.
  using Work = std::function<Result<codec::Json>(BackupListener& listener)>;
  // `about` is what was ordered. Returns the job. Errors: kPrecondition when another one runs,
  // whose id the text has.
  Result<codec::Json> start(std::string kind, codec::Json about, Work work);

  // Newest first, without findings.
  codec::Json list() const;
  // Errors: kNotFound.
  Result<codec::Json> get(const std::string& id) const;
  Result<codec::Json> cancel(const std::string& id);
  // The id of the job that runs, or "".
  std::string running() const;

 private:
  std::shared_ptr<Job> find(const std::string& id) const;

  const Clock& clock_;
  mutable std::mutex mutex_;               // guards all below
  std::deque<std::shared_ptr<Job>> jobs_;  // shared with the thread and who looks; newest first
  std::uint64_t started_ = 0;
  std::thread thread_;
};

}  // namespace muzn::server
