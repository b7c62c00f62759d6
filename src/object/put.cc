// PutObject: body to a blob or into the row, then one commit.
#include "codec/base64.h"
#include "object/body.h"
#include "object/conditions.h"
#include "object/label.h"
#include "object/record_row.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

Version new_version(const PutArgs& args, const Body& body, std::string version_id) {
  Version out;
  out.version_id = std::move(version_id);
  out.size = body.size;
  out.etag = codec::hex_encode(body.md5);
  out.owner = args.owner;
  out.acl = args.acl;
  out.lock = args.lock;
  out.attributes = args.attributes;
  out.checksum = body.checksum;
  if (body.pending) {
    out.segments.push_back(body.segment());
  } else {
    out.inline_body = body.size > 0;
  }
  return out;
}

// A retention counts from when the bytes are here. The label says what the row will say.
void settle_lock(Engine& engine, PutArgs& args) {
  if (!args.default_retention) return;
  args.lock = new_lock(args.lock, args.default_retention, engine.locks.begin());
  args.default_retention.reset();
}

std::string label_of(const Engine& engine, const Bucket& bucket, const PutArgs& args,
                     const Body& body, const std::string& version_id) {
  Version version = new_version(args, body, version_id);
  version.modified = engine.clock.now();
  return encode(Label{bucket.name, bucket.id, args.key, ObjectLabel{std::move(version)}});
}

Written written(const Version& version) {
  return {version.version_id, version.etag, version.modified, version.size, version.checksum};
}

// Every attempt reads the key again and judges the condition anew. A lost race means that another
// write won, so the loop of an unconditional write ends.
Task<Outcome<Written>> publish(Engine& engine, OpenShard& shard, const PutArgs& args,
                               Version version, const Content& content) {
  for (int attempt = 1;; ++attempt) {
    // The bucket's versioning may be another than when the body came.
    version.version_id =
        version_id_for(engine, shard.bucket.versioning, std::move(version.version_id));
    CO_TRY(const Target target,
           co_await read_target(engine, shard.id(), args.key, version.version_id));
    CO_TRY_VOID(judge_write(args.condition, target.head.current()));
    meta::Commit commit = begin_commit(shard);
    CO_TRY_VOID(stage_put(engine, commit, target, version, content));
    RecordRow record(engine, args.record, commit, version.version_id);
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) {
      record.kept();
      co_return written(version);
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

}  // namespace

Task<Outcome<Written>> put(Engine& engine, PutArgs args, ByteSource& body, BodyVerifier& verifier) {
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.bucket));
  // The label of its blob has it, too.
  const std::string version_id = version_id_for(engine, shard.bucket.versioning);
  BodyArgs body_args;
  body_args.size = args.size;
  body_args.size_max = args.size_max;
  body_args.inline_max = engine.options.inline_bytes_max;
  body_args.label = [&](const Body& whole) {
    settle_lock(engine, args);
    return label_of(engine, shard.bucket, args, whole, version_id);
  };
  CO_TRY(Body received, co_await receive_body(engine, shard, body_args, body, verifier));
  settle_lock(engine, args);
  const Version version = new_version(args, received, version_id);
  Content content;
  content.inline_bytes = std::move(received.inline_bytes);
  content.published = std::move(received.pending);
  auto out = co_await publish(engine, shard, args, version, content);
  // After a storage error the commit may have happened: the pending row tells the sweeper.
  if (!out && out.error().fault != Fault::kStorage && content.published) {
    co_await drop_blob(engine, *content.published);
  }
  co_return out;
}

}  // namespace muzn::object
