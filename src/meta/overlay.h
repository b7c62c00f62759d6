// The effect of commits not yet written: rows changed on top of a state that can be read. It is
// where preconditions are compared and kAdd is computed, the same for every engine.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "meta/store.h"

namespace muzn::meta {

using FullKey = std::pair<ShardId, std::string>;
using Changes = std::map<FullKey, std::optional<std::string>>;  // nullopt = erased

// The state below an overlay.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual Result<std::optional<std::string>> read(const FullKey& key) = 0;
};

// Threads: one at a time.
class Overlay {
 public:
  // `below` is borrowed and must not change while the overlay lives.
  explicit Overlay(RowSource& below) : below_(below) {}

  // All of `commit` or nothing. Later commits see earlier ones.
  // Errors: kPrecondition, kInvalid (deltas that are no int64 array), kCorrupt (a row that is
  // none), and what `below` fails with.
  Result<void> apply(Commit commit);

  const Changes& changes() const { return changes_; }
  // The same, for who does something else with them; leaves the overlay useless.
  Changes take_changes() { return std::move(changes_); }

 private:
  Result<std::optional<std::string>> read(const FullKey& key);
  Result<void> add_up(ShardId shard, std::vector<Mutation>& mutations);

  RowSource& below_;
  Changes changes_;
};

// Adds little-endian int64 arrays element by element; the shorter one counts as followed by zeros,
// and sums wrap. Errors: kCorrupt (row), kInvalid (deltas): a length that is no multiple of 8.
Result<std::string> add_counters(std::string_view row, std::string_view deltas);

}  // namespace muzn::meta
