#include "server/offline.h"

#include "blob/file_store.h"
#include "codec/base64.h"

namespace muzn::server {

Result<std::unique_ptr<Offline>> Offline::open(const std::string& data) {
  TRY(auto dir, fs::Dir::open(data));
  if (!dir.exists("rows/format")) {
    if (dir.exists("blobs/format")) {
      return fail(Code::kCorrupt, dir.path() + " has blobs but its rows are gone");
    }
    return fail(Code::kNotFound, "there is no store in " + dir.path());
  }
  TRY(auto lock, dir.lock(kLockFile));
  std::unique_ptr<Offline> out(new Offline(std::move(dir), std::move(lock)));
  TRY(out->rows_, meta::RocksView::open({.directory = out->path() + "/rows"}));
  blob::FileOptions blobs;
  blobs.directory = out->path() + "/blobs";
  blobs.read_only = true;
  blobs.clock = &out->clock_;
  blobs.rng = &out->rng_;
  TRY(out->volumes_, blob::find_volumes(out->data_));
  std::vector<blob::FurtherVolume> further;
  for (const blob::Attached& one : out->volumes_) {
    further.push_back({.number = one.number,
                       .path = one.path,
                       .directory = one.path + "/" + blob::kBlobsName,
                       .down = one.down,
                       .pool = &out->pool_});
  }
  TRY(out->blobs_, blob::open_file_store(blobs, out->pool_, further));
  return out;
}

Result<void> Offline::list_blobs(const blob::FileListing& visit) {
  for (const auto& volume : blobs_->figures().volumes) {
    if (!volume.down.empty()) continue;
    Listed& listed = listed_[volume.number];
    blob::FileListing own = visit;
    own.blob = [&](const blob::BlobId& id, std::uint64_t file_bytes) {
      // The main directory has those of any number that were restored.
      if (volume.number != 0 && blob::volume_of(id) != volume.number) {
        return visit.stranger(codec::hex_encode(id), "it is another volume's than " + volume.path);
      }
      ++listed.blobs;
      listed.bytes += file_bytes;
      visit.blob(id, file_bytes);
    };
    const std::string directory =
        volume.number == 0 ? volume.path : volume.path + "/" + blob::kBlobsName;
    TRY_VOID(blob::list_blob_files(directory, own));
  }
  return {};
}

}  // namespace muzn::server
