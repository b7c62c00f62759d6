#include "meta/committer.h"

#include "meta/full_key.h"

namespace muzn::meta {
namespace {

// Bounds the memory of a group and the time that the first of it waits for the last.
constexpr std::size_t kGroupBytesMax = 8U << 20;

std::size_t size_of(const Commit& commit) {
  std::size_t out = 0;
  for (const auto& mutation : commit.mutations) out += mutation.key.size() + mutation.value.size();
  return out;
}

class CachedSource final : public RowSource {
 public:
  CachedSource(RowCache& cache, const kv::Database& database)
      : cache_(cache), database_(database) {}
  Result<std::optional<std::string>> read(const FullKey& key) override {
    return cached_get(cache_, database_, key.first, key.second);
  }

 private:
  RowCache& cache_;
  const kv::Database& database_;
};

}  // namespace

Committer::Committer(kv::Database& database, RowCache& cache, const fs::Dir& dir, AckedMark& mark,
                     const Clock& clock, const CommitterOptions& options)
    : database_(database),
      cache_(cache),
      dir_(dir),
      mark_(mark),
      clock_(clock),
      options_(options),
      closed_(options.closed != nullptr ? *options.closed : own_closed_) {
  CHECK(options.commits_per_sync_max > 0);
  thread_ = std::thread([this] { work(); });
}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Committer::submit(Waiter* waiter) {
  waiter->since_micros = clock_.monotonic_micros();
  const std::lock_guard lock(mutex_);
  waiting_.push_back(waiter);
  // Under the lock: once it is released the waiter may be answered and the store be gone.
  wake_.notify_one();
}

StoreFigures Committer::figures() const {
  StoreFigures out;
  out.commits = commits_;
  out.syncs = syncs_;
  out.commit_micros_total = commit_micros_;
  out.commit_latency = latency_.counts();
  out.failed = closed_;
  return out;
}

void Committer::work() {
  for (;;) {
    const Group group = take();
    if (group.empty()) break;
    process(group);
    answer(group);
  }
  if (!failed_) mark_.note_last(database_.sequence());
}

// Waits for work. Empty: stop. The destruction of a shard is a group of its own, since it goes
// around the overlay.
Committer::Group Committer::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  Group out;
  std::size_t bytes = 0;
  while (!waiting_.empty() && out.size() < options_.commits_per_sync_max &&
         bytes < kGroupBytesMax) {
    Waiter* next = waiting_.front();
    if (next->destroys_shard && !out.empty()) break;
    waiting_.pop_front();
    out.push_back(next);
    if (next->destroys_shard) break;
    bytes += size_of(next->commit);
  }
  return out;
}

Result<void> Committer::check_space() const {
  if (options_.reserve_bytes == 0) return {};
  TRY(const fs::Space space, dir_.space());
  if (space.free_bytes >= options_.reserve_bytes) return {};
  return fail(Code::kNoSpace, "the disk of " + dir_.path() + " is full");
}

// Sets the result of each commit that does not hold; the overlay has what the others change.
Result<void> Committer::decide(const Group& group, Overlay& overlay) {
  TRY_VOID(check_space());
  for (Waiter* waiter : group) waiter->result = overlay.apply(std::move(waiter->commit));
  return {};
}

Result<void> Committer::write_changes(Changes changes) {
  batch_.clear();
  std::string full;
  for (const auto& [key, value] : changes) {
    full.clear();
    append_full_key(full, key.first, key.second);
    if (value) {
      batch_.put(full, *value);
    } else {
      batch_.erase(full);
    }
  }
  cache_.begin_change(changes);
  TRY_VOID(database_.write(batch_));
  cache_.end_change(std::move(changes));
  return {};
}

Result<void> Committer::destroy(ShardId shard) {
  const ShardRange range = shard_range(shard);
  CHECK(!range.to.empty());  // the last shard id is never given out
  kv::Batch batch;
  batch.erase_range(range.from, range.to);
  cache_.clear();
  TRY_VOID(database_.write(std::move(batch)));
  cache_.clear();  // of what was read meanwhile
  return {};
}

void Committer::process(const Group& group) {
  const auto refuse = [&group](const Error& error) {
    for (Waiter* waiter : group) waiter->result = std::unexpected(error);
  };
  if (closed_) return refuse({Code::kUnavailable, "the store of rows is closed for writes"});
  CachedSource source(cache_, database_);
  Overlay overlay(source);
  const bool destroys_shard = group.front()->destroys_shard;
  if (!destroys_shard) {
    if (const auto decided = decide(group, overlay); !decided) return refuse(decided.error());
    if (overlay.changes().empty()) return;
  }
  const auto written =
      destroys_shard ? destroy(group.front()->commit.shard) : write_changes(overlay.take_changes());
  if (!written) {
    // Also those whose precondition failed: it may have failed on a row that was not written.
    failed_ = true;
    closed_ = true;
    return refuse({Code::kUnavailable, "the store of rows failed: " + written.error().what});
  }
  ++syncs_;
  mark_.note(database_.sequence(), clock_.monotonic_micros());
}

void Committer::answer(const Group& group) {
  const std::int64_t now = clock_.monotonic_micros();
  for (Waiter* waiter : group) {
    if (waiter->result) ++commits_;
    commit_micros_ += static_cast<std::uint64_t>(now - waiter->since_micros);
    latency_.note(now - waiter->since_micros);
  }
  for (Waiter* waiter : group) {
    // The waiter dies as soon as its coroutine runs.
    Executor* home = waiter->home;
    home->post(waiter->handle);
  }
}

}  // namespace muzn::meta
