#include "meta/rocks_view.h"

#include "codec/varint.h"
#include "fs/dir.h"
#include "kv/database.h"
#include "meta/acked_mark.h"
#include "meta/full_key.h"
#include "meta/rocks_rows.h"

namespace muzn::meta {
namespace {

class View final : public RocksView {
 public:
  // Of two owners at most one is there.
  View(const kv::Database& database, std::unique_ptr<kv::Database> own,
       std::unique_ptr<kv::Rows> snapshot)
      : own_(std::move(own)),
        database_(database),
        snapshot_(std::move(snapshot)),
        rows_(snapshot_ ? *snapshot_ : static_cast<const kv::Rows&>(database_)) {}

  Task<Result<std::optional<std::string>>> get(ShardId shard, std::string key) override {
    co_return rows_.get(encode_full_key(shard, key));
  }
  Task<Result<std::vector<Row>>> scan(ShardId shard, std::string from, std::string to,
                                      std::size_t limit) override {
    co_return scan_shard(rows_, shard, from, to, limit, &kv::Rows::scan);
  }
  Task<Result<std::vector<Row>>> scan_back(ShardId shard, std::string from, std::string to,
                                           std::size_t limit) override {
    co_return scan_shard(rows_, shard, from, to, limit, &kv::Rows::scan_back);
  }
  Task<Result<void>> commit(Commit /*commit*/) override { co_return refuse(); }
  Task<Result<void>> destroy(ShardId /*shard*/) override { co_return refuse(); }
  StoreFigures figures() const override {
    StoreFigures out;
    out.bytes_on_disk = database_.figures().bytes_on_disk;
    return out;
  }

  Result<std::optional<ShardId>> next_shard(ShardId from) const override {
    std::optional<std::string> found;
    TRY_VOID(rows_.scan(shard_range(from).from, "", [&](std::string_view key, auto) {
      found = key;
      return false;
    }));
    if (!found) return std::optional<ShardId>();
    codec::FieldReader reader(*found);
    TRY(const ShardId shard, reader.be64());
    return std::optional<ShardId>(shard);
  }
  Result<void> verify_tables() const override { return database_.verify_tables(); }

 private:
  static Result<void> refuse() {
    return fail(Code::kUnavailable, "the rows are opened for reading only");
  }

  const std::unique_ptr<kv::Database> own_;
  const kv::Database& database_;
  const std::unique_ptr<kv::Rows> snapshot_;
  const kv::Rows& rows_;
};

}  // namespace

std::unique_ptr<RocksView> view_of(std::unique_ptr<kv::Database> database) {
  const kv::Database& borrowed = *database;
  return std::make_unique<View>(borrowed, std::move(database), nullptr);
}

std::unique_ptr<RocksView> view_of_now(const kv::Database& database) {
  return std::make_unique<View>(database, nullptr, database.snapshot());
}

Result<std::unique_ptr<RocksView>> RocksView::open(const RocksViewOptions& options) {
  TRY(const fs::Dir dir, fs::Dir::open(options.directory));
  TRY(const bool exists, check_rows_format(dir));
  if (!exists) return fail(Code::kNotFound, "there are no rows in " + dir.path());
  TRY(const Mark mark, read_mark(dir));
  kv::Options database_options;
  database_options.directory = options.directory + "/" + kDatabaseName;
  database_options.cache_bytes = options.cache_bytes;
  database_options.read_only = true;
  database_options.manifest_end = mark.manifest;
  TRY(auto database, kv::Database::open(database_options));
  TRY_VOID(check_acked(*database, mark.sequence, dir.path()));
  return view_of(std::move(database));
}

}  // namespace muzn::meta
