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

class DatabaseSource final : public RowSource {
 public:
  explicit DatabaseSource(const kv::Database& database) : database_(database) {}
  Result<std::optional<std::string>> read(const FullKey& key) override {
    return database_.get(encode_full_key(key.first, key.second));
  }

 private:
  const kv::Database& database_;
};

}  // namespace

Committer::Committer(kv::Database& database, const fs::Dir& dir, AckedMark& mark,
                     const Clock& clock, const CommitterOptions& options)
    : database_(database),
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

// Sets the result of each commit that does not hold; the batch has what the others change.
Result<kv::Batch> Committer::decide(const Group& group, bool* has_changes) {
  kv::Batch batch;
  if (group.front()->destroys_shard) {
    const ShardRange range = shard_range(group.front()->commit.shard);
    CHECK(!range.to.empty());  // the last shard id is never given out
    batch.erase_range(range.from, range.to);
    *has_changes = true;
    return batch;
  }
  TRY_VOID(check_space());
  DatabaseSource source(database_);
  Overlay overlay(source);
  for (Waiter* waiter : group) waiter->result = overlay.apply(std::move(waiter->commit));
  for (const auto& [key, value] : overlay.changes()) {
    const std::string full = encode_full_key(key.first, key.second);
    if (value) {
      batch.put(full, *value);
    } else {
      batch.erase(full);
    }
  }
  *has_changes = !overlay.changes().empty();
  return batch;
}

void Committer::process(const Group& group) {
  const auto refuse = [&group](const Error& error) {
    for (Waiter* waiter : group) waiter->result = std::unexpected(error);
  };
  if (closed_) return refuse({Code::kUnavailable, "the store of rows is closed for writes"});
  bool has_changes = false;
  auto batch = decide(group, &has_changes);
  if (!batch) return refuse(batch.error());
  if (!has_changes) return;
  if (auto written = database_.write(std::move(*batch)); !written) {
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
