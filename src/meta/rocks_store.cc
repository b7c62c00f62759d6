#include "meta/rocks_store.h"

#include "meta/acked_mark.h"
#include "meta/committer.h"
#include "meta/full_key.h"
#include "meta/log_archive.h"
#include "meta/rocks_rows.h"
#include "meta/row_cache.h"

namespace muzn::meta {
namespace {

// Suspends its coroutine until the committer has answered.
struct CommitAwaiter {
  Committer& committer;
  Committer::Waiter waiter;

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    waiter.home = self.promise().executor;
    waiter.handle = self;
    committer.submit(&waiter);
  }
  Result<void> await_resume() { return std::move(waiter.result); }
};

class RocksTables final : public Tables {
 public:
  explicit RocksTables(const kv::Database& database) : database_(database) {}
  std::vector<std::uint64_t> list() const override { return database_.tables(); }
  Result<void> verify(std::uint64_t number,
                      const std::function<bool(std::uint64_t)>& go_on) const override {
    return database_.verify_table(number, go_on);
  }

 private:
  const kv::Database& database_;
};

class EmbeddedStore final : public RocksStore {
 public:
  EmbeddedStore(fs::Dir dir, std::unique_ptr<kv::Database> database,
                std::shared_ptr<AckedMark> mark, const Clock& clock, const RocksOptions& rows,
                const CommitterOptions& options)
      : dir_(std::move(dir)),
        mark_(std::move(mark)),
        database_(std::move(database)),
        tables_(*database_),
        cache_(rows.row_cache_bytes, rows.unread),
        committer_(*database_, cache_, dir_, *mark_, clock, options) {}

  Task<Result<std::optional<std::string>>> get(ShardId shard, std::string key) override {
    return Task<Result<std::optional<std::string>>>::ready(
        cached_get(cache_, *database_, shard, key));
  }

  Task<Result<std::vector<Row>>> scan(ShardId shard, std::string from, std::string to,
                                      std::size_t limit) override {
    co_return scan_shard(*database_, shard, from, to, limit, &kv::Rows::scan);
  }

  Task<Result<std::vector<Row>>> scan_once(ShardId shard, std::string from, std::string to,
                                           std::size_t limit) override {
    co_return scan_shard(*database_, shard, from, to, limit, &kv::Rows::scan_once);
  }

  Task<Result<std::vector<Row>>> scan_back(ShardId shard, std::string from, std::string to,
                                           std::size_t limit) override {
    co_return scan_shard(*database_, shard, from, to, limit, &kv::Rows::scan_back);
  }

  Task<Result<void>> commit(Commit commit) override {
    CommitAwaiter awaiter{committer_, {}};
    awaiter.waiter.commit = std::move(commit);
    co_return co_await awaiter;
  }

  Task<Result<void>> destroy(ShardId shard) override {
    CommitAwaiter awaiter{committer_, {}};
    awaiter.waiter.commit.shard = shard;
    awaiter.waiter.destroys_shard = true;
    co_return co_await awaiter;
  }

  StoreFigures figures() const override {
    StoreFigures out = committer_.figures();
    const RowCacheFigures cache = cache_.figures();
    out.row_cache_hits = cache.hits;
    out.row_cache_misses = cache.misses;
    out.row_cache_bytes = cache.bytes;
    out.row_cache_capacity = cache.capacity;
    const kv::Figures database = database_->figures();
    out.bytes_on_disk = database.bytes_on_disk;
    out.cache_hits = database.cache_hits;
    out.cache_misses = database.cache_misses;
    out.cache_bytes = database.cache_bytes;
    out.cache_capacity = database.cache_capacity;
    return out;
  }

  std::unique_ptr<RocksView> view() const override { return view_of_now(*database_); }

  Result<kv::BackupId> back_up(RocksBackups& to, const std::function<bool()>& go_on) override {
    return to.add(*database_, go_on);
  }
  const Tables* tables() const override { return &tables_; }

 private:
  fs::Dir dir_;
  const std::shared_ptr<AckedMark> mark_;  // also of RocksDB's threads, which may outlive us
  const std::unique_ptr<kv::Database> database_;
  RocksTables tables_;
  RowCache cache_;
  Committer committer_;  // last: its thread uses all above
};

std::function<Result<void>(kv::ManifestEnd)> on_flush(const RocksOptions& options,
                                                      std::shared_ptr<AckedMark> mark) {
  return [mark = std::move(mark), directory = options.directory + "/" + kDatabaseName,
          disk = options.disk, bytes = options.log_archive_bytes](kv::ManifestEnd end) {
    if (bytes > 0) {
      const auto database = fs::Dir::open(directory, *disk);
      if (database) trim_log_archive(*database, bytes);
    }
    return mark->note_manifest(end);
  };
}

}  // namespace

Result<std::unique_ptr<RocksStore>> open_rocks_store(const RocksOptions& options,
                                                     const Clock& clock) {
  TRY(fs::Dir dir, fs::Dir::open_or_create(options.directory, *options.disk));
  TRY(const bool exists, check_rows_format(dir));
  TRY(std::shared_ptr<AckedMark> mark, AckedMark::open(dir, !exists));

  kv::Options database_options;
  database_options.directory = options.directory + "/" + kDatabaseName;
  database_options.create = !exists;
  database_options.cache_bytes = options.cache_bytes;
  database_options.write_buffer_bytes = options.write_buffer_bytes;
  database_options.log_archive_bytes = options.log_archive_bytes;
  database_options.manifest_end = mark->at_start().manifest;
  database_options.on_flush = on_flush(options, mark);
  database_options.disk = options.disk;
  database_options.env = options.env;
  TRY(auto database, kv::Database::open(database_options));
  TRY_VOID(check_acked(*database, mark->at_start().sequence, dir.path()));
  TRY(const kv::ManifestEnd manifest_end, database->manifest_end());
  TRY_VOID(mark->note_manifest(manifest_end));  // opening began a new one
  // Last: before it nothing was ever acknowledged, so a crash above is a fresh start.
  if (!exists) {
    TRY_VOID(dir.sync());  // the name `db`, which RocksDB made: not every disk keeps the order
    TRY_VOID(dir.write_durably(kFormatName, kRowsFormat));
  }

  CommitterOptions committer_options;
  committer_options.commits_per_sync_max = options.commits_per_sync_max;
  committer_options.reserve_bytes = options.reserve_bytes;
  committer_options.closed = options.closed;
  return std::make_unique<EmbeddedStore>(std::move(dir), std::move(database), std::move(mark),
                                         clock, options, committer_options);
}

}  // namespace muzn::meta
