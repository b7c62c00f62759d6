#include "kv/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <vector>

#include "fs/dir.h"
#include "kv/flush_listener.h"
#include "kv/log_check.h"
#include "kv/paced_files.h"
#include "kv/status.h"

namespace muzn::kv {
namespace {

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

constexpr std::size_t kBatchKeptMax = 1U << 20;

// RocksDB counts each comparison of keys in a variable of the thread, at a cost of its own, unless
// the thread says that nobody asks.
void count_nothing() {
  thread_local const bool told = [] {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return true;
  }();
  static_cast<void>(told);
}

rocksdb::BlockBasedTableOptions table_options(const Options& options) {
  rocksdb::BlockBasedTableOptions out;
  out.block_size = 8U << 10;
  out.format_version = 5;
  out.checksum = rocksdb::kXXH3;
  out.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(10));
  out.block_cache = rocksdb::NewLRUCache(options.cache_bytes);
  // Index and filters are cut into pages that live in the cache, so that memory stays bounded with
  // any number of rows.
  out.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  out.partition_filters = true;
  out.metadata_block_size = 4U << 10;
  out.cache_index_and_filter_blocks = true;
  out.cache_index_and_filter_blocks_with_high_priority = true;
  out.pin_top_level_index_and_filter = true;
  out.pin_l0_filter_and_index_blocks_in_cache = true;
  return out;
}

rocksdb::Options db_options(const Options& options) {
  rocksdb::Options out;
  if (options.env != nullptr) {
    out.env = options.env;
    out.max_file_opening_threads = 1;  // one order of calls for one seed
  }
  out.create_if_missing = options.create;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(options)));
  out.compression = rocksdb::kLZ4Compression;
  out.write_buffer_size = options.write_buffer_bytes;
  out.max_write_buffer_number = 2;
  if (options.log_archive_bytes > 0) {
    out.WAL_size_limit_MB = std::max<std::uint64_t>(options.log_archive_bytes >> 20, 1);
  }
  out.max_total_wal_size = 4 * options.write_buffer_bytes;
  out.level_compaction_dynamic_level_bytes = true;
  // Small, so that there is a level between the newest tables and the bulk of the rows: what is
  // overwritten again and again ends there. Without (256 MiB by default) each merge of some hot
  // rows, which lie all over the bucket, writes all the others as well.
  out.max_bytes_for_level_base = options.write_buffer_bytes;
  out.max_background_jobs = 2;
  out.max_open_files = 512;
  out.bytes_per_sync = 1U << 20;

  // A crash tears at most the tail that was never acknowledged: replay up to it. That nothing
  // acknowledged is lost this way is proved by check_logs() and by the caller's own mark
  // (sequence()). Logs that were closed are also checked against the sizes kept in the manifest.
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  out.track_and_verify_wals_in_manifest = true;
  out.paranoid_checks = true;
  out.max_bgerror_resume_count = 0;  // never retries what failed to sync

  out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  out.max_log_file_size = 1U << 20;
  out.keep_log_file_num = 2;
  out.stats_dump_period_sec = 0;
  out.stats_persist_period_sec = 0;
  out.skip_stats_update_on_db_open = true;
  return out;
}

// RocksDB's log of events, dropped: by default it is a file in the database's directory.
class NoEvents final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// A snapshot, or null for the rows of now.
Result<std::optional<std::string>> get_row(rocksdb::DB& db, const rocksdb::Snapshot* snapshot,
                                           std::string_view key) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  count_nothing();
  std::string value;
  const rocksdb::Status status = db.Get(options, slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>{};
  TRY_VOID(to_result(status));
  return std::optional<std::string>{std::move(value)};
}

struct Range {
  std::string_view from;
  std::string_view to;
  bool back = false;
  bool fill_cache = true;
};

Result<void> scan_rows(rocksdb::DB& db, const rocksdb::Snapshot* snapshot, const Range& range,
                       const Rows::Visit& visit) {
  if (!range.to.empty() && range.from >= range.to) return {};
  count_nothing();
  const rocksdb::Slice low = slice(range.from);
  const rocksdb::Slice high = slice(range.to);
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.verify_checksums = true;
  options.fill_cache = range.fill_cache;
  options.iterate_lower_bound = &low;
  if (!high.empty()) options.iterate_upper_bound = &high;
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
  range.back ? at->SeekToLast() : at->Seek(low);
  while (at->Valid()) {
    if (!visit(view(at->key()), view(at->value()))) break;
    range.back ? at->Prev() : at->Next();
  }
  return to_result(at->status());
}

