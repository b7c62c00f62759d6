// One queue of the journal in memory: what waits to be written, and an index of the rows there are.
// Knows no thread and no store: what it plans, somebody else commits and then tells.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/journal_rows.h"
#include "meta/store.h"

namespace muzn::audit {

// What a commit shall do to a queue besides writing what is pending. Borrows all of it.
struct Wishes {
  std::optional<std::uint64_t> drop_before;
  std::vector<std::string_view> last;  // items behind what is pending
  std::vector<std::pair<std::string_view, std::string_view>> intents;  // id, item
  std::optional<std::string_view> note;
};

class Lane {
 public:
  explicit Lane(Queue queue) : queue_(queue) {}

  // From the rows at the start, in their order. Errors: kCorrupt.
  Result<void> load(const meta::Row& row);
  Result<void> load_delivered(std::string_view value);
  void load_note(std::string note) { note_ = std::move(note); }
  // Of a life that has ended: it becomes an item.
  void load_intent(std::string id, std::string_view item);

  // With `settles` the intent of that id goes when the item is written; "" = none.
  void add(std::string_view item, std::string settles = "");
  bool is_idle() const { return pending_.empty(); }
  std::size_t pending_bytes() const { return pending_bytes_; }
  // With those of intents.
  std::uint64_t waiting_bytes() const { return stored_bytes_ + pending_bytes_ + intent_bytes_; }
  std::uint64_t waiting() const { return next_ - first_ + pending_count_; }
  // Sequences that were delivered, and that are durable, end before these.
  std::uint64_t first() const { return first_; }
  std::uint64_t next() const { return next_; }
  const std::string& note() const { return note_; }

  // Adds to a commit what is wished for and what is pending: about `bytes_max` of it or, when
  // something is to be last, all. Ends with done() before the next one.
  void plan(meta::Commit& commit, const Wishes& wishes, std::size_t bytes_max);
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
    std::vector<std::string> settles;
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
    std::string tail;                                          // the bytes of the last row
    std::size_t batches = 0;                                   // of pending_
    std::vector<std::pair<std::string, std::size_t>> intents;  // id, bytes
    std::optional<std::string> note;
  };

  void plan_drop(meta::Commit& commit, std::uint64_t before);
  void plan_rows(meta::Commit& commit, const std::vector<std::string_view>& last,
                 std::size_t bytes_max);
  void take_pending(std::size_t batches);

  const Queue queue_;
  std::deque<Batch> pending_;
  std::uint64_t pending_count_ = 0;
  std::size_t pending_bytes_ = 0;
  std::deque<Stored> stored_;  // without gaps, up to next_
  std::uint64_t stored_bytes_ = 0;
  std::string tail_;  // the bytes of the last row while it is small, else empty: it may get more
  std::map<std::string, std::size_t, std::less<>> intents_;  // id, bytes
  std::uint64_t intent_bytes_ = 0;
  std::string note_;
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
  Plan plan_;
};

}  // namespace muzn::audit
