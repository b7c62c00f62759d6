// Buckets: create, list, usage, amend, delete.
#include "object/account_totals.h"
#include "object/lock_time.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/verbs.h"

namespace muzn::object {
namespace {

constexpr std::size_t kBucketIdBytes = 16;
constexpr std::size_t kScanRows = 256;

// Numbers a new shard, with the intent that lets the sweeper find it if the name never comes.
Task<Outcome<meta::ShardId>> number_shard(Engine& engine, Bucket bucket) {
  for (;;) {
    CO_TRY(auto found, co_await engine.rows.get(meta::kNamesShard, row::shard_counter()));
    std::uint64_t next = meta::kFirstBucketShard;
    if (found) {
      CO_TRY(next, row::decode_number(*found));
    }
    bucket.shard = next;
    const row::Intent intent = new_intent(engine, row::Intent::Kind::kCreate, bucket);
    meta::Commit commit;
    commit.shard = meta::kNamesShard;
    commit.require(row::shard_counter(), std::move(found));
    commit.put(row::shard_counter(), row::encode_number(next + 1));
    commit.put(row::intent(next), row::encode(intent));
    const auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return meta::ShardId{next};
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(committed.error());
    }
  }
}

Task<Outcome<void>> forget_intent(Engine& engine, meta::ShardId shard) {
  meta::Commit commit;
  commit.shard = meta::kNamesShard;
  commit.erase(row::intent(shard));
  CO_TRY_VOID(co_await engine.rows.commit(std::move(commit)));
  co_return Outcome<void>{};
}

// Why the name can't be had; success when it is free (by now).
Task<Outcome<void>> judge_name(Engine& engine, const CreateBucket& args) {
  auto shard = co_await open_shard(engine, args.name);
  if (!shard && shard.error().fault == Fault::kNoSuchBucket) co_return Outcome<void>{};
  if (!shard) co_return std::unexpected(std::move(shard).error());
  co_return fault(
      shard->bucket.owner == args.owner ? Fault::kBucketOwnedByYou : Fault::kBucketExists,
      args.name);
}

Bucket new_bucket(Engine& engine, const CreateBucket& args) {
  Bucket bucket;
  bucket.name = args.name;
  bucket.id = engine.rng.bytes(kBucketIdBytes);
  bucket.owner = args.owner;
  bucket.region = args.region;
  bucket.created = engine.clock.now();
  bucket.ownership = args.ownership;
  bucket.versioning = args.versioning;
  bucket.object_lock = args.object_lock;
  if (args.object_lock) bucket.versioning = Versioning::kEnabled;  // AWS: CreateBucket
  bucket.acl = args.acl;
  bucket.public_access_block = args.public_access_block;
  return bucket;
}

Task<Outcome<void>> write_shard_row(Engine& engine, Bucket bucket, Pairs documents) {
  row::Shard shard;
  shard.bucket_id = bucket.id;
  shard.config_epoch = bucket.config_epoch;
  meta::Commit commit;
  commit.shard = bucket.shard;
  commit.require(row::shard(), std::nullopt);
  commit.put(row::shard(), row::encode(shard));
  for (const auto& [name, document] : documents) {
    commit.put(row::document(name), row::encode_document(document));
  }
  CO_TRY_VOID(co_await engine.rows.commit(std::move(commit)));
  co_return Outcome<void>{};
}

// A lock is of a version, and in a bucket that replaces its null version it could not hold.
Outcome<void> judge_amendment(const Bucket& bucket, const AmendBucket& args) {
  const bool enabled = args.versioning.value_or(bucket.versioning) == Versioning::kEnabled;
  if (enabled || !(bucket.object_lock || args.object_lock.value_or(false))) return {};
  return fault(Fault::kBucketState, "Object Lock needs versioning");
}

// Seals the shard. False when its row has changed meanwhile.
Task<Outcome<bool>> seal(Engine& engine, const OpenShard& shard) {
  CO_TRY(row::Shard state, row::decode_shard(shard.row));
  state.state = row::ShardState::kSealed;
  ++state.epoch;
  meta::Commit commit = begin_commit(shard);
  commit.put(row::shard(), row::encode(state));
  auto committed = co_await engine.rows.commit(std::move(commit));
  if (!committed && committed.error().code != Code::kPrecondition) {
    co_return std::unexpected<Failure>(std::move(committed).error());
  }
  co_return committed.has_value();
}

// False when the bucket's record has changed meanwhile.
Task<Outcome<bool>> announce_delete(Engine& engine, Bucket bucket) {
  const row::Intent intent = new_intent(engine, row::Intent::Kind::kDelete, bucket);
  meta::Commit commit;
  commit.shard = meta::kNamesShard;
  commit.require(row::bucket(bucket.name), row::encode(bucket));
  commit.put(row::intent(bucket.shard), row::encode(intent));
  auto committed = co_await engine.rows.commit(std::move(commit));
  if (!committed && committed.error().code != Code::kPrecondition) {
    co_return std::unexpected<Failure>(std::move(committed).error());
  }
  co_return committed.has_value();
}

}  // namespace

