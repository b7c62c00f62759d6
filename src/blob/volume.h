// One directory of blob files: names, space, failure and figures; shared by its store, writers and
// readers. Blocking calls are made on pool threads only.
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/pool.h"
#include "blob/store.h"
#include "fs/dir.h"

namespace muzn::blob {

class Volume {
 public:
  // `closed`: of the whole engine, see FileOptions; may be null.
  Volume(fs::Dir dir, std::uint64_t reserve_bytes, std::atomic<bool>* closed, Pool& pool)
      : dir_(std::move(dir)),
        reserve_bytes_(reserve_bytes),
        pool_(pool),
        closed_(closed != nullptr ? *closed : own_closed_) {}
  // Waits for the discards that run in the background.
  ~Volume();
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  Pool& pool() { return pool_; }

  // Blocking verbs.
  Result<fs::File> create(const BlobId& id);
  Result<fs::File> open(const BlobId& id) const;
  // Makes the file's name durable. REQUIRES that its bytes are.
  Result<void> publish(const BlobId& id);
  // Durable, so that the row that names the blob may go next.
  Result<void> discard(const BlobId& id);
  // Errors: kNoSpace below the reserve.
  Result<void> check_space() const;

  // Unlinks an unsealed blob on the pool; `file` is closed there too, which frees the blocks.
  void abandon(BlobId id, fs::File file);

  // Errors: kUnavailable after fail_closed(), here or in the other half of the engine.
  Result<void> check_writable() const;
  // No more writes: what is on the disk is not known any more. Returns the error for the caller.
  std::unexpected<Error> fail_closed(const Error& cause);

  // Between create() and publish() a blob can't be opened.
  bool is_being_written(const BlobId& id) const;

  // Memory for gathering small appends, reused: touching new memory costs more than the copy.
  std::string take_buffer();
  void give_buffer(std::string buffer);

  void count_written(std::uint64_t bytes) { bytes_written_ += bytes; }
  void count_read(std::uint64_t bytes) { bytes_read_ += bytes; }
  void count_corrupt() { ++corrupt_blocks_; }
  BlobFigures figures() const;

 private:
  void forget(const BlobId& id);

  const fs::Dir dir_;
  const std::uint64_t reserve_bytes_;
  Pool& pool_;
  std::atomic<bool> own_closed_ = false;
  std::atomic<bool>& closed_;
  std::atomic<std::uint64_t> bytes_written_ = 0;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::atomic<std::uint64_t> corrupt_blocks_ = 0;
  // By the first byte and by both bytes of the path: that the directory's own name is durable.
  std::array<std::atomic<bool>, 1U << 8> durable_outer_dirs_{};
  std::array<std::atomic<bool>, 1U << 16> durable_dirs_{};

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable idle_;
  std::unordered_set<BlobId> writing_;
  std::vector<std::string> buffers_;
  std::size_t abandoning_ = 0;
};

inline constexpr std::size_t kBufferBytes = 1U << 20;

}  // namespace muzn::blob
