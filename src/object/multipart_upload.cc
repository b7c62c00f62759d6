// Uploads: create, get, list, list parts, abort.
#include <algorithm>

#include "base/limits.h"
#include "object/lifecycle_rows.h"
#include "object/record_row.h"
#include "object/row_keys.h"
#include "object/scan.h"
#include "object/shard.h"
#include "object/uploads.h"
#include "object/verbs.h"

namespace muzn::object {

Task<Outcome<Upload>> create_upload(Engine& engine, CreateUpload args) {
  if (args.checksum_algorithm && args.checksum_type == ChecksumType::kFullObject &&
      !crypto::is_linear(*args.checksum_algorithm)) {
    co_return fault(Fault::kRejected, "InvalidRequest");
  }
  CO_TRY(OpenShard shard, co_await open_shard(engine, args.bucket));
  row::UploadRow stored;
  stored.counts = true;
  Upload& upload = stored.upload;
  upload.key = args.key;
  upload.owner = args.owner;
  upload.initiator = args.initiator;
  upload.initiated = engine.clock.now();
  upload.id = new_upload_id(engine, upload.initiated);
  upload.attributes = args.attributes;
  upload.checksum_algorithm = args.checksum_algorithm;
  upload.checksum_type = args.checksum_type;
  upload.acl = args.acl;
  upload.lock = args.lock;
  for (;;) {
    meta::Commit commit = begin_commit(shard);
    commit.require(row::upload(upload.key, upload.id), std::nullopt);
    commit.put(row::upload(upload.key, upload.id), row::encode(stored));
    commit.put(row::initiated(upload.initiated, upload.key, upload.id), "");
    RecordRow record(engine, args.record, commit);
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) {
      record.kept();
      co_return upload;
    }
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

Task<Outcome<Upload>> get_upload(Engine& engine, UploadRef upload) {
  CO_TRY(const Bucket bucket, co_await find_bucket(engine, upload.bucket));
  CO_TRY(StoredUpload stored, co_await find_upload(engine, bucket.shard, upload));
  co_return std::move(stored.row.upload);
}

Task<Outcome<PartsPage>> list_parts(Engine& engine, UploadRef upload, int after_number,
                                    std::size_t limit) {
  CO_TRY(const Bucket bucket, co_await find_bucket(engine, upload.bucket));
  CO_TRY(StoredUpload stored, co_await find_upload(engine, bucket.shard, upload));
  PartsPage page;
  page.upload = std::move(stored.row.upload);
  after_number = std::max(after_number, 0);
  if (limit == 0 || after_number >= limits::kPartNumberMax) co_return page;
  CO_TRY(page.parts, co_await scan_parts(engine, bucket.shard, upload, after_number, limit + 1));
  page.truncated = page.parts.size() > limit;
  if (page.truncated) page.parts.pop_back();
  co_return page;
}

Task<Outcome<UploadsPage>> list_uploads(Engine& engine, ListUploads args) {
  CO_TRY(const Bucket bucket, co_await find_bucket(engine, args.bucket));
  ListQuery query;
  query.prefix = args.prefix;
  query.delimiter = args.delimiter;
  query.after = args.key_marker;
  query.limit = args.limit;
  if (!args.key_marker.empty() && !args.upload_id_marker.empty()) {
    query.resume = row::escape(args.key_marker) + args.upload_id_marker + '\0';
  }
  Lister lister(std::move(query));
  CO_TRY(auto raw, co_await run_listing(engine, bucket.shard, row::kUploadTag, lister));
  UploadsPage page;
  for (const Lister::Entry& entry : raw.entries) {
    CO_TRY(row::UploadRow stored, row::decode_upload(entry.value));
    page.uploads.push_back(std::move(stored.upload));
  }
  page.common_prefixes = std::move(raw.common_prefixes);
  page.truncated = raw.truncated;
  if (raw.truncated) page.next_key_marker = std::move(raw.last);
  if (raw.truncated && !raw.last_is_prefix) page.next_upload_id_marker = page.uploads.back().id;
  co_return page;
}

Task<Outcome<void>> abort_upload(Engine& engine, UploadRef upload) {
  CO_TRY(OpenShard shard, co_await open_shard(engine, upload.bucket));
  for (;;) {
    CO_TRY(StoredUpload stored, co_await find_upload(engine, shard.id(), upload));
    std::vector<Part> parts;
    if (stored.row.counts) {
      CO_TRY(parts, co_await scan_parts(engine, shard.id(), upload, 0, limits::kPartNumberMax));
    }
    row::Done done;
    done.time = engine.clock.now();
    done.modified = done.time;
    meta::Commit commit = begin_commit(shard);
    const std::string row_key = row::upload(upload.key, upload.upload_id);
    commit.require(row_key, std::move(stored.raw));
    commit.erase(row_key);
    commit.erase(row::initiated(stored.row.upload.initiated, upload.key, upload.upload_id));
    stage_release(engine, commit, stored.row, parts, done);
    commit.put(row::done(upload.key, upload.upload_id), row::encode(done));
    auto committed = co_await engine.rows.commit(std::move(commit));
    if (committed) co_return Outcome<void>{};
    if (committed.error().code != Code::kPrecondition) {
      co_return std::unexpected<Failure>(std::move(committed).error());
    }
    CO_TRY_VOID(co_await reopen_shard(engine, shard));
  }
}

}  // namespace muzn::object
