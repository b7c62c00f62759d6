#include "object/row_values.h"

#include "object/row_fields.h"

namespace muzn::object::row {
namespace {

// Flags of a version row.
constexpr std::uint64_t kDeleteMarkerFlag = 1;
constexpr std::uint64_t kInlineFlag = 2;
constexpr std::uint64_t kVersionFlags = kDeleteMarkerFlag | kInlineFlag;

constexpr std::uint64_t kPublicAccessBlocks = 15;  // all of a bucket's bits

constexpr std::size_t kCounterBytes = 8;

void put_le64(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<char>(bits >> shift & 0xFFU));
  }
}

std::int64_t load_le64(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < kCounterBytes; ++i) {
    out |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  }
  return static_cast<std::int64_t>(out);
}

}  // namespace

std::string encode(const Bucket& bucket) {
  std::string out = begin_row();
  codec::put_bytes(out, bucket.name);
  codec::put_bytes(out, bucket.id);
  codec::put_bytes(out, bucket.owner);
  codec::put_bytes(out, bucket.region);
  put_time(out, bucket.created);
  codec::put_varint(out, static_cast<std::uint64_t>(bucket.ownership));
  codec::put_varint(out, static_cast<std::uint64_t>(bucket.versioning));
  codec::put_varint(out, bucket.object_lock ? 1 : 0);
  codec::put_varint(out, bucket.config_epoch);
  codec::put_varint(out, bucket.shard);
  CHECK(bucket.public_access_block <= kPublicAccessBlocks);
  if (!bucket.acl.empty() || bucket.public_access_block != 0 || !bucket.logging.empty()) {
    codec::put_bytes(out, bucket.acl);
    codec::put_varint(out, bucket.public_access_block);
  }
  if (!bucket.logging.empty()) codec::put_bytes(out, bucket.logging);
  return out;
}

Result<Bucket> decode_bucket(std::string_view bytes) {
  Fields fields(bytes);
  Bucket out;
  out.name = fields.bytes();
  out.id = fields.bytes();
  out.owner = fields.bytes();
  out.region = fields.bytes();
  out.created = fields.time();
  out.ownership = fields.enumeration(Ownership::kUnset, "ownership");
  out.versioning = fields.enumeration(Versioning::kSuspended, "versioning");
  out.object_lock = fields.flag("object lock");
  out.config_epoch = fields.number();
  out.shard = fields.number();
  if (fields.more()) {
    out.acl = fields.bytes();
    out.public_access_block =
        static_cast<std::uint8_t>(fields.number_to(kPublicAccessBlocks, "public access block"));
    const bool has_logging = fields.more();
    if (has_logging) out.logging = fields.bytes();
    const bool is_empty = out.acl.empty() && out.public_access_block == 0;
    if (has_logging ? out.logging.empty() : is_empty) fields.corrupt("an empty tail");
  }
  return fields.finish(std::move(out));
}

std::string encode_document(std::string_view document) {
  std::string out = begin_row();
  codec::put_bytes(out, document);
  return out;
}

Result<std::string> decode_document(std::string_view bytes) {
  Fields fields(bytes);
  std::string out = fields.bytes();
  return fields.finish(std::move(out));
}

std::string encode(const Renamed& renamed) {
  std::string out = begin_row();
  put_time(out, renamed.time);
  codec::put_bytes(out, renamed.asked);
  return out;
}

Result<Renamed> decode_renamed(std::string_view bytes) {
  Fields fields(bytes);
  Renamed out;
  out.time = fields.time();
  out.asked = fields.bytes();
  return fields.finish(std::move(out));
}

std::string encode(const Shard& shard) {
  std::string out = begin_row();
  codec::put_bytes(out, shard.bucket_id);
  codec::put_bytes(out, shard.range_from);
  codec::put_bytes(out, shard.range_to);
  codec::put_varint(out, shard.epoch);
  codec::put_varint(out, static_cast<std::uint64_t>(shard.state));
  codec::put_varint(out, shard.config_epoch);
  return out;
}

Result<Shard> decode_shard(std::string_view bytes) {
  Fields fields(bytes);
  Shard out;
  out.bucket_id = fields.bytes();
  out.range_from = fields.bytes();
  out.range_to = fields.bytes();
  out.epoch = fields.number();
  out.state = fields.enumeration(ShardState::kDead, "shard state");
  out.config_epoch = fields.number();
  return fields.finish(std::move(out));
}

std::string encode(const Version& version) {
  std::string out = begin_row();
  std::uint64_t flags = 0;
  if (version.delete_marker) flags |= kDeleteMarkerFlag;
  if (version.inline_body) flags |= kInlineFlag;
  codec::put_varint(out, flags);
  codec::put_varint(out, version.stamp);
  codec::put_bytes(out, version.version_id);
  codec::put_varint(out, version.size);
  codec::put_bytes(out, version.etag);
  put_time(out, version.modified);
  codec::put_bytes(out, version.owner);
  put_attributes(out, version.attributes);
  put_checksum(out, version.checksum);
  codec::put_varint(out, version.part_count);
  codec::put_varint(out, version.segments.size());
  for (const Segment& segment : version.segments) put_segment(out, segment);
  codec::put_bytes(out, lock_bytes(version.lock));
  codec::put_bytes(out, version.envelope);
  codec::put_bytes(out, version.acl);
  if (version.noncurrent_since) put_time(out, *version.noncurrent_since);
  return out;
}

