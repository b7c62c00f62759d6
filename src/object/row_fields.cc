#include "object/row_fields.h"

namespace muzn::object::row {

void put_pairs(std::string& out, const Pairs& pairs) {
  codec::put_varint(out, pairs.size());
  for (const auto& [name, value] : pairs) {
    codec::put_bytes(out, name);
    codec::put_bytes(out, value);
  }
}

Pairs get_pairs(Fields& fields) {
  Pairs out;
  const std::uint64_t count = fields.number();
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) {
    std::string name = fields.bytes();
    out.emplace_back(std::move(name), fields.bytes());
  }
  return out;
}

void put_attributes(std::string& out, const Attributes& attributes) {
  codec::put_bytes(out, attributes.content_type);
  codec::put_bytes(out, attributes.cache_control);
  codec::put_bytes(out, attributes.content_disposition);
  codec::put_bytes(out, attributes.content_encoding);
  codec::put_bytes(out, attributes.content_language);
  codec::put_bytes(out, attributes.expires);
  codec::put_bytes(out, attributes.website_redirect);
  codec::put_bytes(out, attributes.storage_class);
  put_pairs(out, attributes.user_metadata);
  put_pairs(out, attributes.tags);
}

Attributes get_attributes(Fields& fields) {
  Attributes out;
  out.content_type = fields.bytes();
  out.cache_control = fields.bytes();
  out.content_disposition = fields.bytes();
  out.content_encoding = fields.bytes();
  out.content_language = fields.bytes();
  out.expires = fields.bytes();
  out.website_redirect = fields.bytes();
  out.storage_class = fields.bytes();
  out.user_metadata = get_pairs(fields);
  out.tags = get_pairs(fields);
  return out;
}

void put_checksum(std::string& out, const std::optional<Checksum>& checksum) {
  codec::put_varint(out, checksum ? 1 : 0);
  if (!checksum) return;
  codec::put_varint(out, static_cast<std::uint64_t>(checksum->algorithm));
  codec::put_varint(out, static_cast<std::uint64_t>(checksum->type));
  codec::put_varint(out, checksum->parts);
  codec::put_bytes(out, checksum->value);
}

std::optional<Checksum> get_checksum(Fields& fields) {
  if (!fields.flag("checksum flag")) return std::nullopt;
  Checksum out;
  const std::uint64_t algorithm = fields.number_to(
      static_cast<std::uint64_t>(crypto::Algorithm::kXxh128), "checksum algorithm");
  if (algorithm == 0) {
    fields.corrupt("checksum algorithm 0");
  } else {
    out.algorithm = static_cast<crypto::Algorithm>(algorithm);
  }
  out.type = fields.enumeration(ChecksumType::kComposite, "checksum type");
  out.parts = static_cast<std::uint32_t>(fields.number_to(UINT32_MAX, "checksum parts"));
  out.value = fields.bytes();
  return out;
}

void put_segment(std::string& out, const Segment& segment) {
  codec::put_varint(out, segment.size);
  if (segment.size == 0) return;
  CHECK(segment.blob.size() == blob::kBlobIdBytes);
  codec::put_bytes(out, segment.blob);
}

Segment get_segment(Fields& fields) {
  Segment out;
  out.size = fields.number();
  if (out.size == 0) return out;
  out.blob = fields.bytes();
  if (out.blob.size() != blob::kBlobIdBytes) fields.corrupt("blob id length");
  return out;
}

std::string lock_bytes(const Lock& lock) {
  std::string out;
  if (lock.empty()) return out;
  codec::put_varint(out, static_cast<std::uint64_t>(lock.hold));
  codec::put_varint(out, static_cast<std::uint64_t>(lock.retention.mode));
  if (lock.retention.mode != RetentionMode::kNone) put_time(out, lock.retention.until);
  return out;
}

Lock get_lock(Fields& fields) {
  Lock out;
  const std::string bytes = fields.bytes();
  if (bytes.empty()) return out;
  codec::FieldReader reader(bytes);
  std::uint64_t hold = 0;
  std::uint64_t mode = 0;
  std::uint64_t until = 0;
  const bool whole = reader.take_varint(hold) && reader.take_varint(mode) &&
                     (mode == 0 || reader.take_varint(until)) && reader.at_end();
  if (!whole || hold > static_cast<std::uint64_t>(LegalHold::kOn) ||
      mode > static_cast<std::uint64_t>(RetentionMode::kCompliance) || (hold | mode) == 0) {
    fields.corrupt("lock");
    return out;
  }
  out.hold = static_cast<LegalHold>(hold);
  out.retention.mode = static_cast<RetentionMode>(mode);
  out.retention.until = from_micros(static_cast<std::int64_t>(until));
  return out;
}

}  // namespace muzn::object::row
