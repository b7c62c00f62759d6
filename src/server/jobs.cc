#include "server/jobs.h"

#include <fmt/format.h>

#include <atomic>

#include "codec/date.h"
#include "server/engine_json.h"

namespace muzn::server {

using codec::Json;

class Job final : public BackupListener {
 public:
  Job(std::string id, std::string kind, Json about, Time now)
      : id_(std::move(id)), kind_(std::move(kind)), about_(std::move(about)), started_(now) {}

  void found(const object::Finding& finding) override {
    const std::lock_guard lock(mutex_);
    Json& list = finding.is_error ? errors_ : warnings_;
    ++(finding.is_error ? error_count_ : warning_count_);
    if (list.size() < kJobFindingsMax) list.push_back(to_json(finding));
  }
  void progress(const object::VerifyTotals& so_far) override {
    const std::lock_guard lock(mutex_);
    rows_ = so_far.rows;
    versions_ = so_far.versions;
    bytes_read_ = so_far.bytes_read;
  }
  void copied(const CopyCounts& so_far) override {
    const std::lock_guard lock(mutex_);
    counts_ = so_far;
  }
  bool go_on() override { return !stop_; }

  void stop() { stop_ = true; }
  void end(Result<Json> result, Time now) {
    const std::lock_guard lock(mutex_);
    ended_ = now;
    if (result) {
      state_ = "done";
      result_ = std::move(*result);
    } else {
      state_ = result.error().code == Code::kClosed && stop_ ? "cancelled" : "failed";
      error_ = result.error().what;
    }
  }

  const std::string& id() const { return id_; }
  const std::string& kind() const { return kind_; }
  bool runs() const {
    const std::lock_guard lock(mutex_);
    return !ended_;
  }
  Json json(bool findings) const {
    const std::lock_guard lock(mutex_);
    Json out = {{"id", id_},
                {"kind", kind_},
                {"about", about_},
                {"state", state_},
                {"started", codec::iso8601_millis(started_)},
                {"ended", ended_ ? Json(codec::iso8601_millis(*ended_)) : Json()},
                {"progress",
                 {{"rows", rows_},
                  {"versions", versions_},
                  {"bytes_read", bytes_read_},
                  {"blobs_copied", counts_.blobs},
                  {"bytes_copied", counts_.bytes},
                  {"blobs_present", counts_.present}}},
                {"error_count", error_count_},
                {"warning_count", warning_count_},
                {"result", result_},
                {"error", error_}};
    if (!findings) return out;
    out["errors"] = errors_;
    out["warnings"] = warnings_;
    return out;
  }

 private:
  const std::string id_;
  const std::string kind_;
  const Json about_;
  const Time started_;
  std::atomic<bool> stop_ = false;

  mutable std::mutex mutex_;  // guards all below
  std::string state_ = "running";
  std::optional<Time> ended_;
  std::uint64_t rows_ = 0;
  std::uint64_t versions_ = 0;
  std::uint64_t bytes_read_ = 0;
  CopyCounts counts_;
  std::uint64_t error_count_ = 0;
  std::uint64_t warning_count_ = 0;
  Json errors_ = Json::array();
  Json warnings_ = Json::array();
  Json result_;
  std::string error_;
};

Jobs::~Jobs() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs_) job->stop();
  }
  if (thread_.joinable()) thread_.join();
}

Result<Json> Jobs::start(std::string kind, Json about, Work work) {
  const std::lock_guard lock(mutex_);
  if (!jobs_.empty() && jobs_.front()->runs()) {
    return fail(Code::kPrecondition,
                fmt::format("job {} ({}) runs", jobs_.front()->id(), jobs_.front()->kind()));
  }
  if (thread_.joinable()) thread_.join();  // it has ended
  // Not a bare number: after a restart it would be another job's.
  const Time now = clock_.now();
  auto id = fmt::format("{}-{}", codec::iso8601_basic(now), ++started_);
  auto job = std::make_shared<Job>(std::move(id), std::move(kind), std::move(about), now);
  jobs_.push_front(job);
  if (jobs_.size() > kJobsKept) jobs_.pop_back();
  thread_ = std::thread([this, job, work = std::move(work)] {
    auto result = work(*job);
    job->end(std::move(result), clock_.now());
  });
  return job->json(true);
}

Json Jobs::list() const {
  const std::lock_guard lock(mutex_);
  Json out = Json::array();
  for (const auto& job : jobs_) out.push_back(job->json(false));
  return out;
}

std::shared_ptr<Job> Jobs::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& job : jobs_) {
    if (job->id() == id) return job;
  }
  return nullptr;
}

Result<Json> Jobs::get(const std::string& id) const {
  const auto job = find(id);
  if (!job) return fail(Code::kNotFound, "no such job");
  return job->json(true);
}

Result<Json> Jobs::cancel(const std::string& id) {
  const auto job = find(id);
  if (!job) return fail(Code::kNotFound, "no such job");
  job->stop();
  return job->json(false);
}

std::string Jobs::running() const {
  const std::lock_guard lock(mutex_);
  return !jobs_.empty() && jobs_.front()->runs() ? jobs_.front()->id() : "";
}

}  // namespace muzn::server
