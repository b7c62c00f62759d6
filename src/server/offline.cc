#include "server/offline.h"

namespace muzn::server {

Result<fs::Dir> open_store_directory(const std::string& data) {
  TRY(auto dir, fs::Dir::open(data));
  if (dir.exists("rows/format")) return dir;
  if (dir.exists("blobs/format")) {
    return fail(Code::kCorrupt, dir.path() + " has blobs but its rows are gone");
  }
  return fail(Code::kNotFound, "there is no store in " + dir.path());
}

Result<std::unique_ptr<Offline>> Offline::open(const std::string& data) {
  TRY(auto dir, open_store_directory(data));
  TRY(auto lock, dir.lock(kLockFile));
  std::unique_ptr<Offline> out(new Offline(std::move(dir), std::move(lock)));
  TRY(out->rows_, meta::RocksView::open({.directory = out->path() + "/rows"}));
  TRY(out->blobs_, BlobsAtHand::open(out->data_));
  return out;
}

}  // namespace muzn::server
