// Blobs in memory: the model of the property tests. Threads: safe.
#pragma once
#include <map>
#include <mutex>
#include <vector>

#include "blob/store.h"

namespace muzn::blob {

class MemStore final : public Store {
 public:
  Task<Result<std::unique_ptr<Writer>>> create(BlobId id, std::uint64_t size_hint,
                                               policy::Permit permit) override;
  Task<Result<std::unique_ptr<Reader>>> open(BlobId id) override;
  Task<Result<void>> discard(BlobId id) override;
  BlobFigures figures() const override;
  // For tests: how many sealed blobs there are.
  std::size_t count_for_test() const;
  std::vector<BlobId> ids_for_test() const;

 private:
  friend class MemWriter;
  friend class MemReader;
  mutable std::mutex mutex_;  // guards all below
  struct Blob {
    std::string bytes;
    std::string label;
  };
  std::map<BlobId, Blob> blobs_;
  BlobFigures figures_;
};

}  // namespace muzn::blob
