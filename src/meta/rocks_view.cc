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
  explicit View(std::unique_ptr<kv::Database> database) : database_(std::move(database)) {}

  Task<Result<std::optional<std::string>>> get(ShardId shard, std::string key) override {
    co_return database_->get(encode_full_key(shard, key));
  }
  Task<Result<std::vector<Row>>> scan(ShardId shard, std::string from, std::string to,
                                      std::size_t limit) override {
    co_return scan_shard(*database_, shard, from, to, limit, &kv::Database::scan);
  }
  Task<Result<std::vector<Row>>> scan_back(ShardId shard, std::string from, std::string to,
                                           std::size_t limit) override {
    co_return scan_shard(*database_, shard, from, to, limit, &kv::Database::scan_back);
  }
  Task<Result<void>> commit(Commit /*commit*/) override { co_return refuse(); }
  Task<Result<void>> destroy(ShardId /*shard*/) override { co_return refuse(); }
  StoreFigures figures() const override {
    StoreFigures out;
    out.bytes_on_disk = database_->bytes_on_disk();
    return out;
  }

  Result<std::optional<ShardId>> next_shard(ShardId from) const override {
    std::optional<std::string> found;
    TRY_VOID(database_->scan(shard_range(from).from, "", [&](std::string_view key, auto) {
      found = key;
      return false;
    }));
    if (!found) return std::optional<ShardId>();
    codec::FieldReader reader(*found);
    TRY(const ShardId shard, reader.be64());
    return std::optional<ShardId>(shard);
  }
  Result<void> verify_tables() const override { return database_->verify_tables(); }

 private:
  static Result<void> refuse() {
    return fail(Code::kUnavailable, "the rows are opened for reading only");
  }

  const std::unique_ptr<kv::Database> database_;
};

}  // namespace

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
  TRY_VOID(check_acked(*database, mark.sequence, dir));
  return std::make_unique<View>(std::move(database));
}

}  // namespace muzn::meta
