// Rows that lifecycle rules live by, format 1; docs/formats/rows.md draws each. Internal to
// object/.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "object/shard.h"

namespace muzn::object::row {

inline constexpr char kLifecycleTag = 'l';

// 't' 'u': an upload that is under way, in order of time.
std::string initiated(Time time, std::string_view key, std::string_view upload_id);

// What a row of the index of times says.
struct TimeKey {
  char kind = 0;  // 'c', 'n', 'u'
  Time time;
  std::string key;
  std::uint64_t stamp = 0;  // of a version
  std::string upload_id;    // of an upload
};
// Errors: kCorrupt.
Result<TimeKey> parse_time_key(std::string_view row_key);
// Where the rows of a kind with this time begin.
std::string time_from(char kind, Time time);

// 'l' 's': how far the passes have come.
std::string lifecycle_state();
// A walk along the index of times; which one and how far is lifecycle_pass.cc's.
struct LifecycleStream {
  char kind = 0;
  std::uint64_t amount = 0;
  std::string cursor;  // the row key from which it goes on
  bool operator==(const LifecycleStream&) const = default;
};
// Ascending by kind and amount.
std::string encode_streams(const std::vector<LifecycleStream>& streams);
Result<std::vector<LifecycleStream>> decode_streams(std::string_view bytes);

// 'l' 'd': a version to be looked at again, though the walks are past it.
std::string lifecycle_due_row(Time time, std::uint64_t epoch, std::uint64_t sequence);
std::string lifecycle_due_from(Time time);
// Errors: kCorrupt.
Result<Time> parse_lifecycle_due(std::string_view row_key);
struct LifecycleDue {
  std::string key;
  std::uint64_t stamp = 0;
  bool operator==(const LifecycleDue&) const = default;
};
std::string encode(const LifecycleDue& due);
Result<LifecycleDue> decode_lifecycle_due(std::string_view bytes);

}  // namespace muzn::object::row

namespace muzn::object {

// Stages that the rules of the bucket look at this version again, when it has some: something that
// they go by is changed by this commit, which fails its compare when rules come or go meanwhile.
Task<Outcome<void>> stage_look_again(Engine& engine, const OpenShard& shard, meta::Commit& commit,
                                     std::string key, std::uint64_t stamp);

}  // namespace muzn::object
