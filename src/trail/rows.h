// The rows of the shard of trails: what was taken from the journal and is not delivered yet, how
// far each trail is, the events of the last days, and the keys that sign digests. Pure;
// docs/formats/cloudtrail.md draws them.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/trail_shard.h"
#include "base/error.h"
#include "base/time.h"
#include "meta/store.h"
#include "trail/digest.h"

namespace muzn::trail {

using audit::kTrailShard;

inline meta::Commit new_commit() {
  return {.shard = kTrailShard, .preconditions = {}, .mutations = {}};
}

// --- keys of rows ---
inline constexpr std::string_view kCursorRow = "c";
inline constexpr std::string_view kKeyPrefix = "k";
inline constexpr std::string_view kStatePrefix = "t";
inline constexpr std::string_view kEventPrefix = "e";
inline constexpr std::string_view kWaitingPrefix = "w";
inline constexpr std::size_t kAccountChars = 12;

using TrailId = std::pair<std::string, std::string>;  // account, name

std::string key_row(Time made);
std::string state_row(const TrailId& trail);
Result<TrailId> trail_of_state_row(std::string_view key);
std::string waiting_prefix(const TrailId& trail);
std::string waiting_row(const TrailId& trail, std::uint64_t sequence);
std::string events_prefix(std::string_view account);
std::string event_row(std::string_view account, Time time, std::uint64_t sequence);

// --- values ---
std::string encode_cursor(std::uint64_t next);
Result<std::uint64_t> decode_cursor(std::string_view value);

// An event that waits for its trail.
struct Waiting {
  Time time;
  std::optional<std::uint64_t> leaf;
  std::string event;
};
std::string encode_waiting(const Waiting& waiting);
Result<Waiting> decode_waiting(std::string_view value);

// What is being written into the bucket now: the same again after a crash.
struct FilePlan {
  std::uint64_t last = 0;  // sequence of its last event; it begins with the first that waits
  Time made;
  std::string bucket;
  std::string key;
  bool operator==(const FilePlan&) const = default;
};
struct DigestPlan {
  Time end;
  std::string bucket;
  std::string prefix;
  bool operator==(const DigestPlan&) const = default;
};

// How far a trail is.
struct TrailState {
  Time created;  // of the trail: another one's state is none
  std::uint64_t waiting = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t lost = 0;  // events that had no room
  std::optional<Time> attempted;
  std::optional<Time> delivered;
  std::string error;  // of the last attempt, as S3 names it; "" = it succeeded
  std::optional<Time> digested;
  std::string digest_error;
  std::optional<Time> digest_from;  // where the next digest begins; nullopt = none is to be made
  std::optional<Link> link;
  std::vector<LogFile> files;  // delivered, but in no digest yet
  std::optional<FilePlan> file_plan;
  std::optional<DigestPlan> digest_plan;
  bool operator==(const TrailState&) const = default;
};
std::string encode_state(const TrailState& state);
Result<TrailState> decode_state(std::string_view value);

// A key that signs, or signed, digests.
struct KeyRow {
  Time from;  // signs from then on
  Time to;    // until then at most
  std::string public_der;
  std::string sealed;  // the private key, see trail/keys.h
  bool operator==(const KeyRow&) const = default;
};
std::string encode_key(const KeyRow& key);
Result<KeyRow> decode_key(std::string_view value);

}  // namespace muzn::trail
