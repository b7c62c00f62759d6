// RenameObject: an object goes to another key of its bucket, by one commit. Its bytes stay where
// they are, also for whoever reads them: holds are of blobs, and blobs know no key (object/get.cc).
#include "object/conditions.h"
#include "object/lifecycle_rows.h"
#include "object/record_row.h"
#include "object/row_keys.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

Outcome<void> check_bucket(const Bucket& bucket) {
  if (bucket.versioning == Versioning::kNever) return {};
  return fault(Fault::kBucketState, "a key's versions stay with it");
}

// Whether this very request was done before; else stages that it is.
Task<Outcome<bool>> stage_once(Engine& engine, const OpenShard& shard, const RenameArgs& args,
                               meta::Commit& commit) {
  if (args.token.empty()) co_return false;
  const std::string row_key = row::renamed(args.token);
  CO_TRY(const auto found, co_await engine.rows.get(shard.id(), row_key));
  if (found) {
    CO_TRY(const row::Renamed before, row::decode_renamed(*found));
    if (before.asked != args.asked) co_return fault(Fault::kTokenReused, "another rename's token");
    co_return true;
  }
  commit.require(row_key, std::nullopt);
  commit.put(row_key, row::encode(row::Renamed{engine.clock.now(), args.asked}));
  co_return false;
}

// What lies beside the version's row; nullopt: it is not there.
Task<Outcome<std::optional<Content>>> load_content(Engine& engine, const OpenShard& shard,
                                                   const Target& source) {
  const Version& version = *source.head.version;
  Content out;
  if (version.inline_body) {
    CO_TRY(auto bytes, co_await engine.rows.get(shard.id(), row::body(source.key, version.stamp)));
    if (!bytes) co_return std::nullopt;
    out.inline_bytes = std::move(*bytes);
  }
  if (version.part_count > 0) {
    CO_TRY(const auto found,
           co_await engine.rows.get(shard.id(), row::manifest(source.key, version.stamp)));
    if (!found) co_return std::nullopt;
    CO_TRY(out.manifest, row::decode_manifest(*found));
  }
  co_return out;
}

// False: another write came between two reads.
Task<Outcome<bool>> stage_rename(Engine& engine, const OpenShard& shard, const RenameArgs& args,
                                 meta::Commit& commit) {
  CO_TRY(const Target source, co_await read_target(engine, shard.id(), args.source, ""));
  if (!source.head.version) co_return fault(Fault::kNoSuchKey, args.source);
  CO_TRY(const Target target, co_await read_target(engine, shard.id(), args.key, ""));
  if (args.judge) CO_TRY_VOID(args.judge(*source.head.version, target.head.current()));
  CO_TRY(const auto content, co_await load_content(engine, shard, source));
  if (!content) {
    CO_TRY(const Head now, co_await read_head(engine, shard.id(), args.source));
    if (now.raw != source.head.raw) co_return false;
    co_return std::unexpected(Failure(Error{Code::kCorrupt, "a body or manifest is missing"}));
  }
  Version next = *source.head.version;
  CO_TRY_VOID(stage_move(engine, commit, source, target, next, *content));
  CO_TRY_VOID(co_await stage_look_again(engine, shard, commit, args.key, next.stamp));
  co_return true;
}

}  // namespace

Task<Outcome<void>> rename_object(Engine& engine, RenameArgs args) {
  CHECK(args.source != args.key);
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.bucket));
  for (int attempt = 1;; ++attempt) {
    meta::Commit commit = begin_commit(shard);
    CO_TRY(const bool is_done, co_await stage_once(engine, shard, args, commit));
    if (is_done) co_return Outcome<void>{};
    CO_TRY_VOID(check_bucket(shard.bucket));
    CO_TRY(const bool is_staged, co_await stage_rename(engine, shard, args, commit));
    if (is_staged) {
      RecordRow record(engine, args.record, commit);
      auto committed = co_await engine.rows.commit(std::move(commit));
      if (committed) {
        record.kept();
        co_return Outcome<void>{};
      }
      if (committed.error().code != Code::kPrecondition) {
        co_return std::unexpected<Failure>(std::move(committed).error());
      }
    }
    if (args.judge && attempt >= kConditionalAttempts) {
      co_return fault(Fault::kConflict, "concurrent writes to the keys");
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

}  // namespace muzn::object
