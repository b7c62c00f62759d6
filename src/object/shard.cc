#include "object/shard.h"

#include "object/row_keys.h"

namespace muzn::object {
namespace {

// Does the shard hold a version of any key?
Task<Outcome<bool>> is_empty(Engine& engine, meta::ShardId shard) {
  for (const char tag : {row::kHeadTag, row::kVersionTag}) {
    const std::string from(1, tag);
    CO_TRY(const auto rows, co_await engine.rows.scan(shard, from, meta::after_prefix(from), 1));
    if (!rows.empty()) co_return false;
  }
  co_return true;
}

// Or finds that another changed the row meanwhile.
Task<Outcome<void>> raise_config_epoch(Engine& engine, const OpenShard& shard, row::Shard row) {
  row.config_epoch = shard.bucket.config_epoch;
  meta::Commit commit = begin_commit(shard);
  commit.put(row::shard(), row::encode(row));
  auto committed = co_await engine.rows.commit(std::move(commit));
  if (!committed && committed.error().code != Code::kPrecondition) {
    co_return std::unexpected<Failure>(std::move(committed).error());
  }
  co_return Outcome<void>{};
}

}  // namespace

Task<Outcome<Bucket>> find_bucket(Engine& engine, std::string name) {
  CO_TRY(const auto found, co_await engine.rows.get(meta::kNamesShard, row::bucket(name)));
  if (!found) co_return fault(Fault::kNoSuchBucket, name);
  CO_TRY(Bucket bucket, row::decode_bucket(*found));
  co_return bucket;
}

Task<Outcome<OpenShard>> open_shard(Engine& engine, std::string bucket) {
  std::uint64_t missed_epoch = 0;
  for (;;) {
    OpenShard out;
    CO_TRY(out.bucket, co_await find_bucket(engine, bucket));
    CO_TRY(auto found, co_await engine.rows.get(out.id(), row::shard()));
    if (!found) co_return fault(Fault::kNoSuchBucket, bucket);
    CO_TRY(const row::Shard shard, row::decode_shard(*found));
    if (shard.state == row::ShardState::kOpen) {
      out.row = std::move(*found);
      if (shard.config_epoch == out.bucket.config_epoch) co_return out;
      if (shard.config_epoch < out.bucket.config_epoch) {
        CO_TRY_VOID(co_await raise_config_epoch(engine, out, shard));
      } else if (std::exchange(missed_epoch, shard.config_epoch) == shard.config_epoch) {
        co_return std::unexpected(Failure(Error{Code::kCorrupt, "a bucket's record is too old"}));
      }
      continue;  // an act came between the two reads, or was not finished
    }
    if (shard.state == row::ShardState::kSealed) {
      CO_TRY(const row::ShardState state, co_await decide_sealed(engine, out.bucket));
      if (state != row::ShardState::kDead) continue;
    }
    CO_TRY_VOID(co_await bury(engine, out.bucket));
    co_return fault(Fault::kNoSuchBucket, bucket);
  }
}

Task<Outcome<void>> reopen_shard(Engine& engine, OpenShard& shard) {
  CO_TRY(OpenShard fresh, co_await open_shard(engine, shard.bucket.name));
  if (fresh.bucket.id != shard.bucket.id) {
    co_return fault(Fault::kNoSuchBucket, shard.bucket.name);
  }
  shard = std::move(fresh);
  co_return Outcome<void>{};
}

row::Intent new_intent(Engine& engine, row::Intent::Kind kind, const Bucket& bucket) {
  row::Intent out;
  out.kind = kind;
  out.epoch = engine.epoch;
  out.shard = bucket.shard;
  out.bucket_name = bucket.name;
  out.bucket_id = bucket.id;
  out.time = engine.clock.now();
  return out;
}

Task<Outcome<row::ShardState>> decide_sealed(Engine& engine, Bucket bucket) {
  for (;;) {
    CO_TRY(auto found, co_await engine.rows.get(bucket.shard, row::shard()));
    if (!found) co_return row::ShardState::kDead;
    CO_TRY(row::Shard shard, row::decode_shard(*found));
    if (shard.state != row::ShardState::kSealed) co_return shard.state;
    CO_TRY(const bool empty, co_await is_empty(engine, bucket.shard));
    shard.state = empty ? row::ShardState::kDead : row::ShardState::kOpen;
    ++shard.epoch;
    meta::Commit commit;
    commit.shard = bucket.shard;
    commit.require(row::shard(), std::move(found));
    commit.put(row::shard(), row::encode(shard));
    const auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return shard.state;
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(committed.error());
    }
  }
}

Task<Outcome<void>> bury(Engine& engine, Bucket bucket) {
  for (;;) {
    CO_TRY(auto found, co_await engine.rows.get(meta::kNamesShard, row::bucket(bucket.name)));
    if (!found) co_return Outcome<void>{};
    CO_TRY(const Bucket now, row::decode_bucket(*found));
    if (now.id != bucket.id) co_return Outcome<void>{};
    const row::Intent intent = new_intent(engine, row::Intent::Kind::kDead, bucket);
    meta::Commit commit;
    commit.shard = meta::kNamesShard;
    commit.require(row::bucket(bucket.name), std::move(found));
    commit.erase(row::bucket(bucket.name));
    commit.erase(row::owned_bucket(now.owner, bucket.name));
    commit.put(row::intent(bucket.shard), row::encode(intent));
    const auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return Outcome<void>{};
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(committed.error());
    }
  }
}

meta::Commit begin_commit(const OpenShard& shard) {
  meta::Commit commit;
  commit.shard = shard.id();
  commit.require(row::shard(), shard.row);
  return commit;
}

}  // namespace muzn::object
