// Makes the newest entries of a log public.
#pragma once
#include <cstdint>
#include <memory>

#include "tlog/log.h"

namespace muzn::tlog {

// Threads: safe.
class Publisher {
 public:
  virtual ~Publisher() = default;
  // Returns when the published checkpoint covers `size` entries, which the log has. Errors:
  // kUnavailable (not in time; it may still come to pass), the log's.
  virtual Task<Result<void>> publish(std::uint64_t size) = 0;
  // Whether the log may grow now. Errors: kUnavailable, with what to do about it.
  virtual Result<void> may_grow() const { return {}; }
};

// Signs and publishes on the spot: for a log without witnesses. Borrows the log.
std::unique_ptr<Publisher> publish_at_once(Log& log);

}  // namespace muzn::tlog
