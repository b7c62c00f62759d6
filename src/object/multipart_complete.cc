// CompleteMultipartUpload: one commit makes the object, its manifest and the record that lets the
// same call again answer the same.
#include <limits>

#include "base/limits.h"
#include "object/conditions.h"
#include "object/lifecycle_rows.h"
#include "object/multipart_plan.h"
#include "object/record_row.h"
#include "object/row_keys.h"
#include "object/uploads.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

// An upload that is gone: by this same call before, or otherwise.
Task<Outcome<Written>> answer_again(Engine& engine, meta::ShardId shard, const CompleteArgs& args) {
  const UploadRef& ref = args.upload;
  if (!is_upload_id(ref.upload_id)) co_return fault(Fault::kNoSuchUpload, ref.upload_id);
  CO_TRY(const auto found, co_await engine.rows.get(shard, row::done(ref.key, ref.upload_id)));
  if (!found) co_return fault(Fault::kNoSuchUpload, ref.upload_id);
  CO_TRY(const row::Done done, row::decode_done(*found));
  if (!done.completed || done.list_hash != part_list_hash(args.parts)) {
    co_return fault(Fault::kNoSuchUpload, ref.upload_id);
  }
  CO_TRY_VOID(judge_checksum(args.checksum, done.checksum));
  co_return Written{done.version_id, done.etag, done.modified, done.size, done.checksum};
}

Version new_version(const Upload& upload, const MultipartPlan& plan, std::string version_id) {
  Version out;
  out.version_id = std::move(version_id);
  out.size = plan.size;
  out.etag = plan.etag;
  out.owner = upload.owner;
  out.acl = upload.acl;
  out.lock = upload.lock;
  out.attributes = upload.attributes;
  out.checksum = plan.checksum;
  out.part_count = static_cast<std::uint32_t>(plan.parts.size());
  return out;
}

row::Done new_done(const CompleteArgs& args, const Version& version) {
  row::Done out;
  out.completed = true;
  out.time = version.modified;
  out.list_hash = part_list_hash(args.parts);
  for (const CompletedPart& part : args.parts) out.used_parts.push_back(part.number);
  out.version_id = version.version_id;
  out.etag = version.etag;
  out.modified = version.modified;
  out.size = version.size;
  out.checksum = version.checksum;
  return out;
}

}  // namespace

Task<Outcome<Written>> complete_upload(Engine& engine, CompleteArgs args) {
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.upload.bucket));
  const UploadRef& ref = args.upload;
  for (int attempt = 1;; ++attempt) {
    auto upload = co_await find_upload(engine, shard.id(), ref);
    if (!upload && upload.error().fault == Fault::kNoSuchUpload) {
      co_return co_await answer_again(engine, shard.id(), args);
    }
    if (!upload) co_return std::unexpected(std::move(upload).error());
    // Parts are read after the upload's row, which the commit compares: none of them can be
    // replaced in between.
    CO_TRY(const auto stored,
           co_await scan_parts(engine, shard.id(), ref, 0, limits::kPartNumberMax));
    if (upload->row.counts) args.room = std::numeric_limits<std::uint64_t>::max();
    CO_TRY(MultipartPlan plan, plan_multipart(upload->row.upload, stored, args));
    Version version =
        new_version(upload->row.upload, plan, version_id_for(engine, shard.bucket.versioning));
    CO_TRY(const Target target,
           co_await read_target(engine, shard.id(), ref.key, version.version_id));
    CO_TRY_VOID(judge_write(args.condition, target.head.current()));
    if (args.default_retention) {
      version.lock = new_lock(version.lock, args.default_retention, engine.locks.begin());
    }
    Content content;
    content.manifest = std::move(plan.parts);
    meta::Commit commit = begin_commit(shard);
    const std::string upload_key = row::upload(ref.key, ref.upload_id);
    commit.require(upload_key, upload->raw);
    CO_TRY_VOID(stage_put(engine, commit, target, version, content));
    commit.erase(upload_key);
    commit.erase(row::initiated(upload->row.upload.initiated, ref.key, ref.upload_id));
    row::Done done = new_done(args, version);
    stage_release(engine, commit, upload->row, stored, done);
    commit.put(row::done(ref.key, ref.upload_id), row::encode(done));
    RecordRow record(engine, args.record, commit, version.version_id);
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) {
      record.kept();
      co_return Written{version.version_id, version.etag, version.modified, version.size,
                        version.checksum};
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
