#include "meta/row_cache.h"

#include "crypto/digest.h"
#include "meta/full_key.h"

namespace muzn::meta {
namespace {

// Of list node, table node and table slot, besides the texts.
constexpr std::size_t kEntryBytes = 192;
// A row that is larger would drive out too many others.
constexpr std::size_t kLargestPart = 8;  // of a stripe

}  // namespace

RowCache::RowCache(std::size_t bytes_max, Unread unread)
    : stripe_bytes_max_(bytes_max / kStripes),
      unread_(unread),
      guards_(bytes_max > 0 ? kGuards : 0) {}

RowCache::Name RowCache::name_of(ShardId shard, std::string_view key) {
  return {shard, key, crypto::xxh3_64(key, shard)};
}

std::size_t RowCache::size_of(const Entry& entry) {
  return kEntryBytes + entry.key.size() + entry.value.size();
}

RowCache::Entry& RowCache::take_front(Stripe& stripe, const Name& name) {
  const auto found = stripe.by_name.find(name);
  if (found != stripe.by_name.end()) {
    stripe.entries.splice(stripe.entries.begin(), stripe.entries, found->second);
    return stripe.entries.front();
  }
  stripe.entries.push_front({.shard = name.shard, .key = std::string(name.key), .value = {}});
  Entry& fresh = stripe.entries.front();
  fresh.hash = name.hash;
  stripe.by_name.emplace(Name{fresh.shard, fresh.key, fresh.hash}, stripe.entries.begin());
  stripe.bytes += size_of(fresh);
  return fresh;
}

void RowCache::erase(Stripe& stripe, Entries::iterator entry) {
  stripe.bytes -= size_of(*entry);
  stripe.by_name.erase(Name{entry->shard, entry->key, entry->hash});
  stripe.entries.erase(entry);
}

// Or takes the row away, where it is too large.
void RowCache::keep(Stripe& stripe, const Name& name, std::string value) {
  Entry& entry = take_front(stripe, name);
  stripe.bytes -= size_of(entry);
  entry.value = std::move(value);
  stripe.bytes += size_of(entry);
  if (size_of(entry) > stripe_bytes_max_ / kLargestPart) erase(stripe, stripe.entries.begin());
  while (stripe.bytes > stripe_bytes_max_) erase(stripe, std::prev(stripe.entries.end()));
}

std::optional<std::string> RowCache::find(ShardId shard, std::string_view key, Ticket* ticket) {
  *ticket = {};
  if (stripe_bytes_max_ == 0) return std::nullopt;
  const Name name = name_of(shard, key);
  // Before the database is asked.
  *ticket = {.hash = name.hash, .guard = guard_of(name.hash).load(), .clears = clears_.load()};
  Stripe& stripe = stripe_of(name.hash);
  const std::lock_guard lock(stripe.mutex);
  if (!is_changing(ticket->guard)) {
    const auto found = stripe.by_name.find(name);
    if (found != stripe.by_name.end()) {
      ++stripe.hits;
      stripe.entries.splice(stripe.entries.begin(), stripe.entries, found->second);
      return found->second->value;
    }
  }
  ++stripe.misses;
  return std::nullopt;
}

void RowCache::offer(const Ticket& ticket, ShardId shard, std::string_view key,
                     std::string_view value) {
  const std::size_t size = kEntryBytes + key.size() + value.size();
  if (is_changing(ticket.guard) || size > stripe_bytes_max_ / kLargestPart) return;
  if (is_unread(shard, key)) return;
  Stripe& stripe = stripe_of(ticket.hash);
  // A change that begins behind this look comes to its end, and to this entry, after the lock.
  const std::lock_guard lock(stripe.mutex);
  if (guard_of(ticket.hash).load() != ticket.guard || clears_.load() != ticket.clears) return;
  keep(stripe, {shard, key, ticket.hash}, std::string(value));
}

void RowCache::begin_change(const Changes& changes) {
  if (stripe_bytes_max_ == 0) return;
  for (const auto& [full_key, value] : changes) {
    if (is_unread(full_key.first, full_key.second)) continue;
    Guard& guard = guard_of(name_of(full_key.first, full_key.second).hash);
    if (!is_changing(guard.load())) ++guard;
  }
}

void RowCache::end_change(Changes changes) {
  if (stripe_bytes_max_ == 0) return;
  std::vector<std::uint64_t> hashes;
  hashes.reserve(changes.size());
  for (auto& [full_key, value] : changes) {
    if (is_unread(full_key.first, full_key.second)) continue;
    const Name name = name_of(full_key.first, full_key.second);
    hashes.push_back(name.hash);
    Stripe& stripe = stripe_of(name.hash);
    const std::lock_guard lock(stripe.mutex);
    if (value && !value->empty()) {
      keep(stripe, name, *std::move(value));
    } else if (const auto found = stripe.by_name.find(name); found != stripe.by_name.end()) {
      erase(stripe, found->second);
    }
  }
  // Last: rows of one guard were changed at different moments.
  for (const std::uint64_t hash : hashes) {
    Guard& guard = guard_of(hash);
    if (is_changing(guard.load())) ++guard;
  }
}

void RowCache::clear() {
  ++clears_;
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    stripe.by_name.clear();
    stripe.entries.clear();
    stripe.bytes = 0;
  }
}

RowCacheFigures RowCache::figures() const {
  RowCacheFigures out;
  out.capacity = stripe_bytes_max_ * kStripes;
  for (const Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    out.hits += stripe.hits;
    out.misses += stripe.misses;
    out.bytes += stripe.bytes;
  }
  return out;
}

Result<std::optional<std::string>> cached_get(RowCache& cache, const kv::Rows& database,
                                              ShardId shard, std::string_view key) {
  RowCache::Ticket ticket;
  if (auto value = cache.find(shard, key, &ticket)) return value;
  auto found = database.get(encode_full_key(shard, key));
  if (found && *found) cache.offer(ticket, shard, key, **found);
  return found;
}

}  // namespace muzn::meta