class Snapshot final : public Rows {
 public:
  explicit Snapshot(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~Snapshot() override { db_.ReleaseSnapshot(snapshot_); }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    return get_row(db_, snapshot_, key);
  }
  Result<void> scan(std::string_view from, std::string_view to, const Visit& visit) const override {
    return scan_rows(db_, snapshot_, {from, to, false}, visit);
  }
  Result<void> scan_once(std::string_view from, std::string_view to,
                         const Visit& visit) const override {
    return scan_rows(db_, snapshot_, {from, to, false, false}, visit);
  }
  Result<void> scan_back(std::string_view from, std::string_view to,
                         const Visit& visit) const override {
    return scan_rows(db_, snapshot_, {from, to, true}, visit);
  }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

std::vector<rocksdb::LiveFileMetaData> live_tables(rocksdb::DB& db) {
  std::vector<rocksdb::LiveFileMetaData> out;
  db.GetLiveFilesMetaData(&out);
  return out;
}

// The manifest names the table, so that its absence is damage.
Error table_error(const std::string& name, const rocksdb::Status& status) {
  Error out = to_error(status);
  if (status.IsPathNotFound() || status.IsNotFound()) out.code = Code::kCorrupt;
  out.what = "table " + name + ": " + out.what;
  return out;
}

rocksdb::Status open_database(const Options& options, std::shared_ptr<FlushListener> listener,
                              std::shared_ptr<rocksdb::Statistics> statistics, rocksdb::DB** db) {
  rocksdb::Options all = db_options(options);
  all.statistics = std::move(statistics);
  if (options.on_flush) all.listeners.push_back(std::move(listener));
  if (!options.read_only) return rocksdb::DB::Open(all, options.directory, db);
  all.info_log = std::make_shared<NoEvents>();  // RocksDB shares it among its parts
  return rocksdb::DB::OpenForReadOnly(all, options.directory, db);
}

}  // namespace

Batch::Batch() : batch_(std::make_unique<rocksdb::WriteBatch>()) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

// A WriteBatch operation fails only past max_bytes, which is not set.
void Batch::put(std::string_view key, std::string_view value) {
  CHECK(batch_->Put(slice(key), slice(value)).ok());
}

void Batch::erase(std::string_view key) {
  CHECK(batch_->Delete(slice(key)).ok());
}

void Batch::erase_range(std::string_view from, std::string_view to) {
  CHECK(batch_->DeleteRange(slice(from), slice(to)).ok());
}

void Batch::clear() {
  if (batch_->Data().capacity() > kBatchKeptMax) {
    *batch_ = rocksdb::WriteBatch();
  } else {
    batch_->Clear();
  }
}

Database::Database(std::unique_ptr<rocksdb::DB> db, Failed failed,
                   std::shared_ptr<rocksdb::Statistics> statistics)
    : db_(std::move(db)), failed_(std::move(failed)), statistics_(std::move(statistics)) {}

Database::~Database() {
  if (*failed_) {
    // Closing flushes the log file that failed, and RocksDB, whose Debian build has its assertions
    // on, aborts the process for it. So the handle is given up: the process is about to end, and
    // the next one opens from what is on disk.
    [[maybe_unused]] const rocksdb::DB* given_up = db_.release();
    return;
  }
  // Every write is in the synced log already, so an error here loses nothing.
  const rocksdb::Status status = db_->Close();
  status.PermitUncheckedError();
}

Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  const auto directory = fs::Dir::open(options.directory, *options.disk);
  if (!directory && directory.error().code != Code::kNotFound) {
    return std::unexpected(directory.error());
  }
  if (directory) {
    TRY_VOID(check_manifest(*directory, options.manifest_end));
    TRY_VOID(check_logs(*directory, options.manifest_end.sequence));
    if (!options.read_only) TRY_VOID(cut_torn_manifest(*directory, options.manifest_end));
  }
  const auto failed = std::make_shared<std::atomic<bool>>(false);
  rocksdb::DB* db = nullptr;
  auto statistics = rocksdb::CreateDBStatistics();
  statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  const rocksdb::Status status =
      open_database(options, std::make_shared<FlushListener>(options, failed), statistics, &db);
  // A file that must be there and is not is damage, not a failing disk.
  if (status.IsInvalidArgument() || (status.IsPathNotFound() && !options.create)) {
    return fail(Code::kCorrupt, "rocksdb: " + status.ToString());
  }
  TRY_VOID(to_result(status));
  return std::unique_ptr<Database>(
      new Database(std::unique_ptr<rocksdb::DB>(db), failed, std::move(statistics)));
}

