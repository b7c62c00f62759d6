// Writes what a log serves as files: checkpoint, tile/..., and vkey, its verifier key.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include "merkle/tile.h"
#include "merkle/vkey.h"
#include "tlog/log.h"

namespace muzn::tlog {

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

// All of the published tree, which has `size` entries.
inline Result<void> write_log_files(Log& log, const std::filesystem::path& dir,
                                    std::uint64_t size) {
  const auto fetch = [&](const std::string& path) -> Result<void> {
    TRY(const std::string bytes, run_sync(log.read(path)));
    write_file(dir / path, bytes);
    return {};
  };
  TRY_VOID(fetch("checkpoint"));
  write_file(dir / "vkey", merkle::format_vkey(log.key()));
  for (const merkle::TileRun& run : merkle::plan_growth(0, size)) {
    for (std::uint64_t index = run.first; index <= run.last; ++index) {
      merkle::Tile tile{.level = run.level, .index = index};
      if (index == run.last) tile.width = run.last_width;
      TRY_VOID(fetch(merkle::path_of(tile)));
      if (run.level > 0) continue;
      tile.kind = merkle::Tile::Kind::kEntries;
      TRY_VOID(fetch(merkle::path_of(tile)));
    }
  }
  return {};
}

}  // namespace muzn::tlog
