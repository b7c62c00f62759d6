// A data directory that no server has open, for `muzn engine`: locked, and opened for reading only.
// Nothing in it is written but the file LOCK, which is made when it is missing.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "blob/file_listing.h"
#include "blob/store.h"
#include "fs/dir.h"
#include "meta/rocks_view.h"
#include "server/blobs_at_hand.h"

namespace muzn::server {

inline constexpr const char* kLockFile = "LOCK";

// The data directory of a store that was made. Errors: kNotFound, kCorrupt (half of it is gone).
Result<fs::Dir> open_store_directory(const std::string& data);

class Offline {
 public:
  // Errors: kNotFound (no store was made here), kUnavailable (a server has it open), and those of
  // its parts: what a server would refuse to start with (kCorrupt, kInvalid).
  static Result<std::unique_ptr<Offline>> open(const std::string& data);

  meta::RocksView& rows() { return *rows_; }
  blob::Store& blobs() { return blobs_->store(); }
  // Those of all volumes that are up; what lies on each is in listed() then.
  Result<void> list_blobs(const blob::FileListing& visit) {
    return server::list_blobs(blobs(), visit, &listed_);
  }
  const std::map<std::uint8_t, Listed>& listed() const { return listed_; }
  Result<fs::Space> space() const { return data_.space(); }
  const std::string& path() const { return data_.path(); }

 private:
  Offline(fs::Dir data, fs::Fd lock) : data_(std::move(data)), lock_(std::move(lock)) {}

  fs::Dir data_;
  fs::Fd lock_;
  std::unique_ptr<meta::RocksView> rows_;
  std::unique_ptr<BlobsAtHand> blobs_;
  std::map<std::uint8_t, Listed> listed_;
};

}  // namespace muzn::server
