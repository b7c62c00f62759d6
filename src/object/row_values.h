// Values of the rows of the object floor, format 1; docs/formats/rows.md draws each.
//
// Every value begins with the format number. One value has one encoding (a decoder takes only what
// the encoder writes), so that preconditions can compare bytes. Decoders fail with kCorrupt on
// anything else, and kUnsupported on a newer format.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "object/model.h"
#include "object/scrub.h"

namespace muzn::object::row {

inline constexpr std::uint64_t kFormat = 1;

// Names shard: one bucket.
std::string encode(const Bucket& bucket);
Result<Bucket> decode_bucket(std::string_view bytes);

// 's': a document about the bucket.
std::string encode_document(std::string_view document);
Result<std::string> decode_document(std::string_view bytes);

// 'm': what a shard is; every commit that changes objects or uploads compares it.
enum class ShardState : std::uint8_t {
  kOpen = 0,
  kSealed = 1,  // no commits pass; DeleteBucket looks whether it is empty
  kDead = 2,    // the bucket is deleted; rows wait for the sweeper
};
struct Shard {
  std::string bucket_id;
  std::string range_from;  // keys of this shard: range_from <= key < range_to
  std::string range_to;    // "" = no end
  std::uint64_t epoch = 1;
  ShardState state = ShardState::kOpen;
  std::uint64_t config_epoch = 1;
  bool operator==(const Shard&) const = default;
};
std::string encode(const Shard& shard);
Result<Shard> decode_shard(std::string_view bytes);

// 'H', 'V'
std::string encode(const Version& version);
Result<Version> decode_version(std::string_view bytes);
// One thing of it, without looking at the rest.
Result<bool> is_delete_marker(std::string_view bytes);
Result<std::uint64_t> stamp_of(std::string_view bytes);

// 'P'
std::string encode(const Part& part);
Result<Part> decode_part(std::string_view bytes);

// 'M'
std::string encode(const std::vector<Part>& parts);
Result<std::vector<Part>> decode_manifest(std::string_view bytes);

// 'U'. `revision` grows when a part replaces another, so that Complete, which compares this row,
// never publishes a blob that a re-upload made garbage.
struct UploadRow {
  Upload upload;
  std::uint64_t revision = 0;
  bool counts = false;  // its parts are in the counters; uploads of older releases are not
};
std::string encode(const UploadRow& row);
Result<UploadRow> decode_upload(std::string_view bytes);

// 'D': an upload that ended.
struct Done {
  bool completed = false;  // or aborted
  Time time;
  std::string list_hash;        // of the part list that Complete got; "" when aborted
  std::vector<int> used_parts;  // ascending
  bool counts = false;          // as of its upload
  // Of such an upload: further parts that the counters have no more. Those that came while it
  // ended are neither here nor used, and are counted until they are swept.
  std::vector<int> released_parts;  // ascending
  // What Complete answered.
  std::string version_id;
  std::string etag;
  Time modified;
  std::uint64_t size = 0;
  std::optional<Checksum> checksum;
};
std::string encode(const Done& done);
Result<Done> decode_done(std::string_view bytes);

// 'p'
std::string encode_pending(const blob::BlobId& blob);
Result<blob::BlobId> decode_pending(std::string_view bytes);

// 'g': one blob, or all blobs of a manifest row and that row.
struct Garbage {
  Time time;
  blob::BlobId blob;  // "" = the manifest of (key, stamp)
  std::string key;
  std::uint64_t stamp = 0;
  bool operator==(const Garbage&) const = default;
};
std::string encode(const Garbage& garbage);
Result<Garbage> decode_garbage(std::string_view bytes);

// 'r': a rename that was done, by the token of its request.
struct Renamed {
  Time time;
  std::string asked;  // RenameArgs::asked
  bool operator==(const Renamed&) const = default;
};
std::string encode(const Renamed& renamed);
Result<Renamed> decode_renamed(std::string_view bytes);

// Names shard: a step across shards that is not finished.
struct Intent {
  enum class Kind : std::uint8_t {
    kCreate = 0,  // the shard was numbered; the name is not there yet
    kDelete = 1,  // the shard is being sealed and looked at
    kDead = 2,    // the name is gone; the shard's blobs and rows go when readers had their time
  };
  Kind kind = Kind::kCreate;
  std::uint64_t epoch = 0;  // node epoch of who began it
  meta::ShardId shard = 0;
  std::string bucket_name;
  std::string bucket_id;
  Time time;
  bool operator==(const Intent&) const = default;
};
std::string encode(const Intent& intent);
Result<Intent> decode_intent(std::string_view bytes);

// Counter deltas and rows: little-endian int64 objects, bytes and, unless there never were any,
// bytes of parts.
struct Counters {
  std::int64_t objects = 0;
  std::int64_t bytes = 0;
  std::int64_t part_bytes = 0;
};
std::string encode_counters(std::int64_t objects, std::int64_t bytes);
std::string encode_counters(const Counters& counters);
Result<Counters> decode_counters(std::string_view bytes);

// Node shard: where the scrub is.
std::string encode(const ScrubState& state);
Result<ScrubState> decode_scrub(std::string_view bytes);

// A bare number: node epoch, format, shard counter.
std::string encode_number(std::uint64_t number);
Result<std::uint64_t> decode_number(std::string_view bytes);

}  // namespace muzn::object::row
