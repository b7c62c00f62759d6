// The keys of the embedded engine's database: big-endian shard, then the row's key, so that a
// shard is one contiguous range. docs/formats/engine.md draws it.
#pragma once
#include <string>
#include <string_view>

#include "meta/store.h"

namespace muzn::meta {

inline constexpr std::size_t kShardBytes = 8;

std::string encode_full_key(ShardId shard, std::string_view key);
// The same into memory that is there.
void append_full_key(std::string& out, ShardId shard, std::string_view key);

// Every full key of the shard is in [from, to); `to` is empty for the last shard.
struct ShardRange {
  std::string from;
  std::string to;
};
ShardRange shard_range(ShardId shard);

}  // namespace muzn::meta
