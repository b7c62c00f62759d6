#include "meta/log_archive.h"

#include <algorithm>
#include <string>
#include <vector>

namespace muzn::meta {

void trim_log_archive(const fs::Dir& database, std::uint64_t bytes_max) {
  auto names = database.list(kArchiveName);
  if (!names) return;
  // By number: a longer name is a greater one.
  std::ranges::sort(*names, std::ranges::greater(),
                    [](const std::string& name) { return std::pair(name.size(), name); });
  std::uint64_t bytes = 0;
  for (const std::string& name : *names) {
    if (!name.ends_with(".log")) continue;
    const std::string path = std::string(kArchiveName) + "/" + name;
    const auto file = database.open_read(path);
    const auto size = file ? file->size() : std::unexpected(file.error());
    bytes += size.value_or(0);
    if (bytes <= bytes_max) continue;
    [[maybe_unused]] const auto gone = database.unlink(path);
  }
}

}  // namespace muzn::meta
