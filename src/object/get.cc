// Opening a version to read it.
#include "object/row_keys.h"
#include "object/segment_source.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

// A range of bytes that others may read as well.
class InlineSource final : public ByteSource {
 public:
  InlineSource(std::shared_ptr<const std::string> bytes, std::uint64_t offset, std::uint64_t length)
      : bytes_(std::move(bytes)), left_(std::string_view(*bytes_).substr(offset, length)) {}
  Task<Result<std::string_view>> read() override {
    return Task<Result<std::string_view>>::ready(std::exchange(left_, {}));
  }

 private:
  const std::shared_ptr<const std::string> bytes_;
  std::string_view left_;
};

class StoredVersion final : public OpenVersion {
 public:
  StoredVersion(Engine& engine, meta::ShardId shard, std::string key, VersionPtr version)
      : engine_(engine), shard_(shard), key_(std::move(key)), version_(std::move(version)) {}

  // Keeps its bytes from the sweeper, also for its sources, which may outlive this. REQUIRES that
  // the look by which it was found goes on.
  void hold() {
    auto holds = std::make_shared<std::vector<Readers::Hold>>();
    if (version_->part_count > 0) {
      holds->emplace_back(engine_.readers, manifest_name(shard_, key_, version_->stamp));
    }
    for (const Segment& segment : version_->segments) {
      if (segment.size > 0) holds->emplace_back(engine_.readers, segment.blob);
    }
    if (!holds->empty()) holds_ = std::move(holds);
  }

  void set_inline_bytes(std::string bytes) {
    inline_bytes_ = std::make_shared<const std::string>(std::move(bytes));
  }

  const Version& version() const override { return *version_; }

  Task<Outcome<std::vector<Part>>> parts() override {
    if (version_->part_count == 0) co_return std::vector<Part>{};
    CO_TRY(const auto found,
           co_await engine_.rows.get(shard_, row::manifest(key_, version_->stamp)));
    if (!found) co_return std::unexpected(Failure(Error{Code::kCorrupt, "a manifest is missing"}));
    CO_TRY(std::vector<Part> parts, row::decode_manifest(*found));
    co_return parts;
  }

  Task<Outcome<std::unique_ptr<ByteSource>>> bytes(std::uint64_t offset,
                                                   std::uint64_t length) override {
    CHECK(offset <= version_->size && length <= version_->size - offset);
    using Ready = Task<Outcome<std::unique_ptr<ByteSource>>>;
    if (length == 0) return Ready::ready(std::make_unique<StringSource>(""));
    if (!version_->inline_body) return blob_bytes(offset, length);
    return Ready::ready(std::make_unique<InlineSource>(inline_bytes_, offset, length));
  }

 private:
  Task<Outcome<std::unique_ptr<ByteSource>>> blob_bytes(std::uint64_t offset,
                                                        std::uint64_t length) {
    std::vector<Segment> segments = version_->segments;
    if (version_->part_count > 0) {
      CO_TRY(const std::vector<Part> all, co_await parts());
      for (const Part& part : all) segments.push_back(part.segment);
    }
    CO_TRY(auto source, segment_source(engine_.blobs, segments, offset, length, holds_));
    co_return source;
  }

  Engine& engine_;
  const meta::ShardId shard_;
  const std::string key_;
  const VersionPtr version_;
  std::shared_ptr<const std::string> inline_bytes_;  // its sources may outlive this
  std::shared_ptr<const std::vector<Readers::Hold>> holds_;
};

// A version and its inline bytes; null when there is none. An overwrite between the two reads takes
// the bytes away; then there is a newer version to read.
Task<Outcome<std::unique_ptr<StoredVersion>>> load(Engine& engine, meta::ShardId shard,
                                                   std::string key,
                                                   std::optional<std::string> version_id) {
  const Readers::Look look(engine.readers);
  std::uint64_t missed_stamp = 0;
  for (;;) {
    CO_TRY(Head head, co_await read_head(engine, shard, key));
    CO_TRY(auto version, co_await find_version(engine, shard, key, std::move(head), version_id));
    if (!version) co_return nullptr;
    auto out = std::make_unique<StoredVersion>(engine, shard, key, std::move(version));
    const Version& found = out->version();
    if (!found.inline_body) {
      out->hold();
      co_return out;
    }
    CO_TRY(auto bytes, co_await engine.rows.get(shard, row::body(key, found.stamp)));
    if (bytes && bytes->size() == found.size) {
      out->set_inline_bytes(std::move(*bytes));
      co_return out;
    }
    if (bytes || found.stamp == missed_stamp) {
      co_return std::unexpected(Failure(Error{Code::kCorrupt, "an inline body is missing"}));
    }
    missed_stamp = found.stamp;
  }
}

}  // namespace

Task<Outcome<std::unique_ptr<OpenVersion>>> open(Engine& engine, std::string bucket,
                                                 std::string key,
                                                 std::optional<std::string> version_id) {
  CO_TRY(const Bucket found, co_await find_bucket(engine, std::move(bucket)));
  co_return co_await open_in(engine, found.shard, std::move(key), std::move(version_id));
}

Task<Outcome<std::unique_ptr<OpenVersion>>> open_in(Engine& engine, meta::ShardId shard,
                                                    std::string key,
                                                    std::optional<std::string> version_id) {
  CO_TRY(auto found, co_await load(engine, shard, key, version_id));
  if (!found) co_return fault(version_id ? Fault::kNoSuchVersion : Fault::kNoSuchKey, key);
  if (found->version().delete_marker) co_return marker_fault(found->version(), version_id);
  co_return found;
}

}  // namespace muzn::object
