#include "server/offline.h"

#include "blob/file_store.h"

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
  blob::FileOptions blobs;
  blobs.directory = out->path() + "/blobs";
  blobs.read_only = true;
  TRY(out->blobs_, blob::open_file_store(blobs, out->pool_));
  return out;
}

Result<void> Offline::list_blobs(const blob::FileListing& visit) const {
  return blob::list_blob_files(path() + "/blobs", visit);
}

}  // namespace muzn::server
