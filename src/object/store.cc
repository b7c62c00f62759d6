// The object floor as its interface, and its opening.
#include "object/store.h"

#include "object/account_totals.h"
#include "object/lock_time.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/shard.h"
#include "object/verbs.h"

namespace muzn::object {
namespace {

class EngineStore final : public Store {
 public:
  EngineStore(meta::Store& rows, blob::Store& blobs, Pool& pool, const Clock& clock, Rng& rng,
              StoreOptions options, std::uint64_t epoch, Time lock_time)
      : rows_(rows, changes_),
        engine_{rows_, blobs, pool, clock, rng, options, epoch, lock_time},
        totals_(rows_, changes_, pool) {}

  Task<Outcome<Bucket>> create_bucket(CreateBucket args) override {
    return object::create_bucket(engine_, std::move(args));
  }
  Task<Outcome<Bucket>> get_bucket(std::string name) override {
    return find_bucket(engine_, std::move(name));
  }
  Task<Outcome<BucketPage>> list_buckets(std::string owner, std::string prefix, std::string after,
                                         std::size_t limit) override {
    return object::list_buckets(engine_, std::move(owner), std::move(prefix), std::move(after),
                                limit);
  }
  Task<Outcome<void>> delete_bucket(std::string name) override {
    return object::delete_bucket(engine_, std::move(name));
  }
  Task<Outcome<Usage>> usage(std::string bucket) override {
    return object::usage(engine_, std::move(bucket));
  }
  Task<Outcome<Usage>> account_usage(std::string owner) override {
    return totals_.of(std::move(owner));
  }
  Task<Outcome<Bucket>> amend_bucket(AmendBucket args) override {
    return object::amend_bucket(engine_, std::move(args));
  }
  Task<Outcome<std::optional<std::string>>> get_document(Bucket bucket, std::string name) override {
    return object::get_document(engine_, std::move(bucket), std::move(name));
  }
  Task<Outcome<void>> put_document(Bucket bucket, std::string name,
                                   std::optional<std::string> document) override {
    return object::put_document(engine_, std::move(bucket), std::move(name), std::move(document));
  }
  Task<Outcome<Written>> put(PutArgs args, ByteSource& body, BodyVerifier& verifier) override {
    return object::put(engine_, std::move(args), body, verifier);
  }
  Task<Outcome<std::unique_ptr<OpenVersion>>> open(std::string bucket, std::string key,
                                                   std::optional<std::string> version_id) override {
    return object::open(engine_, std::move(bucket), std::move(key), std::move(version_id));
  }
  Task<Outcome<std::unique_ptr<OpenVersion>>> open_in(
      meta::ShardId shard, std::string key, std::optional<std::string> version_id) override {
    return object::open_in(engine_, shard, std::move(key), std::move(version_id));
  }
  Task<Outcome<Removed>> remove(RemoveArgs args) override {
    return object::remove(engine_, std::move(args));
  }
  Task<Outcome<Version>> amend(AmendArgs args) override {
    return object::amend(engine_, std::move(args));
  }
  Task<Outcome<void>> rename_object(RenameArgs args) override {
    return object::rename_object(engine_, std::move(args));
  }
  Task<Outcome<ListPage>> list(ListArgs args) override {
    return object::list(engine_, std::move(args));
  }
  Task<Outcome<ListPage>> list_versions(ListVersionsArgs args) override {
    return object::list_versions(engine_, std::move(args));
  }
  Task<Outcome<Upload>> create_upload(CreateUpload args) override {
    return object::create_upload(engine_, std::move(args));
  }
  Task<Outcome<Upload>> get_upload(UploadRef upload) override {
    return object::get_upload(engine_, std::move(upload));
  }
  Task<Outcome<Part>> put_part(UploadRef upload, int number, std::optional<std::uint64_t> size,
                               ByteSource& body, BodyVerifier& verifier) override {
    return object::put_part(engine_, {std::move(upload), number, size}, body, verifier);
  }
  Task<Outcome<PartsPage>> list_parts(UploadRef upload, int after_number,
                                      std::size_t limit) override {
    return object::list_parts(engine_, std::move(upload), after_number, limit);
  }
  Task<Outcome<UploadsPage>> list_uploads(ListUploads args) override {
    return object::list_uploads(engine_, std::move(args));
  }
  Task<Outcome<Written>> complete_upload(CompleteArgs args) override {
    return object::complete_upload(engine_, std::move(args));
  }
  Task<Outcome<void>> abort_upload(UploadRef upload) override {
    return object::abort_upload(engine_, std::move(upload));
  }
  Task<Outcome<void>> adopt(AdoptArgs args) override {
    return object::adopt(engine_, std::move(args));
  }
  Task<Outcome<std::uint64_t>> sweep() override { return object::sweep(engine_); }
  Task<Outcome<std::uint64_t>> sweep_fresh() override { return object::sweep_fresh(engine_); }
  GarbageHold hold_garbage() override { return GarbageHold(engine_.garbage_holds); }

 private:
  UsageChanges changes_;
  WatchedRows rows_;
  Engine engine_;
  AccountTotals totals_;
};

Task<Result<void>> check_format(meta::Store& rows) {
  CO_TRY(const auto found, co_await rows.get(meta::kNodeShard, row::node_format()));
  if (found) {
    CO_TRY(const std::uint64_t format, row::decode_number(*found));
    if (format != row::kFormat) {
      co_return fail(Code::kInvalid, "the rows have format " + std::to_string(format));
    }
    co_return Result<void>{};
  }
  meta::Commit commit;
  commit.shard = meta::kNodeShard;
  commit.require(row::node_format(), std::nullopt);
  commit.put(row::node_format(), row::encode_number(row::kFormat));
  co_return co_await rows.commit(std::move(commit));
}

Task<Result<std::uint64_t>> raise_epoch(meta::Store& rows) {
  for (;;) {
    CO_TRY(auto found, co_await rows.get(meta::kNodeShard, row::node_epoch()));
    std::uint64_t epoch = 0;
    if (found) {
      CO_TRY(epoch, row::decode_number(*found));
    }
    ++epoch;
    meta::Commit commit;
    commit.shard = meta::kNodeShard;
    commit.require(row::node_epoch(), std::move(found));
    commit.put(row::node_epoch(), row::encode_number(epoch));
    auto committed = co_await rows.commit(std::move(commit));
    if (committed) co_return epoch;
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected(std::move(committed).error());
    }
  }
}

}  // namespace

Task<Result<std::unique_ptr<Store>>> open_store(meta::Store& rows, blob::Store& blobs, Pool& pool,
                                                const Clock& clock, Rng& rng,
                                                StoreOptions options) {
  CO_TRY_VOID(co_await check_format(rows));
  CO_TRY(const std::uint64_t epoch, co_await raise_epoch(rows));
  CO_TRY(const Time lock_time, co_await kept_lock_time(rows, clock));
  co_return std::make_unique<EngineStore>(rows, blobs, pool, clock, rng, options, epoch, lock_time);
}

}  // namespace muzn::object