// Its rows name keys, and hold small bodies.
Outcome<void> may_have_rows(const Engine& engine, const Bucket& bucket) {
  TRY_VOID(engine.places(bucket));
  return {};
}

Task<Outcome<Bucket>> create_bucket(Engine& engine, CreateBucket args) {
  if (args.object_lock) CO_TRY_VOID(co_await keep_lock_time(engine));
  for (;;) {
    CO_TRY_VOID(co_await judge_name(engine, args));
    Bucket bucket = new_bucket(engine, args);
    CO_TRY_VOID(may_have_rows(engine, bucket));
    CO_TRY(bucket.shard, co_await number_shard(engine, bucket));
    CO_TRY_VOID(co_await write_shard_row(engine, bucket, args.documents));
    meta::Commit commit;
    commit.shard = meta::kNamesShard;
    commit.require(row::bucket(bucket.name), std::nullopt);
    commit.put(row::bucket(bucket.name), row::encode(bucket));
    commit.put(row::owned_bucket(bucket.owner, bucket.name), row::encode_number(bucket.shard));
    commit.erase(row::intent(bucket.shard));
    const auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return bucket;
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(committed.error());
    }
    // Another took the name meanwhile.
    CO_TRY_VOID(co_await engine.rows.destroy(bucket.shard));
    CO_TRY_VOID(co_await forget_intent(engine, bucket.shard));
  }
}

Task<Outcome<BucketPage>> list_buckets(Engine& engine, std::string owner, std::string prefix,
                                       std::string after, std::size_t limit) {
  const std::string base = row::owned_prefix(owner);
  const std::string to = meta::after_prefix(base + prefix);
  std::string from = base + prefix;
  if (!after.empty()) from = std::max(from, (base + after).append(1, '\0'));
  BucketPage page;
  while (limit > 0) {
    CO_TRY(const auto rows, co_await engine.rows.scan(meta::kNamesShard, from, to, kScanRows));
    for (const meta::Row& owned : rows) {
      auto bucket = co_await find_bucket(engine, owned.key.substr(base.size()));
      if (!bucket && bucket.error().fault == Fault::kNoSuchBucket) continue;  // deleted meanwhile
      if (!bucket) co_return std::unexpected(std::move(bucket).error());
      if (bucket->owner != owner) continue;  // and created by another
      if (page.buckets.size() == limit) {
        page.truncated = true;
        co_return page;
      }
      page.buckets.push_back(std::move(*bucket));
    }
    if (rows.size() < kScanRows) break;
    from = rows.back().key + '\0';
  }
  co_return page;
}

Task<Outcome<Usage>> usage(Engine& engine, std::string bucket_name) {
  CO_TRY(const Bucket bucket, co_await find_bucket(engine, bucket_name));
  CO_TRY(const auto found, co_await shard_usage(engine.rows, bucket.shard));
  co_return found.value_or(Usage{});  // it is being deleted, which it is only when it is empty
}

// An act that all writes have to know of raises the config epoch: first in the bucket's record,
// then in the shard row (by open_shard(), or by whoever meets the bucket in between), which every
// commit compares. So a write that read the older record either commits before the act is answered,
// or fails and reads again.
Task<Outcome<Bucket>> amend_bucket(Engine& engine, AmendBucket args) {
  const std::string row_key = row::bucket(args.name);
  if (args.object_lock) CO_TRY_VOID(co_await keep_lock_time(engine));
  for (;;) {
    CO_TRY(Bucket bucket, co_await find_bucket(engine, args.name));
    if (bucket.id != args.id) co_return fault(Fault::kNoSuchBucket, args.name);
    meta::Commit commit;
    commit.shard = meta::kNamesShard;
    commit.require(row_key, row::encode(bucket));
    CO_TRY_VOID(judge_amendment(bucket, args));
    if (args.ownership) bucket.ownership = *args.ownership;
    if (args.acl) bucket.acl = *args.acl;
    if (args.logging) bucket.logging = *args.logging;
    if (args.versioning && bucket.versioning != *args.versioning) {
      bucket.versioning = *args.versioning;
      ++bucket.config_epoch;
    }
    if (args.object_lock) bucket.object_lock = bucket.object_lock || *args.object_lock;
    commit.put(row_key, row::encode(bucket));
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed && args.versioning) CO_TRY_VOID(co_await open_shard(engine, args.name));
    if (committed) co_return bucket;
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
  }
}

Task<Outcome<void>> delete_bucket(Engine& engine, std::string name) {
  for (;;) {
    CO_TRY(const OpenShard shard, co_await open_shard(engine, name));
    CO_TRY(const bool announced, co_await announce_delete(engine, shard.bucket));
    if (!announced) continue;
    CO_TRY(const bool sealed, co_await seal(engine, shard));
    CO_TRY(const row::ShardState state, co_await decide_sealed(engine, shard.bucket));
    if (state == row::ShardState::kDead) co_return co_await bury(engine, shard.bucket);
    if (!sealed) continue;  // another's delete judged an earlier moment
    CO_TRY_VOID(co_await forget_intent(engine, shard.bucket.shard));
    co_return fault(Fault::kBucketNotEmpty, name);
  }
}

}  // namespace muzn::object
