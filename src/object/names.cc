#include "object/names.h"

#include "object/row_keys.h"
#include "object/row_values.h"

namespace muzn::object {
namespace {

constexpr std::size_t kScanRows = 256;

class NamesWalk {
 public:
  explicit NamesWalk(Engine& engine) : engine_(engine) {}

  Task<Outcome<BlobNames>> run() {
    CO_TRY_VOID(co_await each_row(meta::kNamesShard, row::kBucketTag, &NamesWalk::bucket));
    CO_TRY_VOID(co_await each_row(meta::kNamesShard, row::kIntentTag, &NamesWalk::intent));
    co_return std::move(out_);
  }

 private:
  using Step = Task<Outcome<void>> (NamesWalk::*)(meta::ShardId shard, const meta::Row& row);

  Task<Outcome<void>> each_row(meta::ShardId shard, char tag, Step step) {
    std::string from(1, tag);
    const std::string to = meta::after_prefix(from);
    for (;;) {
      CO_TRY(const auto rows, co_await engine_.rows.scan(shard, from, to, kScanRows));
      for (const meta::Row& one : rows) CO_TRY_VOID(co_await (this->*step)(shard, one));
      if (rows.size() < kScanRows) co_return Outcome<void>{};
      from = rows.back().key + '\0';
    }
  }

  Task<Outcome<void>> bucket(meta::ShardId, const meta::Row& row) {
    CO_TRY(const Bucket found, row::decode_bucket(row.value));
    co_return co_await shard(found.shard);
  }

  // A shard that is dead or has no name yet: what it names, the sweeper discards.
  Task<Outcome<void>> intent(meta::ShardId, const meta::Row& row) {
    CO_TRY(const row::Intent found, row::decode_intent(row.value));
    co_return co_await shard(found.shard);
  }

  Task<Outcome<void>> shard(meta::ShardId id) {
    CO_TRY_VOID(co_await each_row(id, row::kHeadTag, &NamesWalk::version));
    CO_TRY_VOID(co_await each_row(id, row::kVersionTag, &NamesWalk::version));
    CO_TRY_VOID(co_await each_row(id, row::kManifestTag, &NamesWalk::manifest));
    CO_TRY_VOID(co_await each_row(id, row::kPartTag, &NamesWalk::part));
    CO_TRY_VOID(co_await each_row(id, row::kGarbageTag, &NamesWalk::garbage));
    co_return co_await each_row(id, row::kPendingTag, &NamesWalk::pending);
  }

  void own(const Segment& segment) {
    if (segment.size > 0) out_.owned.insert(segment.blob);
  }

  Task<Outcome<void>> version(meta::ShardId, const meta::Row& row) {
    CO_TRY(const Version found, row::decode_version(row.value));
    for (const Segment& segment : found.segments) own(segment);
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> manifest(meta::ShardId, const meta::Row& row) {
    CO_TRY(const auto parts, row::decode_manifest(row.value));
    for (const Part& one : parts) own(one.segment);
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> part(meta::ShardId, const meta::Row& row) {
    CO_TRY(const Part found, row::decode_part(row.value));
    own(found.segment);
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> garbage(meta::ShardId, const meta::Row& row) {
    CO_TRY(const row::Garbage found, row::decode_garbage(row.value));
    if (!found.blob.empty()) out_.owned.insert(found.blob);
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> pending(meta::ShardId shard, const meta::Row& row) {
    CO_TRY(const blob::BlobId blob, row::decode_pending(row.value));
    out_.pending[blob] = Pending{shard, row.key, blob};
    co_return Outcome<void>{};
  }

  Engine& engine_;
  BlobNames out_;
};

}  // namespace

Task<Outcome<BlobNames>> collect_names(Engine& engine) {
  NamesWalk walk(engine);
  co_return co_await walk.run();
}

}  // namespace muzn::object
