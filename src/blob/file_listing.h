// Which blob files a directory of blobs holds, for tools that compare it with the rows.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "blob/store.h"
#include "fs/disk.h"

namespace muzn::blob {

struct FileListing {
  // Each blob file that can be there by its name, sealed or not; its size on disk (data and
  // footer).
  std::function<void(const BlobId& id, std::uint64_t file_bytes)> blob;
  // Names that no blob file has, beneath the directory; what can't be read, with the reason.
  std::function<void(const std::string& name, const std::string& why)> stranger;
};

// Blocks. Errors: those of opening and listing the directory itself; beneath it they are told as
// strangers.
Result<void> list_blob_files(const std::string& directory, const FileListing& visit,
                             fs::Disk& disk = fs::kernel());

}  // namespace muzn::blob
