#include "object/row_keys.h"

#include "codec/varint.h"

namespace muzn::object::row {
namespace {

constexpr char kEscapedNul = '\xff';
constexpr std::string_view kEnd{"\0\0", 2};
constexpr std::size_t kBe16Bytes = 2;

std::string tagged(char tag, std::string_view rest) {
  std::string out(1, tag);
  out.append(rest);
  return out;
}

// Newest first: the stamp is stored inverted.
std::string with_stamp(char tag, std::string_view key, std::uint64_t stamp) {
  std::string out = tagged(tag, escape(key));
  codec::put_be64(out, ~stamp);
  return out;
}

std::string of_upload(char tag, std::string_view key, std::string_view upload_id) {
  return tagged(tag, escape(key)).append(upload_id);
}

std::string owned(char tag, std::uint64_t epoch, std::uint64_t sequence) {
  std::string out(1, tag);
  codec::put_be64(out, epoch);
  codec::put_be64(out, sequence);
  return out;
}

std::string timed(char kind, Time time, std::string_view key, std::uint64_t stamp) {
  std::string out{kTimeTag, kind};
  codec::put_be64(out, static_cast<std::uint64_t>(to_micros(time)));
  out.append(escape(key));
  codec::put_be64(out, stamp);
  return out;
}

}  // namespace

std::string escape_prefix(std::string_view key) {
  std::string out;
  out.reserve(key.size() + kEnd.size());
  for (const char c : key) {
    out.push_back(c);
    if (c == '\0') out.push_back(kEscapedNul);
  }
  return out;
}

std::string escape(std::string_view key) {
  return escape_prefix(key).append(kEnd);
}

Result<Unescaped> unescape(std::string_view bytes) {
  Unescaped out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\0') {
      out.key.push_back(bytes[i]);
      continue;
    }
    if (++i == bytes.size()) break;
    if (bytes[i] == '\0') {
      out.rest = bytes.substr(i + 1);
      return out;
    }
    if (bytes[i] != kEscapedNul) break;
    out.key.push_back('\0');
  }
  return fail(Code::kCorrupt, "row key: escape has no end");
}

std::string shard() {
  return std::string(1, kShardTag);
}
std::string head(std::string_view key) {
  return tagged(kHeadTag, escape(key));
}
std::string noncurrent(std::string_view key, std::uint64_t stamp) {
  return with_stamp(kVersionTag, key, stamp);
}
std::string noncurrent_prefix(std::string_view key) {
  return tagged(kVersionTag, escape(key));
}
std::string body(std::string_view key, std::uint64_t stamp) {
  return with_stamp(kBodyTag, key, stamp);
}
std::string manifest(std::string_view key, std::uint64_t stamp) {
  return with_stamp(kManifestTag, key, stamp);
}
std::string upload(std::string_view key, std::string_view upload_id) {
  return of_upload(kUploadTag, key, upload_id);
}
std::string part_prefix(std::string_view key, std::string_view upload_id) {
  return of_upload(kPartTag, key, upload_id);
}
std::string part(std::string_view key, std::string_view upload_id, int number) {
  std::string out = part_prefix(key, upload_id);
  codec::put_be16(out, static_cast<std::uint16_t>(number));
  return out;
}
std::string done(std::string_view key, std::string_view upload_id) {
  return of_upload(kDoneTag, key, upload_id);
}
std::string pending(std::uint64_t epoch, std::uint64_t sequence) {
  return owned(kPendingTag, epoch, sequence);
}
std::string garbage(std::uint64_t epoch, std::uint64_t sequence) {
  return owned(kGarbageTag, epoch, sequence);
}
std::string record(std::uint64_t epoch, std::uint64_t sequence) {
  return owned(kRecordTag, epoch, sequence);
}
std::string counters(std::uint64_t epoch) {
  std::string out(1, kCounterTag);
  codec::put_be64(out, epoch);
  return out;
}
std::string created(Time time, std::string_view key, std::uint64_t stamp) {
  return timed('c', time, key, stamp);
}
std::string became_noncurrent(Time time, std::string_view key, std::uint64_t stamp) {
  return timed('n', time, key, stamp);
}
std::string document(std::string_view name) {
  return tagged(kDocumentTag, name);
}
std::string renamed(std::string_view token) {
  return tagged(kRenameTag, token);
}

Result<UploadKey> parse_upload(std::string_view behind_tag) {
  TRY(auto parsed, unescape(behind_tag));
  if (parsed.rest.empty()) return fail(Code::kCorrupt, "row key: upload without id");
  return UploadKey{std::move(parsed.key), std::string(parsed.rest)};
}

Result<int> parse_part_number(std::string_view row_key) {
  if (row_key.size() < kBe16Bytes) return fail(Code::kCorrupt, "row key: part without number");
  codec::FieldReader reader(row_key.substr(row_key.size() - kBe16Bytes));
  TRY(const std::uint16_t number, reader.be16());
  return int{number};
}

Result<OwnedSequence> parse_sequence(std::string_view row_key) {
  codec::FieldReader reader(row_key);
  TRY_VOID(reader.raw(1));
  TRY(const std::uint64_t epoch, reader.be64());
  TRY(const std::uint64_t sequence, reader.be64());
  if (!reader.at_end()) return fail(Code::kCorrupt, "row key: bytes after sequence");
  return OwnedSequence{epoch, sequence};
}

std::string bucket(std::string_view name) {
  return tagged(kBucketTag, name);
}
std::string owned_prefix(std::string_view owner) {
  std::string out = tagged(kOwnerTag, owner);
  out.push_back('\0');
  return out;
}
std::string owned_bucket(std::string_view owner, std::string_view name) {
  return owned_prefix(owner).append(name);
}
std::string intent(std::uint64_t shard_id) {
  std::string out(1, kIntentTag);
  codec::put_be64(out, shard_id);
  return out;
}
std::string shard_counter() {
  return std::string(1, kShardCounterTag);
}

std::string node_epoch() {
  return "epoch";
}
std::string node_format() {
  return "format";
}

std::string node_scrub() {
  return "scrub";
}

std::string node_lock_time() {
  return "locktime";
}

}  // namespace muzn::object::row
