// The disks for blobs besides the main directory's: found or made at the start, each with threads
// of its own, and what the log and the metrics say of them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/pool.h"
#include "base/rng.h"
#include "blob/attach.h"
#include "blob/file_store.h"
#include "server/config.h"
#include "server/log.h"
#include "server/metrics.h"

namespace muzn::server {

// Outlives the store that it extends.
class Volumes {
 public:
  // Blocks. Errors: as blob::attach_volumes() and blob::settle_site(), and kInvalid (a label of a
  // directory that is none of them).
  static Result<std::unique_ptr<Volumes>> attach(const fs::Dir& data, const Config& config,
                                                 Rng& rng);

  // For blob::open_file_store(); borrows from this object.
  std::vector<blob::FurtherVolume> further() const;
  // What an operator has to know of the start: which are new, and which are down.
  void tell(const blob::BlobFigures& figures, Log& log) const;

 private:
  Volumes(std::vector<blob::Attached> attached, std::vector<std::string> sites,
          const Config& config);

  std::vector<blob::Attached> attached_;      // hold the locks
  std::vector<std::string> sites_;            // of each; "" = no label
  std::vector<std::unique_ptr<Pool>> pools_;  // one for each
  std::size_t waiting_max_ = 0;
};

// For FileOptions::on_failed. `log` is borrowed.
std::function<void(std::uint8_t volume, const Error& cause)> tell_failures(Log& log);

// Of the bytes kept in memory.
std::vector<Gauge> hot_gauges(const blob::HotFigures& figures);
// One set for each volume, the main directory's (0) among them.
std::vector<Gauge> volume_gauges(const blob::BlobFigures& figures);

}  // namespace muzn::server
