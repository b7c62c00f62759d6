#include "object/kept_records.h"

#include <functional>
#include <string>

#include "audit/outbox_row.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "tlog/log.h"

namespace muzn::object {
namespace {

constexpr std::size_t kScanRows = 256;

class Walk {
 public:
  explicit Walk(meta::Store& rows) : rows_(rows) {}

  Task<Result<std::vector<audit::Outgoing>>> run() {
    CO_TRY_VOID(co_await each_row(meta::kNamesShard, row::kBucketTag, &Walk::bucket));
    CO_TRY_VOID(co_await each_row(meta::kNamesShard, row::kIntentTag, &Walk::intent));
    co_return std::move(out_);
  }

 private:
  using Step = Task<Result<void>> (Walk::*)(meta::ShardId shard, const meta::Row& row);

  Task<Result<void>> each_row(meta::ShardId shard, char tag, Step step) {
    std::string from(1, tag);
    const std::string to = meta::after_prefix(from);
    for (;;) {
      CO_TRY(const auto rows, co_await rows_.scan(shard, from, to, kScanRows));
      for (const meta::Row& one : rows) CO_TRY_VOID(co_await (this->*step)(shard, one));
      if (rows.size() < kScanRows) co_return Result<void>{};
      from = rows.back().key + '\0';
    }
  }

  Task<Result<void>> bucket(meta::ShardId, const meta::Row& row) {
    CO_TRY(const Bucket found, row::decode_bucket(row.value));
    co_return co_await each_row(found.shard, row::kRecordTag, &Walk::record);
  }

  // A bucket that lost its name, and still has its rows.
  Task<Result<void>> intent(meta::ShardId, const meta::Row& row) {
    CO_TRY(const row::Intent found, row::decode_intent(row.value));
    if (found.kind != row::Intent::Kind::kDead) co_return Result<void>{};
    co_return co_await each_row(found.shard, row::kRecordTag, &Walk::record);
  }

  Task<Result<void>> record(meta::ShardId shard, const meta::Row& row) {
    CO_TRY(audit::OutboxRow read, audit::decode_outbox(row.value));
    const merkle::Hash hash = merkle::leaf_hash(read.line);
    out_.push_back({.shard = shard,
                    .row_key = row.key,
                    .handle = std::move(read.handle),
                    .entry = {.line = std::move(read.line), .hash = hash}});
    co_return Result<void>{};
  }

  meta::Store& rows_;
  std::vector<audit::Outgoing> out_;
};

}  // namespace

bool is_kept_record(meta::ShardId shard, std::string_view key) {
  return shard >= meta::kFirstBucketShard && !tlog::is_log_shard(shard) &&
         key.starts_with(row::kRecordTag);
}

Task<Result<std::vector<audit::Outgoing>>> kept_records(meta::Store& rows) {
  Walk walk(rows);
  co_return co_await walk.run();
}

}  // namespace muzn::object
