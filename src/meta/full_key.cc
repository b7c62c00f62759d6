#include "meta/full_key.h"

namespace muzn::meta {

std::string encode_full_key(ShardId shard, std::string_view key) {
  std::string out;
  out.reserve(kShardBytes + key.size());
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(shard >> shift & 0xff));
  }
  out.append(key);
  return out;
}

ShardRange shard_range(ShardId shard) {
  std::string from = encode_full_key(shard, "");
  std::string to = after_prefix(from);
  return {std::move(from), std::move(to)};
}

}  // namespace muzn::meta
