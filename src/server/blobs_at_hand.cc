#include "server/blobs_at_hand.h"

#include "blob/file_store.h"
#include "codec/base64.h"

namespace muzn::server {

Result<void> list_blobs(const blob::Store& blobs, const blob::FileListing& visit,
                        std::map<std::uint8_t, Listed>* listed) {
  for (const auto& volume : blobs.figures().volumes) {
    if (!volume.down.empty()) continue;
    Listed here;
    blob::FileListing own = visit;
    own.blob = [&](const blob::BlobId& id, std::uint64_t file_bytes) {
      // The main directory has those of any number that were restored.
      if (volume.number != 0 && blob::volume_of(id) != volume.number) {
        return visit.stranger(codec::hex_encode(id), "it is another volume's than " + volume.path);
      }
      ++here.blobs;
      here.bytes += file_bytes;
      visit.blob(id, file_bytes);
    };
    const std::string directory =
        volume.number == 0 ? volume.path : volume.path + "/" + blob::kBlobsName;
    TRY_VOID(blob::list_blob_files(directory, own));
    if (listed != nullptr) (*listed)[volume.number] = here;
  }
  return {};
}

Result<std::unique_ptr<BlobsAtHand>> BlobsAtHand::open(const fs::Dir& data) {
  std::unique_ptr<BlobsAtHand> out(new BlobsAtHand());
  blob::FileOptions options;
  options.directory = data.path() + "/blobs";
  options.read_only = true;
  options.clock = &out->clock_;
  options.rng = &out->rng_;
  TRY(out->volumes_, blob::find_volumes(data));
  std::vector<blob::FurtherVolume> further;
  for (const blob::Attached& one : out->volumes_) {
    further.push_back({.number = one.number,
                       .path = one.path,
                       .directory = one.path + "/" + blob::kBlobsName,
                       .down = one.down,
                       .pool = &out->pool_});
  }
  TRY(out->store_, blob::open_file_store(options, out->pool_, further));
  return out;
}

}  // namespace muzn::server
