#include "meta/full_key.h"

#include <array>

namespace muzn::meta {

void append_full_key(std::string& out, ShardId shard, std::string_view key) {
  std::array<char, kShardBytes> prefix{};
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    prefix[i] = static_cast<char>(shard >> (8 * (prefix.size() - 1 - i)) & 0xff);
  }
  out.reserve(out.size() + prefix.size() + key.size());
  out.append(prefix.data(), prefix.size()).append(key);
}

std::string encode_full_key(ShardId shard, std::string_view key) {
  std::string out;
  append_full_key(out, shard, key);
  return out;
}

ShardRange shard_range(ShardId shard) {
  std::string from = encode_full_key(shard, "");
  std::string to = after_prefix(from);
  return {std::move(from), std::move(to)};
}

}  // namespace muzn::meta
