// Changes what may change of a version in place: tags, ACL and lock.
#include "object/lifecycle_rows.h"
#include "object/record_row.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

Outcome<void> amend_lock(Engine& engine, const AmendArgs& args, Lock& lock) {
  if (args.retention) {
    TRY_VOID(judge_retention(lock.retention, *args.retention, engine.locks.now(),
                             args.bypass_governance));
    lock.retention = *args.retention;
  }
  if (args.legal_hold) lock.hold = *args.legal_hold;
  return {};
}

}  // namespace

Task<Outcome<Version>> amend(Engine& engine, AmendArgs args) {
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.bucket));
  for (;;) {
    CO_TRY(const Head head, co_await read_head(engine, shard.id(), args.key));
    CO_TRY(const VersionPtr version,
           co_await find_version(engine, shard.id(), args.key, head, args.version_id));
    if (!version) {
      co_return fault(args.version_id ? Fault::kNoSuchVersion : Fault::kNoSuchKey, args.key);
    }
    if (version->delete_marker) co_return marker_fault(*version, args.version_id);
    if (args.stamp && version->stamp != *args.stamp) co_return fault(Fault::kConflict, args.key);
    const bool current = version->stamp == head.version->stamp;
    const std::string row_key =
        current ? row::head(args.key) : row::noncurrent(args.key, version->stamp);
    meta::Commit commit = begin_commit(shard);
    commit.require(row::head(args.key), head.raw);
    if (!current) commit.require(row_key, row::encode(*version));
    Version amended = *version;
    if (args.tags) amended.attributes.tags = *args.tags;
    if (args.acl) amended.acl = *args.acl;
    CO_TRY_VOID(amend_lock(engine, args, amended.lock));
    commit.put(row_key, row::encode(amended));
    if (args.tags || args.retention || args.legal_hold) {
      CO_TRY_VOID(co_await stage_look_again(engine, shard, commit, args.key, amended.stamp));
    }
    RecordRow record(engine, args.record, commit, amended.version_id);
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) {
      record.kept();
      co_return amended;
    }
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

}  // namespace muzn::object
