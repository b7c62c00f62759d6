// Opening a version to read it.
#include "object/row_keys.h"
#include "object/segment_source.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

class StoredVersion final : public OpenVersion {
 public:
  StoredVersion(Engine& engine, meta::ShardId shard, std::string key, Version version,
                std::string inline_bytes)
      : engine_(engine),
        shard_(shard),
        key_(std::move(key)),
        version_(std::move(version)),
        inline_bytes_(std::move(inline_bytes)) {}

  const Version& version() const override { return version_; }

  Task<Outcome<std::vector<Part>>> parts() override {
    if (version_.part_count == 0) co_return std::vector<Part>{};
    CO_TRY(const auto found,
           co_await engine_.rows.get(shard_, row::manifest(key_, version_.stamp)));
    if (!found) co_return std::unexpected(Failure(Error{Code::kCorrupt, "a manifest is missing"}));
    CO_TRY(std::vector<Part> parts, row::decode_manifest(*found));
    co_return parts;
  }

  Task<Outcome<std::unique_ptr<ByteSource>>> bytes(std::uint64_t offset,
                                                   std::uint64_t length) override {
    CHECK(offset <= version_.size && length <= version_.size - offset);
    if (length == 0) co_return std::make_unique<StringSource>("");
    if (version_.inline_body) {
      co_return std::make_unique<StringSource>(inline_bytes_.substr(offset, length));
    }
    std::vector<Segment> segments = version_.segments;
    if (version_.part_count > 0) {
      CO_TRY(const std::vector<Part> all, co_await parts());
      for (const Part& part : all) segments.push_back(part.segment);
    }
    CO_TRY(auto source, segment_source(engine_.blobs, segments, offset, length));
    co_return source;
  }

 private:
  Engine& engine_;
  const meta::ShardId shard_;
  const std::string key_;
  const Version version_;
  const std::string inline_bytes_;
};

struct Found {
  Version version;
  std::string inline_bytes;
};

// A version and its inline bytes. An overwrite between the two reads takes the bytes away; then
// there is a newer version to read.
Task<Outcome<std::optional<Found>>> load(Engine& engine, meta::ShardId shard, std::string key,
                                         std::optional<std::string> version_id) {
  std::uint64_t missed_stamp = 0;
  for (;;) {
    CO_TRY(const Head head, co_await read_head(engine, shard, key));
    CO_TRY(auto version, co_await find_version(engine, shard, key, head, version_id));
    if (!version) co_return std::optional<Found>();
    if (!version->inline_body) co_return Found{std::move(*version), {}};
    CO_TRY(auto bytes, co_await engine.rows.get(shard, row::body(key, version->stamp)));
    if (bytes && bytes->size() == version->size) {
      co_return Found{std::move(*version), std::move(*bytes)};
    }
    if (bytes || version->stamp == missed_stamp) {
      co_return std::unexpected(Failure(Error{Code::kCorrupt, "an inline body is missing"}));
    }
    missed_stamp = version->stamp;
  }
}

}  // namespace

Task<Outcome<std::unique_ptr<OpenVersion>>> open(Engine& engine, std::string bucket,
                                                 std::string key,
                                                 std::optional<std::string> version_id) {
  CO_TRY(const Bucket found_bucket, co_await find_bucket(engine, bucket));
  CO_TRY(auto found, co_await load(engine, found_bucket.shard, key, version_id));
  if (!found) co_return fault(version_id ? Fault::kNoSuchVersion : Fault::kNoSuchKey, key);
  if (found->version.delete_marker) co_return fault(Fault::kDeleteMarker, key);
  co_return std::make_unique<StoredVersion>(engine, found_bucket.shard, std::move(key),
                                            std::move(found->version),
                                            std::move(found->inline_bytes));
}

}  // namespace muzn::object
