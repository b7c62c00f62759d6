#include "kv/log_check.h"

#include <string_view>

#include "kv/log_scan.h"

namespace muzn::kv {

Result<void> check_logs(const fs::Dir& database) {
  TRY(const auto names, database.list("."));
  std::string block(kLogBlockBytes, '\0');
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    TRY(const fs::File file, database.open_read(name));
    LogScan scan(name);
    for (std::uint64_t at = 0;; at += kLogBlockBytes) {
      TRY(const std::size_t got, file.read_at(at, block));
      TRY_VOID(scan.take(std::string_view(block).substr(0, got)));
      if (got < kLogBlockBytes) break;
    }
  }
  return {};
}

}  // namespace muzn::kv
