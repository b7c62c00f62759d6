// DeleteObject: takes one version of a key away, or hides the key behind a delete marker.
#include "object/conditions.h"
#include "object/lifecycle.h"
#include "object/lifecycle_rows.h"
#include "object/record_row.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/version_id.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

// Stages a removal into a commit, and tells what it answers once that is done. An error when it may
// not be.
using Staged = Task<Outcome<Removed>>;

// Rules that have changed, or a version that has: it is not to go by them.
Outcome<void> judge_rule(const ByRule* rule, const Version* version) {
  if (rule == nullptr || (version != nullptr && rule->is_due(*version))) return {};
  return fault(Fault::kConflict, "not due any more");
}

Task<Outcome<void>> stage_rule(Engine& engine, const OpenShard& shard, const ByRule* rule,
                               meta::Commit& commit) {
  if (rule == nullptr) co_return Outcome<void>{};
  std::string row_key = row::document(kLifecycleName);
  std::string wanted = row::encode_document(rule->document);
  CO_TRY(const auto found, co_await engine.rows.get(shard.id(), row_key));
  if (found != wanted) co_return fault(Fault::kConflict, "the rules are others by now");
  commit.require(std::move(row_key), std::move(wanted));
  co_return Outcome<void>{};
}

// The newest noncurrent version, if there is one, becomes the head.
Task<Outcome<void>> stage_promotion(Engine& engine, const OpenShard& shard, const std::string& key,
                                    meta::Commit& commit) {
  const std::string from = row::noncurrent_prefix(key);
  CO_TRY(const auto next, co_await engine.rows.scan(shard.id(), from, meta::after_prefix(from), 1));
  if (next.empty()) {
    commit.erase(row::head(key));
    co_return Outcome<void>{};
  }
  CO_TRY(Version version, row::decode_version(next.front().value));
  stage_unlist(commit, key, version);
  version.noncurrent_since.reset();
  CO_TRY_VOID(co_await stage_look_again(engine, shard, commit, key, version.stamp));
  commit.put(row::head(key), row::encode(version));
  co_return Outcome<void>{};
}

// What is not there is removed by a commit without changes. An answer promises that the key stays
// absent, which a failed store can't: a put that it could not sync may be back after a restart.
Staged stage_removal(Engine& engine, const OpenShard& shard, const RemoveArgs& args,
                     meta::Commit& commit) {
  CO_TRY(const Head head, co_await read_head(engine, shard.id(), args.key));
  CO_TRY(const auto target,
         co_await find_version(engine, shard.id(), args.key, head, args.version_id));
  commit.require(row::head(args.key), head.raw);
  CO_TRY_VOID(judge_rule(args.by_rule, target.get()));
  if (!target) {
    const std::string asked = args.version_id.value_or("");
    co_return Removed{.delete_marker = false, .version_id = asked == kNullVersion ? "" : asked};
  }
  CO_TRY_VOID(judge_remove(args.condition, *target));
  const bool is_head = target->stamp == head.version->stamp;
  CO_TRY_VOID(stage_discard(engine, commit, args.key, *target, is_head, args.bypass_governance));
  if (is_head) CO_TRY_VOID(co_await stage_promotion(engine, shard, args.key, commit));
  // A delete marker may be all that is left of the key now.
  if (!is_head && head.version->delete_marker) {
    CO_TRY_VOID(co_await stage_look_again(engine, shard, commit, args.key, head.version->stamp));
  }
  co_return Removed{.delete_marker = target->delete_marker, .version_id = target->version_id};
}

Staged stage_marker(Engine& engine, const OpenShard& shard, const RemoveArgs& args,
                    meta::Commit& commit) {
  Version marker;
  marker.delete_marker = true;
  marker.version_id = version_id_for(engine, shard.bucket.versioning);
  marker.owner = args.owner.empty() ? shard.bucket.owner : args.owner;
  CO_TRY(const Target target,
         co_await read_target(engine, shard.id(), args.key, marker.version_id));
  CO_TRY_VOID(judge_rule(args.by_rule, target.head.current()));
  if (target.head.version) CO_TRY_VOID(judge_remove(args.condition, *target.head.version));
  CO_TRY_VOID(stage_put(engine, commit, target, marker, {}));
  co_return Removed{.delete_marker = true, .version_id = std::move(marker.version_id)};
}

}  // namespace

Task<Outcome<Removed>> remove(Engine& engine, RemoveArgs args) {
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.bucket));
  for (int attempt = 1;; ++attempt) {
    meta::Commit commit = begin_commit(shard);
    CO_TRY_VOID(co_await stage_rule(engine, shard, args.by_rule, commit));
    const bool hides = !args.version_id && shard.bucket.versioning != Versioning::kNever;
    CO_TRY(Removed removed, hides ? co_await stage_marker(engine, shard, args, commit)
                                  : co_await stage_removal(engine, shard, args, commit));
    RecordRow record(engine, args.record, commit, removed.version_id);
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) {
      record.kept();
      co_return removed;
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
