// Records of requests on their way: one line of JSON each, for the structured log and for the
// recorder, whose thread makes leaves of them.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "audit/private_logs.h"
#include "audit/recorder.h"
#include "audit/turn_promises.h"
#include "control/controller.h"
#include "server/account_book.h"
#include "server/log.h"
#include "server/log_keys.h"
#include "server/metrics.h"
#include "server/promises.h"
#include "server/trouble.h"
#include "tlog/log.h"

namespace muzn::server {

// Leaves go into the public log, while that may grow. Borrows it.
class LeafLog final : public audit::LeafSink {
 public:
  LeafLog(tlog::Log& log, std::function<Result<void>()> may_grow)
      : log_(log), may_grow_(std::move(may_grow)) {}
  Task<Result<std::uint64_t>> append(std::string leaf) override;
  Task<Result<void>> append_all(std::vector<std::string> leaves) override;

 private:
  tlog::Log& log_;
  const std::function<Result<void>()> may_grow_;
};

struct RecordingParts {
  meta::Store& rows;
  tlog::Log& leaves;  // the public log
  // Whether that may grow now. Errors: with what to do about it.
  std::function<Result<void>()> may_grow;
  merkle::Signer signer;  // its key, which signs receipts
  LogKeys log_keys;       // of private logs
  const control::Controller& controller;
  const Clock& clock;
  Log& log;
  // What a life left in its outbox that did not end cleanly.
  std::function<Task<Result<std::vector<audit::Outgoing>>>()> left_behind;
  std::uint64_t seconds = 60;  // the interval of a batch
};

class Recording final : public audit::Sink, public Promises {
 public:
  // Errors: those of audit::Recorder::open.
  static Result<std::unique_ptr<Recording>> open(RecordingParts parts);
  ~Recording() override { stop(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void write(const audit::Record& record) override;

  // Changes in accounts and buckets of full granularity.
  std::string wants(const audit::Record& record) const override;
  Result<void> has_room() const override { return recorder_->outbox()->has_room(); }
  void add(audit::Outgoing row) override { recorder_->outbox()->add(std::move(row)); }
  Task<std::string> promise_kept(std::string handle, merkle::Hash leaf) override;
  Task<Result<std::string>> promise(std::string handle, const audit::Record& record) override;

  // Of CloudTrail, see audit::Recorder.
  void take_digest(const std::string& account, std::string sha256, Time end) {
    recorder_->take_digest(account, std::move(sha256), end);
  }

  void start();
  // After the last record. Makes leaves of all and ends cleanly; idempotent.
  void stop();

  // Of accounts; to be read while this lives.
  audit::PrivateLogs& private_logs() { return logs_; }

  // Threads: safe.
  std::vector<Gauge> gauges() const;

 private:
  explicit Recording(RecordingParts parts);

  void work();

  Log& log_;
  const std::uint64_t seconds_;
  LeafLog leaves_;
  AccountBook book_;
  const merkle::Signer signer_;
  audit::PrivateLogs logs_;
  audit::TurnPromises promises_;
  std::unique_ptr<audit::Recorder> recorder_;
  Trouble trouble_;
  std::mutex mutex_;  // guards stopping_
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace muzn::server
