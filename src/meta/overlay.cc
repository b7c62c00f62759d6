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

Result<std::optional<std::string>> Overlay::read(const FullKey& key) {
  if (const auto found = changes_.find(key); found != changes_.end()) return found->second;
  return below_.read(key);
}

// Turns each sum into a put of its result.
Result<void> Overlay::add_up(ShardId shard, std::vector<Mutation>& mutations) {
  for (auto at = mutations.begin(); at != mutations.end(); ++at) {
    if (at->kind != Mutation::Kind::kAdd) continue;
    const auto before = std::find_if(std::make_reverse_iterator(at), mutations.rend(),
                                     [&](const Mutation& one) { return one.key == at->key; });
    std::string now;
    if (before == mutations.rend()) {
      TRY(auto row, read(FullKey{shard, at->key}));
      now = std::move(row).value_or("");
    } else if (before->kind == Mutation::Kind::kPut) {
      now = before->value;
    }
    TRY(at->value, add_counters(now, at->value));
    at->kind = Mutation::Kind::kPut;
  }
  return {};
}

Result<void> Overlay::apply(Commit commit) {
  const ShardId shard = commit.shard;
  for (auto& [key, value] : commit.preconditions) {
    TRY(const std::optional<std::string> now, read(FullKey{shard, std::move(key)}));
    if (now != value) return fail(Code::kPrecondition, "a row has changed");
  }
  TRY_VOID(add_up(shard, commit.mutations));
  // Nothing fails from here on.
  for (auto& [kind, key, value] : commit.mutations) {
    auto& change = changes_[FullKey{shard, std::move(key)}];
    if (kind == Mutation::Kind::kErase) {
      change.reset();
    } else {
      change = std::move(value);
    }
  }
  return {};
}

}  // namespace muzn::meta
