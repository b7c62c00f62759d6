// An event on its way through the journal: which trails take it was decided when it happened.
// Pure. docs/formats/cloudtrail.md draws it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace muzn::trail {

struct Item {
  std::string account;  // that gets the event
  Time time;
  bool management = false;            // also kept for LookupEvents
  std::optional<std::uint64_t> leaf;  // index in the log, where the record is one
  std::vector<std::string> trails;    // names; of that account
  std::string event;                  // event_json()
  bool operator==(const Item&) const = default;
};

std::string encode_item(const Item& item);
// Errors: kCorrupt, kUnsupported (of a newer format).
Result<Item> decode_item(std::string_view bytes);

}  // namespace muzn::trail
