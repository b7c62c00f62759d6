// Copies of sealed blobs in a directory of blob files: what a backup keeps, and what a restore
// fills a new store with. A copy is the blob's file byte for byte; nothing is copied but what its
// checksums have proved, and a copy bears its name only when it is whole and on stable storage.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/pool.h"
#include "blob/file_listing.h"
#include "blob/store.h"
#include "fs/dir.h"

namespace muzn::blob {

// Threads: one at a time. Calls block, but for reads of store().
class Archive {
 public:
  // Opens the directory, or makes it. `pool` reads and must outlive the archive.
  // Errors: kInvalid (written by a newer format), kUnavailable.
  static Result<std::unique_ptr<Archive>> open(const std::string& directory, Pool& pool,
                                               fs::Disk& disk = fs::kernel());

  // Whether a copy with so many bytes of data is there: its footer is read and verified, its blocks
  // are not.
  bool has(const BlobId& id, std::uint64_t size);

  struct Copied {
    std::uint64_t bytes = 0;   // of data
    std::optional<Error> bad;  // of `from`: nothing was copied
  };
  // Copies a blob of `size` bytes over what may stand there. Its name is durable after sync().
  // Errors: those of writing here, after which the archive is not to be written any more.
  Result<Copied> add(const BlobId& id, std::uint64_t size, Store& from);
  // Makes all names durable.
  Result<void> sync();

  // Idempotent. Not durable before sync().
  Result<void> remove(const BlobId& id);
  // Every copy, by list_blob_files(); what a crash left half written goes.
  Result<void> each(const std::function<void(const BlobId& id, std::uint64_t file_bytes)>& visit);

  // The copies, for reading.
  Store& store() { return *store_; }

 private:
  Archive(fs::Dir dir, std::unique_ptr<Store> store, fs::Disk& disk)
      : dir_(std::move(dir)), store_(std::move(store)), disk_(disk) {}

  Result<Copied> write(const std::string& name, Reader& from);

  const fs::Dir dir_;
  const std::unique_ptr<Store> store_;
  fs::Disk& disk_;
  std::set<std::string> unsynced_;  // directories, relative to dir_
};

}  // namespace muzn::blob
