// The rows of the recorder's shard; docs/formats/recorder.md draws them. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "meta/store.h"

namespace muzn::audit {

// The first that belongs to this module; audit/journal.h has the one before.
inline constexpr meta::ShardId kRecorderShard = 5;

// There while a recorder is at work: a start that finds it follows a crash.
inline constexpr std::string_view kMarkRow = "o";
// What it holds: since when records may be lost that no account's row speaks of.
std::string encode_mark(Time since);
Result<Time> decode_mark(std::string_view row);

inline constexpr std::string_view kAccountPrefix = "a";
std::string account_row(std::string_view handle);

// What of an account has to outlive the process.
struct AccountRow {
  std::uint64_t sequence = 0;      // of its next leaf of class "data"
  std::uint64_t log_sequence = 0;  // and of class "log"
  std::uint64_t log_size = 0;      // of its private log, as the newest leaf of class "log" says
  // When its batch began: records since then are in memory only.
  std::optional<Time> at_work = std::nullopt;
  std::vector<std::string> leaves = {};  // were made, and may not be in the log yet; in order
  bool operator==(const AccountRow&) const = default;
};
std::string encode_account(const AccountRow& account);
// Takes exactly what encode_account() makes. Errors: kCorrupt, kUnsupported (a newer format).
Result<AccountRow> decode_account(std::string_view row);

// Where an account's private log lies: "p" handle, the number of its shard; and the next number.
std::string private_row(std::string_view handle);
inline constexpr std::string_view kNextShardRow = "n";
std::string encode_number(std::uint64_t number);  // be64
Result<std::uint64_t> decode_number(std::string_view row);

// The seed of a private log's key by the log's name, sealed: of logs that there were when the key
// that others are derived from was changed.
inline constexpr std::string_view kLogKeyPrefix = "k";
std::string log_key_row(std::string_view name);

// That a row is one of these, for whoever checks a store. Errors: kCorrupt, kUnsupported.
Result<void> check_recorder_row(const meta::Row& row);

}  // namespace muzn::audit
