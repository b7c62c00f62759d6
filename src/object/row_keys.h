// Keys of the rows of the object floor, format 1; docs/formats/rows.md draws each.
//
// A bucket shard sorts its rows by a one-byte tag, then by the object key in an order-preserving
// escape (00 -> 00 FF, end 00 00), so that any byte may stand in a key, no key's rows mix with
// another's, and rows of a common prefix are one range.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace muzn::object::row {

// Tags of a bucket shard. On disk: never renumber.
inline constexpr char kShardTag = 'm';
inline constexpr char kHeadTag = 'H';
inline constexpr char kVersionTag = 'V';
inline constexpr char kBodyTag = 'B';
inline constexpr char kManifestTag = 'M';
inline constexpr char kUploadTag = 'U';
inline constexpr char kPartTag = 'P';
inline constexpr char kDoneTag = 'D';
inline constexpr char kPendingTag = 'p';
inline constexpr char kGarbageTag = 'g';
inline constexpr char kCounterTag = 'c';
inline constexpr char kTimeTag = 't';
inline constexpr char kDocumentTag = 's';
inline constexpr char kRenameTag = 'r';
inline constexpr char kRecordTag = 'e';
// Tags of the names shard.
inline constexpr char kBucketTag = 'b';
inline constexpr char kOwnerTag = 'o';
inline constexpr char kIntentTag = 'i';
inline constexpr char kShardCounterTag = 'n';

// The escape without its end: what the rows of every key with this prefix begin with.
std::string escape_prefix(std::string_view key);
// The whole escape: sorts as the keys do; none is a prefix of another.
std::string escape(std::string_view key);
struct Unescaped {
  std::string key;
  std::string_view rest;  // what follows the escape
};
// Errors: kCorrupt.
Result<Unescaped> unescape(std::string_view bytes);

// ---- bucket shard ----
std::string shard();
std::string head(std::string_view key);
std::string noncurrent(std::string_view key, std::uint64_t stamp);
std::string noncurrent_prefix(std::string_view key);
std::string body(std::string_view key, std::uint64_t stamp);
std::string manifest(std::string_view key, std::uint64_t stamp);
std::string upload(std::string_view key, std::string_view upload_id);
std::string part(std::string_view key, std::string_view upload_id, int number);
std::string part_prefix(std::string_view key, std::string_view upload_id);
std::string done(std::string_view key, std::string_view upload_id);
std::string pending(std::uint64_t epoch, std::uint64_t sequence);
std::string garbage(std::uint64_t epoch, std::uint64_t sequence);
std::string counters(std::uint64_t epoch);
// Creation row of a version, in order of time, for lifecycle rules.
std::string created(Time time, std::string_view key, std::uint64_t stamp);
// The same, of the moment when the version became noncurrent.
std::string became_noncurrent(Time time, std::string_view key, std::uint64_t stamp);

// A document about the bucket, by its name.
std::string document(std::string_view name);
// A rename that was done, by the token of its request.
std::string renamed(std::string_view token);
// The record of a change, until it is in its account's log.
std::string record(std::uint64_t epoch, std::uint64_t sequence);

// The part of a row key behind its tag: escape(key), then what the tag adds.
struct UploadKey {
  std::string key;
  std::string upload_id;
};
Result<UploadKey> parse_upload(std::string_view behind_tag);  // also 'D' rows
// Part number of a part row. Errors: kCorrupt.
Result<int> parse_part_number(std::string_view row_key);
struct OwnedSequence {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
};
// Of a pending, garbage or record row. Errors: kCorrupt.
Result<OwnedSequence> parse_sequence(std::string_view row_key);

// ---- names shard ----
std::string bucket(std::string_view name);
std::string owned_bucket(std::string_view owner, std::string_view name);
std::string owned_prefix(std::string_view owner);
std::string intent(std::uint64_t shard_id);
std::string shard_counter();

// ---- node shard ----
std::string node_epoch();
std::string node_format();
std::string node_scrub();
std::string node_lock_time();

}  // namespace muzn::object::row
