// Documents about a bucket: rows of its own shard, so that they vanish with it.
#include "object/lifecycle.h"
#include "object/lifecycle_rows.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/verbs.h"

namespace muzn::object {

Task<Outcome<std::optional<std::string>>> get_document(Engine& engine, Bucket bucket,
                                                       std::string name) {
  CO_TRY(const auto found, co_await engine.rows.get(bucket.shard, row::document(name)));
  // Judged after the read: rows of a deleted bucket stay until they are swept.
  CO_TRY(const Bucket now, co_await find_bucket(engine, bucket.name));
  if (now.id != bucket.id) co_return fault(Fault::kNoSuchBucket, bucket.name);
  if (!found) co_return std::optional<std::string>();
  CO_TRY(std::string document, row::decode_document(*found));
  co_return std::optional<std::string>(std::move(document));
}

Task<Outcome<void>> put_document(Engine& engine, Bucket bucket, std::string name,
                                 std::optional<std::string> document) {
  OpenShard shard;
  shard.bucket = std::move(bucket);
  for (;;) {
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
    meta::Commit commit = begin_commit(shard);
    if (document) {
      commit.put(row::document(name), row::encode_document(*document));
    } else {
      commit.erase(row::document(name));
    }
    // Other rules, and also the same ones after a time without: all is judged by them.
    if (name == kLifecycleName) commit.erase(row::lifecycle_state());
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return Outcome<void>{};
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
  }
}

}  // namespace muzn::object
