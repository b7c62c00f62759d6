// The embedded engine of bytes: one preallocated file for each blob under DIR/blobs/xx/yy/<hex id>,
// data first (so that it can leave by sendfile), then a footer with one checksum for each block,
// whose seed carries the blob's id and the block's number. docs/formats/blob.md draws it.
#pragma once
#include <memory>
#include <string>

#include "base/pool.h"
#include "blob/store.h"

namespace muzn::blob {

struct FileOptions {
  std::string directory;
};

// Opens or creates. `pool` runs the blocking calls and must outlive the store.
Result<std::unique_ptr<Store>> open_file_store(const FileOptions& options, Pool& pool);

}  // namespace muzn::blob
