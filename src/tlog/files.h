// The files that a log serves, as whoever reads it gets them.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "merkle/proof.h"
#include "merkle/tile.h"

namespace muzn::tlog {

// Where the files are. Threads: those of whoever verifies.
class FileSource {
 public:
  virtual ~FileSource() = default;
  // The bytes at a path below the log's prefix. Errors: kNotFound, kLimit (longer than `limit`),
  // and any other: the file may be there, but can't be had now.
  virtual Result<std::string> fetch(const std::string& path, std::size_t limit) = 0;
};

// Whether an error says that the log is wrong, and not that it can't be read now.
bool is_fault(Code code);

// A tile or bundle at its width; from the full one where the partial one is gone, as logs may have
// it.
Result<std::string> fetch_tile(FileSource& source, const merkle::Tile& tile);

// The hashes of `plan` in a tree of `size` leaves, from the tiles that they lie in.
Result<merkle::Proof> fetch_proof(FileSource& source, const std::vector<merkle::Subtree>& plan,
                                  std::uint64_t size);

}  // namespace muzn::tlog
