// The one thread that writes rows: it takes all commits that wait, decides them in their order of
// arrival, makes what holds durable with one synced batch, and then answers them all.
//
// Life of a commit: submitted -> decided on the overlay of its batch -> written -> answered on its
// own executor. Nothing of a batch is answered before the whole batch is durable.
#pragma once
#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>

#include "base/time.h"
#include "fs/dir.h"
#include "kv/database.h"
#include "meta/acked_mark.h"
#include "meta/overlay.h"
#include "meta/row_cache.h"

namespace muzn::meta {

struct CommitterOptions {
  std::size_t commits_per_sync_max = 256;
  std::uint64_t reserve_bytes = 0;      // below this much free space commits get kNoSpace
  std::atomic<bool>* closed = nullptr;  // see RocksOptions
};

class Committer {
 public:
  // One waiting commit, or the destruction of a shard. Lives in the frame of its coroutine.
  struct Waiter {
    Commit commit;
    bool destroys_shard = false;  // commit.shard, whole; the commit is empty
    std::int64_t since_micros = 0;
    Executor* home = nullptr;
    std::coroutine_handle<> handle;
    Result<void> result;
  };

  // All are borrowed. `cache` is of the database's rows; `dir` is the directory whose file system
  // holds the database.
  Committer(kv::Database& database, RowCache& cache, const fs::Dir& dir, AckedMark& mark,
            const Clock& clock, const CommitterOptions& options);
  // Answers what waits, then ends the thread.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Threads: safe. `waiter` must live until its handle is posted.
  void submit(Waiter* waiter);
  // All but those of the database. Threads: safe.
  StoreFigures figures() const;

 private:
  using Group = std::deque<Waiter*>;

  void work();
  Group take();
  void process(const Group& group);
  Result<void> decide(const Group& group, Overlay& overlay);
  Result<void> write_changes(Changes changes);
  Result<void> destroy(ShardId shard);
  Result<void> check_space() const;
  void answer(const Group& group);

  kv::Database& database_;
  RowCache& cache_;
  const fs::Dir& dir_;
  AckedMark& mark_;
  const Clock& clock_;
  const CommitterOptions options_;

  std::mutex mutex_;  // guards waiting_ and stopping_
  std::condition_variable wake_;
  Group waiting_;
  bool stopping_ = false;

  std::atomic<bool> own_closed_ = false;
  std::atomic<bool>& closed_;
  std::atomic<bool> failed_ = false;  // a write of this half failed
  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
  std::atomic<std::uint64_t> commit_micros_ = 0;
  Latency latency_;
  kv::Batch batch_;     // of the group under way: its memory serves the next one
  std::thread thread_;  // last: it uses all above
};

}  // namespace muzn::meta
