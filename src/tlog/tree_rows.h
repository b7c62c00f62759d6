// Reads the tree of a log from its rows: tiles, bundles, roots and proofs, of its newest size and
// of every smaller one. Tiles of a smaller size are the beginnings of what is there now.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/task.h"
#include "merkle/growth.h"
#include "merkle/proof.h"
#include "merkle/tile.h"
#include "meta/store.h"
#include "tlog/rows.h"

namespace muzn::tlog {

// Threads: safe. Borrows the store.
class TreeRows {
 public:
  TreeRows(meta::Store& rows, meta::ShardId shard) : rows_(rows), shard_(shard) {}

  // Bytes of a tile or a bundle, as they are served. Errors: kNotFound (the log is not so large),
  // kCorrupt (rows that are no log), and the store's.
  Task<Result<std::string>> read(merkle::Tile tile) const;
  // REQUIRES from <= to <= size, of a size that the log had.
  Task<Result<std::vector<std::string>>> entries(std::uint64_t from, std::uint64_t to,
                                                 std::uint64_t size) const;
  // REQUIRES a size that the log had.
  Task<Result<merkle::Hash>> root_at(std::uint64_t size) const;
  // What goes on from a tree of `size`, whose edge it reads. Errors: also kCorrupt.
  Task<Result<merkle::Growth>> growth_at(std::uint64_t size) const;
  // REQUIRES index < size and from <= to, of sizes that the log had.
  Task<Result<merkle::Proof>> prove_inclusion(std::uint64_t index, std::uint64_t size) const;
  Task<Result<merkle::Proof>> prove_consistency(std::uint64_t from, std::uint64_t to) const;

 private:
  Task<Result<std::string>> read_bundle(std::uint64_t index, unsigned width) const;
  Task<Result<std::string>> read_hashes(unsigned level, std::uint64_t index, unsigned width) const;
  Task<Result<merkle::TileSet>> read_for(std::vector<merkle::Subtree> plan,
                                         std::uint64_t size) const;

  meta::Store& rows_;
  const meta::ShardId shard_;
};

}  // namespace muzn::tlog
