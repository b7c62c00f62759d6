// DeleteObject: takes one version of a key away.
#include "object/conditions.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

// Removes the head; the newest noncurrent version, if there is one, becomes the head.
Task<Outcome<void>> stage_head_removal(Engine& engine, const OpenShard& shard,
                                       const std::string& key, meta::Commit& commit) {
  const std::string from = row::noncurrent_prefix(key);
  CO_TRY(auto next, co_await engine.rows.scan(shard.id(), from, meta::after_prefix(from), 1));
  if (next.empty()) {
    commit.erase(row::head(key));
  } else {
    // An amendment of a noncurrent version leaves the head as it is.
    commit.require(next.front().key, next.front().value);
    commit.put(row::head(key), std::move(next.front().value));
    commit.erase(std::move(next.front().key));
  }
  co_return Outcome<void>{};
}

Task<Outcome<void>> stage_removal(Engine& engine, const OpenShard& shard, const RemoveArgs& args,
                                  const Head& head, const Version& target, meta::Commit& commit) {
  CO_TRY_VOID(judge_remove(args.condition, target));
  stage_discard(engine, commit, args.key, target);
  if (target.stamp == head.version->stamp) {
    CO_TRY_VOID(co_await stage_head_removal(engine, shard, args.key, commit));
  } else {
    commit.erase(row::noncurrent(args.key, target.stamp));
  }
  co_return Outcome<void>{};
}

}  // namespace

Task<Outcome<Removed>> remove(Engine& engine, RemoveArgs args) {
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.bucket));
  for (int attempt = 1;; ++attempt) {
    CO_TRY(const Head head, co_await read_head(engine, shard.id(), args.key));
    CO_TRY(const auto target,
           co_await find_version(engine, shard.id(), args.key, head, args.version_id));
    meta::Commit commit = begin_commit(shard);
    commit.require(row::head(args.key), head.raw);
    // What is not there is removed by a commit without changes. An answer promises that the key
    // stays absent, which a failed store can't: a put that it could not sync may be back after a
    // restart.
    if (target) CO_TRY_VOID(co_await stage_removal(engine, shard, args, head, *target, commit));
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) {
      co_return target ? Removed{target->delete_marker, target->version_id} : Removed{};
    }
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    if (!args.condition.empty() && attempt >= kConditionalAttempts) {
      co_return fault(Fault::kConflict, "concurrent writes to the key");
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

}  // namespace muzn::object
