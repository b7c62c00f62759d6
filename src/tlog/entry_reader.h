// Reads entries of a log one by one, mostly upwards: a bundle at a time.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tlog/log.h"

namespace muzn::tlog {

// Borrows the log. Threads: one.
class EntryReader {
 public:
  explicit EntryReader(Log& log) : log_(log) {}

  // Errors: those of Log::entries().
  Task<Result<std::string>> at(std::uint64_t index) {
    if (index < first_ || index - first_ >= entries_.size()) {
      const std::uint64_t size = log_.figures().size;
      if (index >= size) co_return fail(Code::kInvalid, "log: no such entry");
      first_ = index - index % kEntriesMax;
      entries_.clear();
      CO_TRY(entries_, co_await log_.entries(first_, std::min(size, first_ + kEntriesMax)));
    }
    co_return entries_[index - first_];
  }

 private:
  Log& log_;
  std::uint64_t first_ = 0;
  std::vector<std::string> entries_;
};

}  // namespace muzn::tlog
