// Hears from RocksDB when tables were made, and tells how far the manifest names them. Internal to
// kv/.
#pragma once
#include <rocksdb/listener.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "kv/database.h"

namespace muzn::kv {

// Where the synced part of the manifest of an open database ends, but for `sequence`.
Result<ManifestEnd> end_of_manifest(rocksdb::DB& db);

// RocksDB calls it between the synced manifest and the end of the log. Its threads go on in a
// database that is given up (database.h): so `failed` is shared.
class FlushListener final : public rocksdb::EventListener {
 public:
  // `failed` is set when Options::on_flush fails.
  FlushListener(const Options& options, std::shared_ptr<std::atomic<bool>> failed)
      : sequence_(options.manifest_end.sequence),
        on_flush_(options.on_flush),
        failed_(std::move(failed)) {}

  void OnFlushCompleted(rocksdb::DB* db, const rocksdb::FlushJobInfo& info) override {
    tell(*db, info.largest_seqno);
  }
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& /*info*/) override {
    tell(*db, 0);
  }

 private:
  // `sequence`: of the newest change in a new table.
  void tell(rocksdb::DB& db, std::uint64_t sequence);

  std::mutex mutex_;  // one at a time, so that what is told last is the newest; guards sequence_
  std::uint64_t sequence_;
  const std::function<Result<void>(ManifestEnd)> on_flush_;
  const std::shared_ptr<std::atomic<bool>> failed_;
};

}  // namespace muzn::kv
