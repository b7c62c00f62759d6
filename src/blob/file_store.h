// The embedded engine of bytes: one preallocated file for each blob, DIRECTORY/xx/yy/<hex id>, data
// first (so that it can leave by sendfile), then a footer with one checksum for each block, whose
// seed carries the blob's id and the block's number. docs/formats/engine.md draws it.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/pool.h"
#include "blob/store.h"
#include "fs/disk.h"

namespace muzn::blob {

struct FileOptions {
  std::string directory;  // of the blobs alone
  // With less free space than this, writes get kNoSpace and go on once there is more. More than
  // the reserve of rows, so that deletes still commit when nothing more can be stored.
  std::uint64_t reserve_bytes = 256U << 20;
  // Borrowed; null: one of its own. Set by the first write or sync that fails, and then no write is
  // taken any more. Rows and blobs of one engine share it: they lie on one disk.
  std::atomic<bool>* closed = nullptr;
  fs::Disk* disk = &fs::kernel();  // borrowed; tests give one of their own
  // Nothing is made or written: a missing directory or format file is an error, and so is every
  // write. Who opens it so keeps other processes out by a lock of its own.
  bool read_only = false;
};

// Makes the directory of an empty store, durably, where it is missing; checks it where it stands.
// Errors: kInvalid (written by a newer format), kUnavailable.
Result<void> make_file_store(const std::string& directory, fs::Disk& disk = fs::kernel());
// That a store in this directory, if there is one, has a format of ours, before anything else of it
// is opened. Nothing is made or written. Errors: kInvalid, kUnavailable.
Result<void> check_blobs_format(const std::string& directory, fs::Disk& disk = fs::kernel());

// Opens or creates. `pool` runs the blocking calls and must outlive the store, and the store its
// writers and readers. Its end waits for discards in the background.
// Errors: kInvalid (written by a newer format), kUnavailable.
Result<std::unique_ptr<Store>> open_file_store(const FileOptions& options, Pool& pool);

}  // namespace muzn::blob
