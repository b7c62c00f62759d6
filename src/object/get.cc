// Opening a version to read it.
#include <algorithm>

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
  StoredVersion(Engine& engine, VersionPtr version)
      : engine_(engine), version_(std::move(version)) {}

  // Keeps its bytes from the sweeper, also for its sources, which may outlive this. REQUIRES that
  // the look by which it was found goes on.
  void hold() {
    auto holds = std::make_shared<std::vector<Readers::Hold>>();
    for (const Segment& segment : version_->segments) {
      if (segment.size > 0) holds->emplace_back(engine_.readers, segment.blob);
    }
    // The first stands for all: they go together.
    const auto first =
        std::ranges::find_if(parts_, [](const Part& part) { return part.segment.size > 0; });
    if (first != parts_.end()) holds->emplace_back(engine_.readers, first->segment.blob);
    if (!holds->empty()) holds_ = std::move(holds);
  }

  void set_inline_bytes(std::string bytes) {
    inline_bytes_ = std::make_shared<const std::string>(std::move(bytes));
  }
  void set_parts(std::vector<Part> parts) { parts_ = std::move(parts); }

  const Version& version() const override { return *version_; }

  Task<Outcome<std::vector<Part>>> parts() override { co_return parts_; }

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
    for (const Part& part : parts_) segments.push_back(part.segment);
    CO_TRY(auto source, segment_source(engine_.blobs, segments, offset, length, holds_));
    co_return source;
  }

  Engine& engine_;
  const VersionPtr version_;
  std::vector<Part> parts_;                          // when multipart
  std::shared_ptr<const std::string> inline_bytes_;  // its sources may outlive this
  std::shared_ptr<const std::vector<Readers::Hold>> holds_;
};

// Reads what lies beside the version's row: inline bytes or the list of parts. False: it is not
// there.
Task<Outcome<bool>> load_content(Engine& engine, meta::ShardId shard, std::string key,
                                 StoredVersion& out) {
  const Version& version = out.version();
  if (version.inline_body) {
    CO_TRY(auto bytes, co_await engine.rows.get(shard, row::body(key, version.stamp)));
    if (!bytes) co_return false;
    if (bytes->size() != version.size) {
      co_return std::unexpected(
          Failure(Error{Code::kCorrupt, "an inline body is of another size"}));
    }
    out.set_inline_bytes(std::move(*bytes));
  }
  if (version.part_count > 0) {
    CO_TRY(const auto found, co_await engine.rows.get(shard, row::manifest(key, version.stamp)));
    if (!found) co_return false;
    CO_TRY(std::vector<Part> parts, row::decode_manifest(*found));
    out.set_parts(std::move(parts));
  }
  co_return true;
}

// A version and what lies beside it; null when there is none. A write between the two reads takes
// that away; then there is another version to read, or none.
Task<Outcome<std::unique_ptr<StoredVersion>>> load(Engine& engine, meta::ShardId shard,
                                                   std::string key,
                                                   std::optional<std::string> version_id) {
  const Readers::Look look(engine.readers);
  std::uint64_t missed_stamp = 0;
  for (;;) {
    CO_TRY(Head head, co_await read_head(engine, shard, key));
    CO_TRY(auto version, co_await find_version(engine, shard, key, std::move(head), version_id));
    if (!version) co_return nullptr;
    auto out = std::make_unique<StoredVersion>(engine, std::move(version));
    CO_TRY(const bool is_whole, co_await load_content(engine, shard, key, *out));
    if (is_whole) {
      out->hold();
      co_return out;
    }
    const std::uint64_t stamp = out->version().stamp;
    if (stamp == missed_stamp) {
      co_return std::unexpected(Failure(Error{Code::kCorrupt, "a body or manifest is missing"}));
    }
    missed_stamp = stamp;
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
