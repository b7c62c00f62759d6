// From the journal into rows, and what becomes of rows that nobody needs.
#include "trail/delivery.h"

#include <utility>

#include "trail/item.h"

namespace muzn::trail {
namespace {

constexpr std::size_t kCollectBytes = 1U << 20;  // of the journal, a commit
constexpr std::size_t kEraseRows = 1000;         // a commit

}  // namespace

Delivery::Delivery(meta::Store& rows, audit::Journal& journal,
                   const control::Controller& controller, Outlet& outlet, const Clock& clock,
                   Rng& rng, std::string sealing_key, DeliveryOptions options)
    : rows_(rows),
      journal_(journal),
      controller_(controller),
      outlet_(outlet),
      clock_(clock),
      key_(rows, clock, rng, std::move(sealing_key)),
      options_(std::move(options)) {}

Task<Result<void>> Delivery::open() {
  CO_TRY(const auto cursor, co_await rows_.get(kTrailShard, std::string(kCursorRow)));
  if (cursor) {
    CO_TRY(cursor_, decode_cursor(*cursor));
    has_cursor_ = true;
    // A crash came between taking and dropping.
    CO_TRY_VOID(co_await journal_.drop(audit::Queue::kTrail, cursor_));
  }
  const std::string prefix(kStatePrefix);
  for (std::string from = prefix;;) {
    CO_TRY(const std::vector<meta::Row> page,
           co_await rows_.scan(kTrailShard, from, meta::after_prefix(prefix), kEraseRows));
    for (const meta::Row& row : page) {
      CO_TRY(TrailId id, trail_of_state_row(row.key));
      CO_TRY(states_[std::move(id)], decode_state(row.value));
    }
    if (page.size() < kEraseRows) break;
    from = page.back().key + '\0';
  }
  count_states();
  co_return Result<void>{};
}

// REQUIRES that states of other trails of this name were forgotten.
TrailState& Delivery::state_of(const control::Trail& trail) {
  TrailState& state = states_[{trail.account, trail.name}];
  state.created = trail.created;
  return state;
}

Task<Result<void>> Delivery::collect() {
  const control::Snapshot state = controller_.state();
  CO_TRY_VOID(co_await forget_gone(state));
  for (;;) {
    CO_TRY(const std::vector<audit::Journal::Item> items,
           co_await journal_.read(audit::Queue::kTrail, cursor_, kCollectBytes));
    if (items.empty()) break;
    const std::uint64_t next = items.back().sequence + 1;
    std::map<TrailId, TrailState> changed;
    meta::Commit commit = new_commit();
    commit.require(std::string(kCursorRow),
                   has_cursor_ ? std::optional(encode_cursor(cursor_)) : std::nullopt);
    commit.put(std::string(kCursorRow), encode_cursor(next));
    for (const audit::Journal::Item& item : items) take(commit, changed, *state, item);
    for (const auto& [id, one] : changed) commit.put(state_row(id), encode_state(one));
    CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
    cursor_ = next;
    has_cursor_ = true;
    for (auto& [id, one] : changed) states_[id] = std::move(one);
    CO_TRY_VOID(co_await journal_.drop(audit::Queue::kTrail, cursor_));
  }
  count_states();
  co_return Result<void>{};
}

void Delivery::take(meta::Commit& commit, std::map<TrailId, TrailState>& changed,
                    const control::State& state, const audit::Journal::Item& item) {
  const Result<Item> read = decode_item(item.bytes);
  if (!read) {
    // It would be in the way forever.
    unreadable_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (read->management) {
    commit.put(event_row(read->account, read->time, item.sequence), read->event);
  }
  for (const std::string& name : read->trails) {
    const TrailId id(read->account, name);
    const control::StoredTrail* const stored = state.trail(id.first, id.second);
    // Deleted meanwhile, or another trail by now.
    if (stored == nullptr || read->time < stored->trail.created) continue;
    auto at = changed.find(id);
    if (at == changed.end()) at = changed.emplace(id, state_of(stored->trail)).first;
    TrailState& one = at->second;
    if (one.waiting_bytes + read->event.size() > options_.waiting_bytes_max) {
      ++one.lost;
      continue;
    }
    ++one.waiting;
    one.waiting_bytes += read->event.size();
    commit.put(waiting_row(id, item.sequence),
               encode_waiting({.time = read->time, .leaf = read->leaf, .event = read->event}));
  }
}

// Rows of trails that were deleted, or deleted and made again.
Task<Result<void>> Delivery::forget_gone(control::Snapshot state) {
  std::vector<TrailId> gone;
  for (const auto& [id, one] : states_) {
    const control::StoredTrail* const stored = state->trail(id.first, id.second);
    if (stored == nullptr || stored->trail.created != one.created) gone.push_back(id);
  }
  for (const TrailId& id : gone) CO_TRY_VOID(co_await forget(id));
  co_return Result<void>{};
}

Task<Result<void>> Delivery::forget(TrailId id) {
  const std::string prefix = waiting_prefix(id);
  CO_TRY_VOID(co_await erase_range(prefix, meta::after_prefix(prefix)));
  meta::Commit commit = new_commit();
  commit.erase(state_row(id));
  CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
  states_.erase(id);
  co_return Result<void>{};
}

Task<Result<void>> Delivery::erase_range(std::string from, std::string to) {
  for (;;) {
    CO_TRY(const std::vector<meta::Row> page,
           co_await rows_.scan_once(kTrailShard, from, to, kEraseRows));
    if (page.empty()) co_return Result<void>{};
    meta::Commit commit = new_commit();
    for (const meta::Row& row : page) commit.erase(row.key);
    CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
    if (page.size() < kEraseRows) co_return Result<void>{};
  }
}

Task<Result<void>> Delivery::expire() {
  const Time before = clock_.now() - std::chrono::days(options_.history_days);
  const std::string all(kEventPrefix);
  for (std::string from = all;;) {
    CO_TRY(const std::vector<meta::Row> next,
           co_await rows_.scan_once(kTrailShard, from, meta::after_prefix(all), 1));
    if (next.empty()) co_return Result<void>{};
    const std::string account = next.front().key.substr(all.size(), kAccountChars);
    CO_TRY_VOID(co_await erase_range(events_prefix(account), event_row(account, before, 0)));
    from = meta::after_prefix(events_prefix(account));
  }
}

void Delivery::count_states() {
  std::uint64_t waiting = 0;
  std::uint64_t lost = 0;
  std::uint64_t stuck = 0;
  for (const auto& [id, state] : states_) {
    waiting += state.waiting;
    lost += state.lost;
    if (!state.error.empty() || !state.digest_error.empty()) ++stuck;
  }
  waiting_ = waiting;
  lost_ = lost;
  stuck_ = stuck;
}

DeliveryFigures Delivery::figures() const {
  return {.events_waiting = waiting_,
          .events_lost = lost_ + unreadable_,
          .files = files_,
          .digests = digests_,
          .trails_stuck = stuck_};
}

}  // namespace muzn::trail
