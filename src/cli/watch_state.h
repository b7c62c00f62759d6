// What `muzn audit watch` keeps between its looks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/rules.h"
#include "tlog/follower.h"

namespace muzn::cli {

struct WatchState {
  tlog::View view = {};
  // What the entries of the view add up to; nullopt: they are not leaves.
  std::optional<audit::Rules> rules = audit::Rules();
  std::uint64_t silent_below = 0;  // no match is told of entries before this one
  std::uint64_t failures = 0;      // looks in a row that could not read the log
  std::string told = {};           // the trouble that was told last, and is not over
};

// JSON of the schema "muzn.watch/1".
std::string format_watch_state(const WatchState& state);
// Errors: kInvalid.
Result<WatchState> parse_watch_state(std::string_view text, bool is_strict);

}  // namespace muzn::cli
