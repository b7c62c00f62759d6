#include "kv/log_check.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "kv/log_scan.h"

namespace muzn::kv {

Result<void> check_logs(const fs::Dir& database, std::uint64_t before) {
  TRY(auto names, database.list("."));
  // By number: a longer name is a greater one.
  std::ranges::sort(names, {},
                    [](const std::string& name) { return std::pair(name.size(), name); });
  std::string block(kLogBlockBytes, '\0');
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    TRY(const fs::File file, database.open_read(name));
    LogScan scan(name, before);
    for (std::uint64_t at = 0;; at += kLogBlockBytes) {
      TRY(const std::size_t got, file.read_at(at, block));
      TRY_VOID(scan.take(std::string_view(block).substr(0, got)));
      if (got < kLogBlockBytes) break;
    }
    before = scan.last();
  }
  return {};
}

}  // namespace muzn::kv
