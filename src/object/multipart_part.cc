// UploadPart: body to a blob, then one commit of the part's row.
#include "base/limits.h"
#include "object/body.h"
#include "object/garbage.h"
#include "object/label.h"
#include "object/row_keys.h"
#include "object/uploads.h"
#include "object/verbs.h"

namespace muzn::object {
namespace {

// The checksum to store with the part: of the upload's algorithm when it has one, computed here
// when the client sent none, so that Complete can make the whole's.
Outcome<std::optional<Checksum>> part_checksum(const Upload& upload, const Body& body) {
  if (!upload.checksum_algorithm) return body.checksum;
  if (body.checksum && body.checksum->algorithm != *upload.checksum_algorithm) {
    return fault(Fault::kRejected, "InvalidRequest");
  }
  Checksum out;
  out.algorithm = *upload.checksum_algorithm;
  out.type = upload.checksum_type;
  out.value = body.digests->get(out.algorithm).value_or("");
  CHECK(!out.value.empty());
  return out;
}

Outcome<Part> new_part(const Engine& engine, int number, const Upload& upload, const Body& body) {
  Part out;
  out.number = number;
  out.segment = body.segment();
  out.md5 = body.md5;
  TRY(out.checksum, part_checksum(upload, body));
  out.modified = engine.clock.now();
  return out;
}

// "" for a part that will be refused.
std::string label_of(const Engine& engine, const Bucket& bucket, int number, const Upload& upload,
                     const Body& body) {
  auto part = new_part(engine, number, upload, body);
  if (!part) return "";
  return encode(Label{bucket.name, bucket.id, upload.key, PartLabel{upload, std::move(*part)}});
}

Task<Outcome<Part>> publish(Engine& engine, OpenShard& shard, const PutPartArgs& args,
                            const Body& body) {
  const std::string row_key = row::part(args.upload.key, args.upload.upload_id, args.number);
  const std::string upload_key = row::upload(args.upload.key, args.upload.upload_id);
  for (;;) {
    CO_TRY(StoredUpload upload, co_await find_upload(engine, shard.id(), args.upload));
    CO_TRY(const auto before, co_await engine.rows.get(shard.id(), row_key));
    CO_TRY(const Part part, new_part(engine, args.number, upload.row.upload, body));
    meta::Commit commit = begin_commit(shard);
    commit.require(upload_key, upload.raw);
    commit.require(row_key, before);
    commit.put(row_key, row::encode(part));
    auto growth = static_cast<std::int64_t>(part.segment.size);
    if (before) {
      CO_TRY(const Part old, row::decode_part(*before));
      ++upload.row.revision;
      commit.put(upload_key, row::encode(upload.row));
      if (old.segment.size > 0) {
        row::Garbage garbage;
        garbage.blob = old.segment.blob;
        stage_garbage(engine, commit, std::move(garbage), old.segment.size);
      }
      growth -= static_cast<std::int64_t>(old.segment.size);
    }
    stage_part_bytes(engine, commit, upload.row, growth);
    if (body.pending) commit.erase(body.pending->row_key);
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return part;
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

}  // namespace

Task<Outcome<Part>> put_part(Engine& engine, PutPartArgs args, ByteSource& body,
                             BodyVerifier& verifier) {
  CHECK(args.number >= 1 && args.number <= limits::kPartNumberMax);
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.upload.bucket));
  CO_TRY(const StoredUpload upload, co_await find_upload(engine, shard.id(), args.upload));
  BodyArgs body_args;
  body_args.size = args.size;
  body_args.size_max = limits::kPartBytesMax;
  if (upload.row.upload.checksum_algorithm) {
    body_args.wanted.push_back(*upload.row.upload.checksum_algorithm);
  }
  body_args.label = [&](const Body& whole) {
    return label_of(engine, shard.bucket, args.number, upload.row.upload, whole);
  };
  CO_TRY(const Body received, co_await receive_body(engine, shard, body_args, body, verifier));
  auto out = co_await publish(engine, shard, args, received);
  // After a storage error the commit may have happened: the pending row tells the sweeper.
  if (!out && out.error().fault != Fault::kStorage && received.pending) {
    co_await drop_blob(engine, *received.pending);
  }
  co_return out;
}

}  // namespace muzn::object
