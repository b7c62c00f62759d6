// The embedded engine of bytes: one preallocated file for each blob, DIRECTORY/xx/yy/<hex id>, data
// first (so that it can leave by sendfile), then a footer with one checksum for each block, whose
// seed carries the blob's id and the block's number. docs/formats/engine.md draws it.
//
// A store may have further directories, each on a disk of its own: volumes 1 to 255. They fail
// alone: what a failed write or sync closes is that volume.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/pool.h"
#include "base/rng.h"
#include "base/time.h"
#include "blob/store.h"
#include "fs/disk.h"

namespace muzn::blob {

struct FurtherVolume {
  std::uint8_t number = 0;  // not 0
  std::string path;         // for people
  std::string directory;    // of its blobs alone; it stands
  std::string down;         // why it can't be used; "" = it can
  // Borrowed; runs the blocking calls on this volume. One of its own, so that a disk that hangs
  // holds no thread that another needs.
  Pool* pool = nullptr;
  // Calls that may wait for its pool; further ones get kUnavailable. So a disk that hangs does not
  // gather all the requests there may be. 0 = any number.
  std::size_t waiting_max = 0;
  std::string site = {};  // as VolumeFigures has it
};

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

  // Of verified bytes kept in memory for readers who come again; 0 = none.
  std::uint64_t hot_bytes = 0;

  // Borrowed; with further volumes: when to measure free space, and which to choose.
  const Clock* clock = nullptr;
  Rng* rng = nullptr;
  // Called once for each volume that a failed write or sync closes, on any thread.
  std::function<void(std::uint8_t volume, const Error& cause)> on_failed = nullptr;
  std::string site = {};  // as VolumeFigures has it, of volume 0
};

// Opens or creates volume 0, and opens those of `further` (by number), of which one that can't be
// opened is down, not an error. `pool` runs the blocking calls and must outlive the store, and the
// store its writers and readers. Its end waits for discards in the background.
// Errors: kInvalid (written by a newer format), kUnavailable.
Result<std::unique_ptr<Store>> open_file_store(const FileOptions& options, Pool& pool,
                                               const std::vector<FurtherVolume>& further = {});

// Makes the directory of an empty store, durably, where it is missing; checks it where it stands.
// Errors: kInvalid (written by a newer format), kUnavailable.
Result<void> make_file_store(const std::string& directory, fs::Disk& disk = fs::kernel());

// That a store in this directory, if there is one, has a format of ours, before anything else of it
// is opened. Nothing is made or written. Errors: kInvalid, kUnavailable.
Result<void> check_blobs_format(const std::string& directory, fs::Disk& disk = fs::kernel());

}  // namespace muzn::blob
