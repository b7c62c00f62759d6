// A record beside what it tells of: a row in the shard of the change, made by the same commit,
// until its line is in its account's own log (audit/outbox.h). docs/formats/recorder.md draws it.
// Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::audit {

struct OutboxRow {
  std::string handle;  // of the account whose log it goes to
  std::string line;    // the entry
  bool operator==(const OutboxRow&) const = default;
};
std::string encode_outbox(std::string_view handle, std::string_view line);
// Takes exactly what encode_outbox() makes. Errors: kCorrupt, kUnsupported (a newer format).
Result<OutboxRow> decode_outbox(std::string_view row);

}  // namespace muzn::audit
