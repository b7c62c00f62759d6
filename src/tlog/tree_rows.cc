#include "tlog/tree_rows.h"

#include "merkle/bundle.h"

namespace muzn::tlog {
namespace {

using merkle::kHashBytes;
using merkle::kTileWidth;

std::unexpected<Error> corrupt(const char* what) {
  return fail(Code::kCorrupt, std::string("log: ") + what);
}

// The bundle that these rows make up, from entry `first` of the log on.
Result<std::string> join(const std::vector<meta::Row>& rows, std::uint64_t first) {
  std::string bundle;
  for (const meta::Row& row : rows) {
    TRY(const std::uint64_t index, index_of_entries_row(row.key));
    const auto entries = merkle::count_entries(row.value);
    if (!entries || index != first) return corrupt("entries with a gap");
    first += *entries;
    bundle += row.value;
  }
  return bundle;
}

}  // namespace

Task<Result<std::string>> TreeRows::read(merkle::Tile tile) const {
  if (tile.kind == merkle::Tile::Kind::kEntries) {
    co_return co_await read_bundle(tile.index, tile.width);
  }
  co_return co_await read_hashes(tile.level, tile.index, tile.width);
}

Task<Result<std::vector<std::string>>> TreeRows::entries(std::uint64_t from, std::uint64_t to,
                                                         std::uint64_t size) const {
  std::vector<std::string> out;
  while (from < to) {
    const merkle::Tile bundle{.kind = merkle::Tile::Kind::kEntries,
                              .index = from / kTileWidth,
                              .width = merkle::width_in(0, from / kTileWidth, size)};
    CO_TRY(const std::string bytes, co_await read(bundle));
    CO_TRY(const std::vector<std::string_view> all, merkle::parse_bundle(bytes, bundle.width));
    for (; from < to && from / kTileWidth == bundle.index; ++from) {
      out.emplace_back(all[from % kTileWidth]);
    }
  }
  co_return out;
}

Task<Result<std::string>> TreeRows::read_bundle(std::uint64_t index, unsigned width) const {
  if (index > merkle::kSizeMax / kTileWidth) co_return fail(Code::kNotFound, "log: no such bundle");
  const std::uint64_t first = index * kTileWidth;
  CO_TRY(
      const std::vector<meta::Row> rows,
      co_await rows_.scan(shard_, entries_row(first), entries_row(first + kTileWidth), kTileWidth));
  CO_TRY(const std::string bundle, join(rows, first));
  const auto narrow = merkle::narrow_bundle(bundle, width);
  if (!narrow) co_return fail(Code::kNotFound, "log: it is not so large");
  co_return std::string(*narrow);
}

Task<Result<std::string>> TreeRows::read_hashes(unsigned level, std::uint64_t index,
                                                unsigned width) const {
  if (level >= merkle::kLevels) co_return fail(Code::kNotFound, "log: no such tile");
  CO_TRY(std::optional<std::string> row, co_await rows_.get(shard_, tile_row(level, index)));
  if (row) {
    if (row->size() % kHashBytes != 0) co_return corrupt("a tile of a wrong size");
    if (row->size() < width * kHashBytes) co_return fail(Code::kNotFound, "log: a narrower tile");
    row->resize(width * kHashBytes);
    co_return std::move(*row);
  }
  if (level > 0) co_return fail(Code::kNotFound, "log: no such tile");
  CO_TRY(const std::string bundle, co_await read_bundle(index, width));
  CO_TRY(const std::vector<std::string_view> entries, merkle::parse_bundle(bundle, width));
  std::string hashes;
  for (const std::string_view entry : entries) hashes += merkle::leaf_hash(entry).view();
  co_return hashes;
}

Task<Result<merkle::Growth>> TreeRows::growth_at(std::uint64_t size) const {
  std::vector<std::string> edge;
  for (const merkle::Tile& tile : merkle::edge_of(size)) {
    auto bytes = co_await read(tile);
    // A log that says it is so large has them.
    if (!bytes && bytes.error().code == Code::kNotFound) co_return corrupt("its edge is missing");
    CO_TRY(std::string hashes, std::move(bytes));
    edge.push_back(std::move(hashes));
  }
  co_return merkle::Growth::resume(size, edge);
}

Task<Result<merkle::TileSet>> TreeRows::read_for(std::vector<merkle::Subtree> plan,
                                                 std::uint64_t size) const {
  merkle::TileSet out;
  for (const merkle::Tile& tile : merkle::tiles_for(plan, size)) {
    CO_TRY(std::string bytes, co_await read(tile));
    CO_TRY_VOID(out.add(tile, std::move(bytes)));
  }
  co_return out;
}

Task<Result<merkle::Hash>> TreeRows::root_at(std::uint64_t size) const {
  if (size == 0) co_return merkle::empty_root();
  const merkle::Subtree whole{0, size};
  CO_TRY(const merkle::TileSet tiles, co_await read_for({whole}, size));
  co_return tiles.hash_of(whole);
}

Task<Result<merkle::Proof>> TreeRows::prove_inclusion(std::uint64_t index,
                                                      std::uint64_t size) const {
  const std::vector<merkle::Subtree> plan = merkle::plan_inclusion(index, size);
  CO_TRY(const merkle::TileSet tiles, co_await read_for(plan, size));
  co_return merkle::assemble(plan, tiles);
}

Task<Result<merkle::Proof>> TreeRows::prove_consistency(std::uint64_t from,
                                                        std::uint64_t to) const {
  const std::vector<merkle::Subtree> plan = merkle::plan_consistency(from, to);
  CO_TRY(const merkle::TileSet tiles, co_await read_for(plan, to));
  co_return merkle::assemble(plan, tiles);
}

}  // namespace muzn::tlog
