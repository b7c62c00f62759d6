// Paths of tiles, as clients ask for them: what is taken has one form and stays below tile/.
#include <cstdint>
#include <string_view>

#include "merkle/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  const auto tile = parse_tile_path(path);
  if (!tile) return 0;
  CHECK(path_of(*tile) == path);
  CHECK(path.find("..") == std::string_view::npos);
  CHECK(width_in(tile->level, tile->index, kSizeMax) <= kTileWidth);
  return 0;
}
