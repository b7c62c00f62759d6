// Rows in order, to be read: a database as it is now, or as it was at one moment.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::kv {

// Threads: safe. Calls block. Errors: kCorrupt, kUnavailable.
class Rows {
 public:
  Rows() = default;
  virtual ~Rows() = default;
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  // nullopt when absent.
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;

  // Called with each row in order; false ends the scan. The views die with the call.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  // Rows with from <= key < to, upwards and downwards; `to` empty = no end.
  virtual Result<void> scan(std::string_view from, std::string_view to,
                            const Visit& visit) const = 0;
  // As scan(), but what it reads takes no room in the block cache: for walks of everything.
  virtual Result<void> scan_once(std::string_view from, std::string_view to,
                                 const Visit& visit) const = 0;
  virtual Result<void> scan_back(std::string_view from, std::string_view to,
                                 const Visit& visit) const = 0;
};

}  // namespace muzn::kv
