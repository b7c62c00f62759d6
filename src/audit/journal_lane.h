// One queue of the journal in memory: what waits to be written, and an index of the rows there are.
// Knows no thread and no store: what it plans, somebody else commits and then tells.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal_rows.h"
#include "meta/store.h"

namespace muzn::audit {

class Lane {
 public:
  explicit Lane(Queue queue) : queue_(queue) {}

  // From the rows at the start, in their order. Errors: kCorrupt.
  Result<void> load(const meta::Row& row);
  Result<void> load_delivered(std::string_view value);

  void add(std::string_view item);
  bool is_idle() const { return pending_.empty(); }
  std::size_t pending_bytes() const { return pending_bytes_; }
  std::uint64_t waiting_bytes() const { return stored_bytes_ + pending_bytes_; }
  std::uint64_t waiting() const { return next_ - first_ + pending_count_; }
  // Sequences that were delivered, and that are durable, end before these.
  std::uint64_t first() const { return first_; }
  std::uint64_t next() const { return next_; }

  // Adds to a commit: rows without what comes before `drop_before`, then what is pending, about
  // `bytes_max` of it or, when something is to be last, all. Ends with done() before the next one.
  void plan(meta::Commit& commit, std::optional<std::uint64_t> drop_before,
            const std::vector<std::string_view>& last, std::size_t bytes_max);
  void done(bool is_committed);

  // Rows that hold what is read from here on, about `bytes_max` of it.
  struct Range {
    std::string from;
    std::string to;
    std::size_t rows = 0;
  };
  Range range(std::uint64_t from, std::size_t bytes_max) const;

 private:
  struct Batch {
    std::uint64_t count = 0;
    std::string bytes;
  };
  struct Stored {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::size_t bytes = 0;
    std::uint64_t end() const { return first + count; }
  };
  // What a plan makes of the lane.
  struct Plan {
    std::size_t erased = 0;  // rows at the front
    std::optional<std::uint64_t> first;
    bool extends = false;  // the first of `rows` is the last one that there is, with more in it
    std::vector<Stored> rows;
    std::string tail;         // the bytes of the last row
    std::size_t batches = 0;  // of pending_
  };

  void plan_rows(meta::Commit& commit, const std::vector<std::string_view>& last,
                 std::size_t bytes_max);

  const Queue queue_;
  std::deque<Batch> pending_;
  std::uint64_t pending_count_ = 0;
  std::size_t pending_bytes_ = 0;
  std::deque<Stored> stored_;  // without gaps, up to next_
  std::uint64_t stored_bytes_ = 0;
  std::string tail_;  // the bytes of the last row while it is small, else empty: it may get more
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
  Plan plan_;
};

}  // namespace muzn::audit
