// The blobs of a data directory on all its volumes: listing them, and opening them for reading
// where no server has them open.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/pool.h"
#include "base/system.h"
#include "blob/attach.h"
#include "blob/file_listing.h"
#include "blob/store.h"
#include "fs/dir.h"

namespace muzn::server {

// What lies on a volume.
struct Listed {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
};

// Of all volumes of the store that are up. `listed`, by number, may be null. Blocks.
// Errors: as blob::list_blob_files().
Result<void> list_blobs(const blob::Store& blobs, const blob::FileListing& visit,
                        std::map<std::uint8_t, Listed>* listed = nullptr);

// Volumes are looked for where the server saw them last; those that are not found are down.
class BlobsAtHand {
 public:
  // Nothing is written. Errors: kNotFound, kInvalid (of a newer format), kCorrupt (the registry).
  static Result<std::unique_ptr<BlobsAtHand>> open(const fs::Dir& data);
  blob::Store& store() { return *store_; }

 private:
  BlobsAtHand() = default;

  SystemClock clock_;
  SystemRng rng_;
  Pool pool_{2};
  std::vector<blob::Attached> volumes_;  // hold the locks
  std::unique_ptr<blob::Store> store_;
};

}  // namespace muzn::server
