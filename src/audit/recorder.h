// Turns records of requests into leaves of the public log: for each account a summary of each
// interval in which something was done with its data, and a gap where records may be missing. With
// full granularity each record is an entry of the account's own log besides, whose checkpoint is a
// leaf.
//
// What holds, whatever crashes:
//  1. A leaf is durable here before the log gets it, and stays until the log has answered. So each
//     is in the log once, or, where a crash or an error came in between, twice as the same bytes.
//  2. The leaves of an account have sequences without a gap, also over restarts. One sequence never
//     names two leaves.
//  3. A batch is either in a summary or told as a gap, but for accounts whose first record came
//     less than a gather() before a crash: those are told by the gap of the installation.
//  4. What has no room in memory is counted, and told as a gap of its account.
//  5. A leaf of a private log is made after its outbox was moved: it covers all that was promised
//     before it (audit/outbox.h).
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/batch.h"
#include "audit/granularity.h"
#include "audit/outbox.h"
#include "audit/private_logs.h"
#include "audit/record.h"
#include "audit/recorder_rows.h"
#include "base/task.h"
#include "base/time.h"
#include "meta/store.h"

namespace muzn::audit {

// Where leaves go: the public log.
class LeafSink {
 public:
  virtual ~LeafSink() = default;
  // Durable and sequenced when it returns the index. After an error it may be in the log or not.
  virtual Task<Result<std::uint64_t>> append(std::string leaf) = 0;
  // Several in their order. After an error some may be in the log. A log that can do it in one go
  // should.
  virtual Task<Result<void>> append_all(std::vector<std::string> leaves) {
    for (std::string& leaf : leaves) CO_TRY_VOID(co_await append(std::move(leaf)));
    co_return Result<void>{};
  }
};

// What the recorder has to know of accounts. Threads: safe.
class AccountBook {
 public:
  struct Place {
    std::string account;  // id; "" = the installation
    Granularity level = kGranularityDefault;
  };
  virtual ~AccountBook() = default;
  // Where a record counts, and how much is wanted of it. Called for every request.
  virtual Place place(const Record& record) const = 0;
  // What leaves call it; "" of an account that is not there any more.
  virtual std::string handle(const std::string& account) const = 0;
};

struct RecorderOptions {
  OutboxOptions outbox = {};
  // Of records that were not gathered yet, per shard of threads; 32 bytes each.
  std::size_t shard_records_max = 1U << 16;
  // Of lines on their way to private logs: in each shard, and of all accounts together.
  std::size_t shard_bytes_max = 4U << 20;
  std::size_t entries_bytes_max = 64U << 20;
};

struct RecorderFigures {
  std::uint64_t taken = 0;    // records that count in a batch, since the start
  std::uint64_t lost = 0;     // that had no room
  std::uint64_t leaves = 0;   // that the log took
  std::uint64_t waiting = 0;  // that it has not taken yet
};

class Recorder {
 public:
  // Reads what the life before left; after a crash the gaps wait to be delivered by flush(). All
  // are borrowed; without `logs` full granularity is a summary. Errors: kCorrupt, kUnsupported
  // (rows that are no recorder's), the store's.
  static Task<Result<std::unique_ptr<Recorder>>> open(meta::Store& rows, LeafSink& sink,
                                                      const AccountBook& book, const Clock& clock,
                                                      PrivateLogs* logs, RecorderOptions options);

  // Of a request that ended; `line` is its JSON line without its end. Threads: safe, and meant for
  // many at once. Never waits for a disk.
  void take(const Record& record, std::string_view line);

  // That a digest file of CloudTrail of this account (id) is in its bucket: its raw SHA-256 is in a
  // leaf after the next flush(). A crash before gather() and the commit of that forgets it; the
  // digest after it names it. Threads: safe.
  void take_digest(const std::string& account, std::string sha256, Time end);

  // The three below: one at a time.
  // Adds what all threads took to the batches, and makes the entries of private logs durable there,
  // those of the outbox among them. Some
  // times a second, since it bounds the memory, and what a crash leaves untold. Errors: the
  // store's; then all is still there, and an entry may get into its log twice.
  Task<Result<void>> gather();
  // Makes leaves of all batches and hands all leaves to the log: once an interval, and once after
  // open(). Errors: the store's, the log's; then the next one goes on with it.
  Task<Result<void>> flush();
  // A clean end: what the log does not take waits for the next life. Nothing may be taken after it.
  // Errors: the store's; then the next life finds a crash.
  Task<Result<void>> close();

  // Threads: safe.
  RecorderFigures figures() const;
  // For records that are durable beside what they tell of; null: there are no private logs.
  Outbox* outbox() { return outbox_.get(); }
  // The life before did not end with close(): its outbox may have left rows.
  bool follows_crash() const { return follows_crash_; }

 private:
  // What the threads of one shard took since they were gathered, of one account.
  struct Portion {
    Tally tally;
    std::vector<merkle::Hash> lines;
    std::vector<LogEntry> entries;  // of its private log
    bool is_full = false;           // some record was of full granularity
    std::uint64_t lost = 0;
  };
  using Portions = std::unordered_map<std::string, Portion>;  // by account id
  struct alignas(64) Shard {
    std::mutex mutex;  // guards all below
    Portions portions;
    std::size_t records = 0;
    std::size_t bytes = 0;  // of entries
  };
  struct Digest {
    std::string account;  // id
    std::string sha256;
    Time end;
  };
  struct Account {
    AccountRow row;  // as it is in the store
    std::optional<Batch> batch;
    bool overflowed = false;        // some records of the batch were lost
    std::vector<LogEntry> entries;  // on their way to its private log
    std::vector<Digest> digests;    // that no leaf in `row` names yet
    bool has_log = false;           // which may have grown since its newest leaf
  };
  static constexpr std::size_t kShards = 16;

  Recorder(meta::Store& rows, LeafSink& sink, const AccountBook& book, const Clock& clock,
           PrivateLogs* logs, RecorderOptions options);

  Task<Result<void>> load();
  void gather_digests();
  Task<Result<void>> find_logs();
  Task<Result<void>> tell_crash(Time since);
  void add(const std::string& account, Portion portion);
  Task<Result<void>> mark_at_work();
  Task<Result<void>> keep_entries();
  Task<Result<void>> move_outbox();
  Task<Result<void>> seal_batch(const std::string& handle, Account& account, AccountRow& row);
  Task<Result<void>> seal(std::size_t waiting_max);
  Task<Result<void>> deliver();
  Task<Result<void>> write(std::vector<std::pair<std::string, AccountRow>> changed, bool marks);

  meta::Store& rows_;
  LeafSink& sink_;
  const AccountBook& book_;
  const Clock& clock_;
  PrivateLogs* const logs_;  // null = none
  const RecorderOptions options_;
  std::unique_ptr<Outbox> outbox_;  // null = none
  bool follows_crash_ = false;
  std::array<Shard, kShards> shards_;
  std::mutex digests_mutex_;     // guards digests_
  std::vector<Digest> digests_;  // since they were gathered

  // Of whoever gathers, flushes or closes.
  std::map<std::string, Account, std::less<>> accounts_;  // by handle; "" = the installation
  Time gathered_{};                                       // when gather() began last
  std::size_t entries_bytes_ = 0;                         // of all accounts' entries

  std::atomic<std::uint64_t> taken_ = 0;
  std::atomic<std::uint64_t> lost_ = 0;
  std::atomic<std::uint64_t> leaves_ = 0;
  std::atomic<std::uint64_t> waiting_ = 0;
};

}  // namespace muzn::audit