Result<std::optional<std::string>> Database::get(std::string_view key) const {
  return get_row(*db_, nullptr, key);
}

Result<void> Database::scan(std::string_view from, std::string_view to, const Visit& visit) const {
  return scan_rows(*db_, nullptr, {from, to, false}, visit);
}

Result<void> Database::scan_once(std::string_view from, std::string_view to,
                                 const Visit& visit) const {
  return scan_rows(*db_, nullptr, {from, to, false, false}, visit);
}

Result<void> Database::scan_back(std::string_view from, std::string_view to,
                                 const Visit& visit) const {
  return scan_rows(*db_, nullptr, {from, to, true}, visit);
}

std::unique_ptr<Rows> Database::snapshot() const {
  return std::make_unique<Snapshot>(*db_);
}

Result<void> Database::write(Batch& batch) {
  count_nothing();
  if (*failed_) return fail(Code::kUnavailable, "rocksdb: closed for writes after an error");
  rocksdb::WriteOptions options;
  options.sync = true;
  auto written = to_result(db_->Write(options, batch.batch_.get()));
  if (!written) *failed_ = true;
  return written;
}

Result<void> Database::apply_record(std::string_view record) {
  if (*failed_) return fail(Code::kUnavailable, "rocksdb: closed for writes after an error");
  rocksdb::WriteBatch batch{std::string(record)};
  auto written = to_result(db_->Write(rocksdb::WriteOptions(), &batch));
  if (!written) *failed_ = true;
  return written;
}

Result<void> Database::sync_records() {
  auto synced = to_result(db_->FlushWAL(true));
  if (!synced) *failed_ = true;
  return synced;
}

std::uint64_t Database::sequence() const {
  return db_->GetLatestSequenceNumber();
}

Result<ManifestEnd> Database::manifest_end() const {
  TRY(ManifestEnd out, end_of_manifest(*db_));
  out.sequence = sequence();  // opening made tables of all that the logs held
  return out;
}

Result<void> Database::verify_tables() const {
  return to_result(db_->VerifyChecksum());
}

Figures Database::figures() const {
  const auto property = [this](const std::string& name) {
    std::uint64_t value = 0;
    db_->GetIntProperty(name, &value);
    return value;
  };
  using Properties = rocksdb::DB::Properties;
  Figures out;
  out.bytes_on_disk =
      property(Properties::kTotalSstFilesSize) + property(Properties::kCurSizeAllMemTables);
  out.cache_hits = statistics_->getTickerCount(rocksdb::BLOCK_CACHE_HIT);
  out.cache_misses = statistics_->getTickerCount(rocksdb::BLOCK_CACHE_MISS);
  out.cache_bytes = property(Properties::kBlockCacheUsage);
  out.cache_capacity = property(Properties::kBlockCacheCapacity);
  return out;
}

std::vector<std::uint64_t> Database::tables() const {
  std::vector<std::uint64_t> out;
  for (const auto& table : live_tables(*db_)) out.push_back(table.file_number);
  std::ranges::sort(out);
  return out;
}

Result<void> Database::verify_table(std::uint64_t number,
                                    const std::function<bool(std::uint64_t)>& go_on) const {
  for (bool again = false;; again = true) {
    const auto all = live_tables(*db_);
    const auto found = std::ranges::find(all, number, &rocksdb::LiveFileMetaData::file_number);
    if (found == all.end()) return {};
    bool stopped = false;
    const auto env = paced_env(*db_->GetEnv(), [&](std::uint64_t bytes) {
      stopped = stopped || !go_on(bytes);
      return !stopped;
    });
    rocksdb::Options options = db_->GetOptions();
    options.env = env.get();
    options.listeners.clear();
    rocksdb::BlockBasedTableOptions table = table_options({});
    table.no_block_cache = true;
    table.block_cache = nullptr;
    table.cache_index_and_filter_blocks = false;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::SstFileReader reader(options);
    rocksdb::Status status = reader.Open(found->directory + "/" + found->relative_filename);
    if (status.ok()) status = reader.VerifyChecksum();
    if (status.ok()) return {};
    if (stopped) return fail(Code::kUnavailable, "told to stop");
    // Once more: it may have been compacted away just now.
    if (again) return std::unexpected(table_error(found->relative_filename, status));
  }
}

}  // namespace muzn::kv
