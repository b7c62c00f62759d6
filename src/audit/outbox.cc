#include "audit/outbox.h"

#include <algorithm>
#include <utility>

namespace muzn::audit {
namespace {

constexpr std::size_t kEraseRows = 1024;  // of one commit

}  // namespace

void Outbox::add(Outgoing row) {
  bytes_ += row.entry.line.size();
  const std::lock_guard lock(mutex_);
  if (since_ == 0) since_ = std::max<std::int64_t>(clock_.monotonic_micros(), 1);
  added_.push_back(std::move(row));
}

Result<void> Outbox::has_room() const {
  if (bytes_ > options_.bytes_max) {
    return fail(Code::kUnavailable, "outbox: it is full, since the logs of accounts do not grow");
  }
  const std::int64_t since = since_;
  if (since != 0 && clock_.monotonic_micros() - since > options_.seconds_max * 1'000'000) {
    return fail(Code::kUnavailable, "outbox: the logs of accounts do not grow");
  }
  return {};
}

void Outbox::take() {
  std::vector<Outgoing> added;
  {
    const std::lock_guard lock(mutex_);
    added.swap(added_);
  }
  for (Outgoing& one : added) {
    Waiting& to = waiting_[std::move(one.handle)];
    to.entries.push_back(std::move(one.entry));
    to.rows.emplace_back(one.shard, std::move(one.row_key));
  }
}

Task<Result<void>> Outbox::move(std::set<std::string, std::less<>>& grown) {
  const std::int64_t began = std::max<std::int64_t>(clock_.monotonic_micros(), 1);
  take();
  Result<void> out;
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    auto& [handle, waiting] = *next;
    grown.insert(handle);
    if (auto done = co_await logs_.append_all(handle, waiting.entries); !done) {
      // The others' promises are kept all the same.
      out = std::move(done);
      ++next;
      continue;
    }
    for (auto& [shard, key] : waiting.rows) moved_[shard].push_back(std::move(key));
    for (const LogEntry& entry : waiting.entries) bytes_ -= entry.line.size();
    next = waiting_.erase(next);
  }
  CO_TRY_VOID(co_await erase_moved());
  if (out) {
    // What came since may have come just after this began.
    const std::lock_guard lock(mutex_);
    since_ = added_.empty() ? 0 : began;
  }
  co_return out;
}

Task<Result<void>> Outbox::erase_moved() {
  while (!moved_.empty()) {
    const auto next = moved_.begin();
    const std::vector<std::string>& keys = next->second;
    for (std::size_t done = 0; done < keys.size();) {
      meta::Commit commit{.shard = next->first, .preconditions = {}, .mutations = {}};
      const std::size_t end = std::min(keys.size(), done + kEraseRows);
      for (; done < end; ++done) commit.erase(keys[done]);
      // Erased again after an error: it changes nothing.
      CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
    }
    moved_.erase(next);
  }
  co_return Result<void>{};
}

}  // namespace muzn::audit
