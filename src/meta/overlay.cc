#include "meta/overlay.h"

#include <algorithm>

namespace muzn::meta {
namespace {

constexpr std::size_t kCounterBytes = 8;

std::uint64_t load_le64(std::string_view bytes, std::size_t at) {
  std::uint64_t out = 0;
  if (at >= bytes.size()) return 0;
  for (std::size_t i = 0; i < kCounterBytes; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return out;
}

}  // namespace

Result<std::string> add_counters(std::string_view row, std::string_view deltas) {
  if (row.size() % kCounterBytes != 0) {
    return fail(Code::kCorrupt, "a counter row has " + std::to_string(row.size()) + " bytes");
  }
  if (deltas.size() % kCounterBytes != 0) {
    return fail(Code::kInvalid, "counter deltas have " + std::to_string(deltas.size()) + " bytes");
  }
  std::string out(std::max(row.size(), deltas.size()), '\0');
  for (std::size_t at = 0; at < out.size(); at += kCounterBytes) {
    const std::uint64_t sum = load_le64(row, at) + load_le64(deltas, at);
    for (std::size_t i = 0; i < kCounterBytes; ++i) {
      out[at + i] = static_cast<char>(static_cast<unsigned char>(sum >> (8 * i)));
    }
  }
  return out;
}

Result<std::optional<std::string>> Overlay::read(const FullKey& key, const Changes& newest) {
  if (const auto found = newest.find(key); found != newest.end()) return found->second;
  if (const auto found = changes_.find(key); found != changes_.end()) return found->second;
  return below_.read(key);
}

Result<void> Overlay::apply(Commit commit) {
  const ShardId shard = commit.shard;
  Changes staged;
  for (auto& [key, value] : commit.preconditions) {
    TRY(const std::optional<std::string> now, read(FullKey{shard, std::move(key)}, staged));
    if (now != value) return fail(Code::kPrecondition, "a row has changed");
  }
  for (auto& [kind, key, value] : commit.mutations) {
    FullKey full{shard, std::move(key)};
    switch (kind) {
      case Mutation::Kind::kPut:
        staged.insert_or_assign(std::move(full), std::move(value));
        break;
      case Mutation::Kind::kErase:
        staged.insert_or_assign(std::move(full), std::nullopt);
        break;
      case Mutation::Kind::kAdd: {
        TRY(const std::optional<std::string> now, read(full, staged));
        TRY(std::string sum, add_counters(now.value_or(""), value));
        staged.insert_or_assign(std::move(full), std::move(sum));
        break;
      }
    }
  }
  while (!staged.empty()) {
    auto taken = changes_.insert(staged.extract(staged.begin()));
    if (!taken.inserted) taken.position->second = std::move(taken.node.mapped());
  }
  return {};
}

}  // namespace muzn::meta
