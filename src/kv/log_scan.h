// Reads one log of RocksDB block by block and says whether it is rotten, as opposed to torn: a
// whole record behind a broken one. log_check.h says why that tells them apart. Pure: the bytes
// come from the caller, and may be anything. Internal to kv/.
//
// A record, whole or in fragments (log_format.h), is a write batch:
//     sequence u64 | how many changes u32 | changes
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kv/log_format.h"

namespace muzn::kv {

class LogScan {
 public:
  // `name` is for messages. `before`: the newest change that is known to be before those of the
  // log, right before them as far as is known; 0 = none.
  LogScan(std::string name, std::uint64_t before) : name_(std::move(name)), next_(before + 1) {}

  // The newest change of the log, or `before`.
  std::uint64_t last() const { return next_ - 1; }

  // The next block; only the last one may be shorter than kLogBlockBytes. Time: at most its size
  // squared / 2 bytes of checksums, when every byte of it could begin a fragment. Error: kCorrupt.
  Result<void> take(std::string_view block);

 private:
  Result<void> take_fragment(const Fragment& fragment);
  Result<void> take_record(std::uint64_t sequence, std::uint64_t count);

  const std::string name_;
  std::optional<std::string> head_;  // of the record that is being put together
  std::uint64_t next_;               // sequence number
  bool is_broken_ = false;
  bool is_searching_ = false;        // since broken bytes of this block
  bool is_found_by_search_ = false;  // the record that is being put together
};

}  // namespace muzn::kv