Result<Version> decode_version(std::string_view bytes) {
  Fields fields(bytes);
  Version out;
  const std::uint64_t flags = fields.number_to(kVersionFlags, "version flags");
  out.delete_marker = (flags & kDeleteMarkerFlag) != 0;
  out.inline_body = (flags & kInlineFlag) != 0;
  out.stamp = fields.number();
  out.version_id = fields.bytes();
  out.size = fields.number();
  out.etag = fields.bytes();
  out.modified = fields.time();
  out.owner = fields.bytes();
  out.attributes = get_attributes(fields);
  out.checksum = get_checksum(fields);
  out.part_count = static_cast<std::uint32_t>(fields.number_to(UINT32_MAX, "part count"));
  const std::uint64_t count = fields.number();
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) {
    out.segments.push_back(get_segment(fields));
  }
  out.lock = get_lock(fields);
  out.envelope = fields.bytes();
  out.acl = fields.bytes();
  if (fields.more()) {
    out.noncurrent_since = fields.time();
    if (to_micros(*out.noncurrent_since) == 0) fields.corrupt("an empty tail");
  }
  return fields.finish(std::move(out));
}

Result<bool> is_delete_marker(std::string_view bytes) {
  Fields fields(bytes);
  const std::uint64_t flags = fields.number_to(kVersionFlags, "version flags");
  if (!fields.ok()) return fields.finish(false);
  return (flags & kDeleteMarkerFlag) != 0;
}

Result<std::uint64_t> stamp_of(std::string_view bytes) {
  Fields fields(bytes);
  fields.number_to(kVersionFlags, "version flags");
  const std::uint64_t stamp = fields.number();
  if (!fields.ok()) return fields.finish(stamp);
  return stamp;
}

std::string encode_pending(const blob::BlobId& blob) {
  return begin_row().append(blob);
}

Result<blob::BlobId> decode_pending(std::string_view bytes) {
  codec::FieldReader reader(bytes);
  TRY(const std::uint64_t format, reader.varint());
  if (format > kFormat) return fail(Code::kUnsupported, "row: newer format");
  if (format != kFormat || reader.rest().size() != blob::kBlobIdBytes) {
    return fail(Code::kCorrupt, "row: pending");
  }
  return std::string(reader.rest());
}

std::string encode(const Garbage& garbage) {
  std::string out = begin_row();
  put_time(out, garbage.time);
  codec::put_bytes(out, garbage.blob);
  if (garbage.blob.empty()) {
    codec::put_bytes(out, garbage.key);
    codec::put_varint(out, garbage.stamp);
  }
  return out;
}

Result<Garbage> decode_garbage(std::string_view bytes) {
  Fields fields(bytes);
  Garbage out;
  out.time = fields.time();
  out.blob = fields.bytes();
  if (out.blob.empty()) {
    out.key = fields.bytes();
    out.stamp = fields.number();
  } else if (out.blob.size() != blob::kBlobIdBytes) {
    fields.corrupt("blob id length");
  }
  return fields.finish(std::move(out));
}

std::string encode(const Intent& intent) {
  std::string out = begin_row();
  codec::put_varint(out, static_cast<std::uint64_t>(intent.kind));
  codec::put_varint(out, intent.epoch);
  codec::put_varint(out, intent.shard);
  codec::put_bytes(out, intent.bucket_name);
  codec::put_bytes(out, intent.bucket_id);
  put_time(out, intent.time);
  return out;
}

Result<Intent> decode_intent(std::string_view bytes) {
  Fields fields(bytes);
  Intent out;
  out.kind = fields.enumeration(Intent::Kind::kDead, "intent kind");
  out.epoch = fields.number();
  out.shard = fields.number();
  out.bucket_name = fields.bytes();
  out.bucket_id = fields.bytes();
  out.time = fields.time();
  return fields.finish(std::move(out));
}

std::string encode_counters(std::int64_t objects, std::int64_t bytes) {
  std::string out;
  put_le64(out, objects);
  put_le64(out, bytes);
  return out;
}

std::string encode_counters(const Counters& counters) {
  std::string out = encode_counters(counters.objects, counters.bytes);
  put_le64(out, counters.part_bytes);
  return out;
}

Result<Counters> decode_counters(std::string_view bytes) {
  const bool has_parts = bytes.size() == 3 * kCounterBytes;
  if (!has_parts && bytes.size() != 2 * kCounterBytes) {
    return fail(Code::kCorrupt, "row: counters");
  }
  Counters out{load_le64(bytes), load_le64(bytes.substr(kCounterBytes)), 0};
  if (has_parts) out.part_bytes = load_le64(bytes.substr(2 * kCounterBytes));
  return out;
}

std::string encode_number(std::uint64_t number) {
  std::string out = begin_row();
  codec::put_varint(out, number);
  return out;
}

Result<std::uint64_t> decode_number(std::string_view bytes) {
  Fields fields(bytes);
  const std::uint64_t out = fields.number();
  return fields.finish(out);
}

}  // namespace muzn::object::row
