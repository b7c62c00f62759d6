// Moves records that are durable beside what they tell of (audit/outbox_row.h) into the logs of
// their accounts.
//
// What holds, whatever crashes:
//  1. A row goes only after its line is durable and sequenced in the log. So each line is in the
//     log, or, where a crash or an error came in between, in it twice as the same bytes.
//  2. A move() that succeeds moved all that was added before it began. So a checkpoint that is made
//     after it covers all that was promised before.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "audit/private_logs.h"
#include "base/task.h"
#include "base/time.h"
#include "meta/store.h"

namespace muzn::audit {

// A row that is durable.
struct Outgoing {
  meta::ShardId shard = 0;
  std::string row_key;
  std::string handle;
  LogEntry entry;
};

struct OutboxOptions {
  std::size_t bytes_max = 64U << 20;  // of lines that wait; more are taken, but no more begun
  // A line that waits for so long means that the next ones would miss their deadline.
  std::int64_t seconds_max = static_cast<std::int64_t>(kReceiptSeconds) / 2;
};

class Outbox {
 public:
  // All are borrowed.
  Outbox(meta::Store& rows, PrivateLogs& logs, const Clock& clock, OutboxOptions options)
      : rows_(rows), logs_(logs), clock_(clock), options_(options) {}

  // Threads: safe. Never waits for a disk.
  void add(Outgoing row);
  // Whether what is added now would be moved in time. Errors: kUnavailable. Threads: safe.
  Result<void> has_room() const;
  std::size_t bytes() const { return bytes_; }  // that wait

  // One at a time. The handles of the logs that grew go into `grown`. Errors: the store's; then all
  // that is not moved is still there, and a line may get into its log twice.
  Task<Result<void>> move(std::set<std::string, std::less<>>& grown);

 private:
  // Of one account.
  struct Waiting {
    std::vector<LogEntry> entries;
    std::vector<std::pair<meta::ShardId, std::string>> rows;
  };

  void take();
  Task<Result<void>> erase_moved();

  meta::Store& rows_;
  PrivateLogs& logs_;
  const Clock& clock_;
  const OutboxOptions options_;

  std::mutex mutex_;             // guards added_
  std::vector<Outgoing> added_;  // since they were taken
  std::atomic<std::size_t> bytes_ = 0;
  std::atomic<std::int64_t> since_ = 0;  // when the oldest came, or earlier; 0 = none waits

  // Of whoever moves.
  std::map<std::string, Waiting, std::less<>> waiting_;      // by handle
  std::map<meta::ShardId, std::vector<std::string>> moved_;  // rows whose lines are in their logs
};

}  // namespace muzn::audit
