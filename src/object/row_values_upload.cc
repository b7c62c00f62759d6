// Encodings of the rows of multipart uploads: upload, part, manifest, done.
#include "base/limits.h"
#include "object/row_fields.h"
#include "object/row_values.h"

namespace muzn::object::row {
namespace {

constexpr std::uint64_t kLastAlgorithm = static_cast<std::uint64_t>(crypto::Algorithm::kXxh128);

void put_part(std::string& out, const Part& part) {
  codec::put_varint(out, static_cast<std::uint64_t>(part.number));
  put_segment(out, part.segment);
  codec::put_bytes(out, part.md5);
  put_checksum(out, part.checksum);
  put_time(out, part.modified);
}

int get_part_number(Fields& fields) {
  return static_cast<int>(fields.number_to(limits::kPartNumberMax, "part number"));
}

void put_part_numbers(std::string& out, const std::vector<int>& numbers) {
  codec::put_varint(out, numbers.size());
  for (const int number : numbers) codec::put_varint(out, static_cast<std::uint64_t>(number));
}

std::vector<int> get_part_numbers(Fields& fields) {
  std::vector<int> out;
  const std::uint64_t count = fields.number();
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) out.push_back(get_part_number(fields));
  return out;
}

Part get_part(Fields& fields) {
  Part out;
  out.number = get_part_number(fields);
  out.segment = get_segment(fields);
  out.md5 = fields.bytes();
  out.checksum = get_checksum(fields);
  out.modified = fields.time();
  return out;
}

}  // namespace

std::string encode(const Part& part) {
  std::string out = begin_row();
  put_part(out, part);
  return out;
}

Result<Part> decode_part(std::string_view bytes) {
  Fields fields(bytes);
  Part out = get_part(fields);
  return fields.finish(std::move(out));
}

std::string encode(const std::vector<Part>& parts) {
  std::string out = begin_row();
  codec::put_varint(out, parts.size());
  for (const Part& part : parts) put_part(out, part);
  return out;
}

Result<std::vector<Part>> decode_manifest(std::string_view bytes) {
  Fields fields(bytes);
  std::vector<Part> out;
  const std::uint64_t count = fields.number();
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) out.push_back(get_part(fields));
  return fields.finish(std::move(out));
}

std::string encode(const UploadRow& row) {
  const Upload& upload = row.upload;
  std::string out = begin_row();
  codec::put_varint(out, row.revision);
  codec::put_bytes(out, upload.key);
  codec::put_bytes(out, upload.id);
  codec::put_bytes(out, upload.owner);
  codec::put_bytes(out, upload.initiator);
  put_time(out, upload.initiated);
  put_attributes(out, upload.attributes);
  // 0 = no algorithm was asked for.
  codec::put_varint(
      out, upload.checksum_algorithm ? static_cast<std::uint64_t>(*upload.checksum_algorithm) : 0);
  codec::put_varint(out, static_cast<std::uint64_t>(upload.checksum_type));
  const bool has_lock = !upload.lock.empty() || row.counts;
  if (!upload.acl.empty() || has_lock) codec::put_bytes(out, upload.acl);
  if (has_lock) codec::put_bytes(out, lock_bytes(upload.lock));
  if (row.counts) codec::put_varint(out, 1);
  return out;
}

Result<UploadRow> decode_upload(std::string_view bytes) {
  Fields fields(bytes);
  UploadRow out;
  Upload& upload = out.upload;
  out.revision = fields.number();
  upload.key = fields.bytes();
  upload.id = fields.bytes();
  upload.owner = fields.bytes();
  upload.initiator = fields.bytes();
  upload.initiated = fields.time();
  upload.attributes = get_attributes(fields);
  const std::uint64_t algorithm = fields.number_to(kLastAlgorithm, "checksum algorithm");
  if (algorithm != 0) upload.checksum_algorithm = static_cast<crypto::Algorithm>(algorithm);
  upload.checksum_type = fields.enumeration(ChecksumType::kComposite, "checksum type");
  if (fields.more()) {
    upload.acl = fields.bytes();
    const bool has_lock = fields.more();
    if (has_lock) upload.lock = get_lock(fields);
    if (fields.more()) {
      out.counts = fields.flag("counts");
      if (!out.counts) fields.corrupt("an empty tail");
    } else if (has_lock ? upload.lock.empty() : upload.acl.empty()) {
      fields.corrupt("an empty tail");
    }
  }
  return fields.finish(std::move(out));
}

std::string encode(const Done& done) {
  std::string out = begin_row();
  codec::put_varint(out, done.completed ? 1 : 0);
  put_time(out, done.time);
  codec::put_bytes(out, done.list_hash);
  put_part_numbers(out, done.used_parts);
  codec::put_bytes(out, done.version_id);
  codec::put_bytes(out, done.etag);
  put_time(out, done.modified);
  codec::put_varint(out, done.size);
  put_checksum(out, done.checksum);
  if (!done.counts) return out;
  codec::put_varint(out, 1);
  put_part_numbers(out, done.released_parts);
  return out;
}

Result<Done> decode_done(std::string_view bytes) {
  Fields fields(bytes);
  Done out;
  out.completed = fields.flag("completed");
  out.time = fields.time();
  out.list_hash = fields.bytes();
  out.used_parts = get_part_numbers(fields);
  out.version_id = fields.bytes();
  out.etag = fields.bytes();
  out.modified = fields.time();
  out.size = fields.number();
  out.checksum = get_checksum(fields);
  if (fields.more()) {
    out.counts = fields.flag("counts");
    if (!out.counts) fields.corrupt("an empty tail");
    out.released_parts = get_part_numbers(fields);
  }
  return fields.finish(std::move(out));
}

}  // namespace muzn::object::row
