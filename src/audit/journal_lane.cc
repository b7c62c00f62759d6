#include "audit/journal_lane.h"

#include <algorithm>
#include <utility>

#include "codec/varint.h"

namespace muzn::audit {
namespace {

// Engines read and write small rows best; and a queue that nobody reads for hours must not become a
// row for each tenth of a second, so a small row at the end is written again with more in it.
constexpr std::size_t kRowBytesMax = 128U << 10;
constexpr std::size_t kTailBytesMax = 16U << 10;

}  // namespace

Result<void> Lane::load(const meta::Row& row) {
  TRY(const std::uint64_t first, first_of(row.key));
  TRY(const auto items, items_of(row.value));
  if (!stored_.empty() && first != next_) return fail(Code::kCorrupt, "journal: a row is missing");
  if (stored_.empty()) first_ = first;
  stored_.push_back({.first = first, .count = items.size(), .bytes = row.value.size()});
  stored_bytes_ += row.value.size();
  next_ = stored_.back().end();
  tail_ = row.value.size() < kTailBytesMax ? row.value : "";
  return {};
}

// Of a queue whose items were all delivered this is all there is.
Result<void> Lane::load_delivered(std::string_view value) {
  codec::FieldReader in(value);
  TRY(const std::uint64_t before, in.be64());
  if (stored_.empty()) next_ = before;
  if (before < first_ || before > next_) return fail(Code::kCorrupt, "journal: a bad sequence");
  first_ = before;
  return {};
}

void Lane::load_intent(std::string id, std::string_view item) {
  intents_.emplace(id, item.size());
  intent_bytes_ += item.size();
  add(item, std::move(id));
}

void Lane::add(std::string_view item, std::string settles) {
  // What a plan took stays as it was taken.
  if (pending_.size() == plan_.batches ||
      pending_.back().bytes.size() + item.size() > kRowBytesMax) {
    pending_.emplace_back();
  }
  Batch& batch = pending_.back();
  const std::size_t before = batch.bytes.size();
  put_item(batch.bytes, item);
  ++batch.count;
  if (!settles.empty()) batch.settles.push_back(std::move(settles));
  ++pending_count_;
  pending_bytes_ += batch.bytes.size() - before;
}

void Lane::plan(meta::Commit& commit, const Wishes& wishes, std::size_t bytes_max) {
  plan_ = {};
  if (wishes.note) {
    commit.put(note_row(queue_), std::string(*wishes.note));
    plan_.note = *wishes.note;
  }
  for (const auto& [id, item] : wishes.intents) {
    commit.put(intent_row(queue_, id), std::string(item));
    plan_.intents.emplace_back(id, item.size());
  }
  if (wishes.drop_before) plan_drop(commit, *wishes.drop_before);
  if (!pending_.empty() || !wishes.last.empty()) plan_rows(commit, wishes.last, bytes_max);
}

void Lane::plan_drop(meta::Commit& commit, std::uint64_t before) {
  before = std::min(before, next_);
  if (!note_.empty()) {
    commit.erase(note_row(queue_));
    plan_.note = "";
  }
  if (before <= first_) return;
  plan_.first = before;
  for (const Stored& row : stored_) {
    if (row.end() > before) break;
    commit.erase(items_row(queue_, row.first));
    ++plan_.erased;
  }
  std::string value;
  codec::put_be64(value, before);
  commit.put(delivered_row(queue_), std::move(value));
}

void Lane::plan_rows(meta::Commit& commit, const std::vector<std::string_view>& last,
                     std::size_t bytes_max) {
  std::vector<Stored>& rows = plan_.rows;
  std::string& bytes = plan_.tail;  // of the row that is being filled
  plan_.extends = !tail_.empty() && plan_.erased < stored_.size();
  if (plan_.extends) {
    rows.push_back(stored_.back());
    bytes = tail_;
  } else {
    rows.push_back({.first = next_, .count = 0, .bytes = 0});
  }
  const auto put = [&] {
    rows.back().bytes = bytes.size();
    commit.put(items_row(queue_, rows.back().first), bytes);
  };
  const auto room_for = [&](std::size_t more) {
    if (bytes.empty() || bytes.size() + more <= kRowBytesMax) return;
    put();
    rows.push_back({.first = rows.back().end(), .count = 0, .bytes = 0});
    bytes.clear();
  };
  // Nothing overtakes what came before it.
  if (!last.empty()) bytes_max = pending_bytes_;
  std::size_t taken = 0;
  for (const Batch& batch : pending_) {
    if (taken > 0 && taken + batch.bytes.size() > bytes_max) break;
    taken += batch.bytes.size();
    room_for(batch.bytes.size());
    bytes += batch.bytes;
    rows.back().count += batch.count;
    for (const std::string& id : batch.settles) commit.erase(intent_row(queue_, id));
    ++plan_.batches;
  }
  for (const std::string_view item : last) {
    room_for(item.size());
    put_item(bytes, item);
    ++rows.back().count;
  }
  put();
}

void Lane::take_pending(std::size_t batches) {
  for (; batches > 0; --batches) {
    const Batch& batch = pending_.front();
    pending_count_ -= batch.count;
    pending_bytes_ -= batch.bytes.size();
    for (const std::string& id : batch.settles) {
      const auto intent = intents_.find(id);
      if (intent == intents_.end()) continue;
      intent_bytes_ -= intent->second;
      intents_.erase(intent);
    }
    pending_.pop_front();
  }
}

void Lane::done(bool is_committed) {
  Plan plan = std::exchange(plan_, {});
  if (!is_committed) return;
  if (plan.note) note_ = std::move(*plan.note);
  for (auto& [id, bytes] : plan.intents) {
    if (intents_.emplace(std::move(id), bytes).second) intent_bytes_ += bytes;
  }
  for (std::size_t i = 0; i < plan.erased; ++i) {
    stored_bytes_ -= stored_.front().bytes;
    stored_.pop_front();
  }
  if (stored_.empty()) tail_.clear();
  if (plan.first) first_ = *plan.first;
  take_pending(plan.batches);
  if (plan.rows.empty()) return;
  if (plan.extends) {
    stored_bytes_ -= stored_.back().bytes;
    stored_.pop_back();
  }
  for (const Stored& row : plan.rows) {
    stored_bytes_ += row.bytes;
    stored_.push_back(row);
  }
  next_ = stored_.back().end();
  tail_ = plan.tail.size() < kTailBytesMax ? std::move(plan.tail) : "";
}

Lane::Range Lane::range(std::uint64_t from, std::size_t bytes_max) const {
  from = std::max(from, first_);
  if (from >= next_ || stored_.empty()) return {};
  auto at = std::ranges::upper_bound(stored_, from, {}, &Stored::first);
  if (at != stored_.begin()) --at;
  Range out;
  out.from = items_row(queue_, at->first);
  std::size_t bytes = 0;
  std::uint64_t end = at->end();
  for (; at != stored_.end() && (out.rows == 0 || bytes < bytes_max); ++at) {
    bytes += at->bytes;
    end = at->end();
    ++out.rows;
  }
  out.to = items_row(queue_, end);
  return out;
}

}  // namespace muzn::audit
