// One directory of blob files: names, space, failure and figures; shared by its store, writers and
// readers. Blocking calls are made on pool threads only.
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/buffer.h"
#include "base/pool.h"
#include "blob/read_buffers.h"
#include "blob/store.h"
#include "fs/dir.h"

namespace muzn::blob {

struct VolumeOptions {
  std::uint8_t number = 0;
  std::uint64_t reserve_bytes = 0;
  // Borrowed: of the whole engine. Volume 0 lies on the disk of the rows and fails with them; the
  // others take no writes after it either, but close alone.
  std::atomic<bool>& engine_closed;
  bool is_read_only = false;
  std::function<void(std::uint8_t volume, const Error& cause)> on_failed;
};

struct NewFile {
  fs::File file;
  bool is_direct = false;  // writes past the cache: File::write_at() says what it requires then
};

class Volume {
 public:
  Volume(fs::Dir dir, VolumeOptions options, Pool& pool)
      : dir_(std::move(dir)),
        options_(std::move(options)),
        pool_(pool),
        own_closed_(options_.is_read_only),
        closed_(options_.number == 0 && !options_.is_read_only ? options_.engine_closed
                                                               : own_closed_) {}
  // Waits for what runs in the background.
  ~Volume();
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  Pool& pool() { return pool_; }
  ReadBuffers& read_buffers() { return read_buffers_; }  // of kReadBytes

  // Blocking verbs.
  // `size_hint` 0 = unknown. Direct when it pays and the file system can.
  Result<NewFile> create(const BlobId& id, std::uint64_t size_hint);
  // A file that is written, through the cache.
  Result<fs::File> reopen(const BlobId& id) const;
  Result<fs::File> open(const BlobId& id) const;
  // Whether there is a file of that name.
  bool holds(const BlobId& id) const;
  // Makes the file's name durable. REQUIRES that its bytes are.
  Result<void> publish(const BlobId& id);
  // Durable, so that the rows that name the blobs may go next. An error is of at least one of them.
  Result<void> discard(const std::vector<BlobId>& ids);
  // Errors: kNoSpace below the reserve.
  Result<void> check_space() const;

  // Unlinks an unsealed blob on the pool; `file` is closed there too, which frees the blocks.
  void abandon(BlobId id, fs::File file);

  // Bytes free above the reserve, as last measured. Nothing here blocks but measure().
  std::uint64_t room() const;
  void measure();
  // Measures again on the pool when the last time is a second past. `now`: monotonic micros.
  void measure_soon(std::int64_t now);
  // No new blobs for ten seconds.
  void avoid_for_a_while(std::int64_t now) { avoided_until_ = now + kAvoidMicros; }
  // It is writable, not avoided, and its measuring has not hung for seconds.
  bool wants_blobs(std::int64_t now) const;

  // Errors: kUnavailable after fail_closed(), here or in the other half of the engine.
  Result<void> check_writable() const;
  // No more writes: what is on the disk is not known any more. Returns the error for the caller.
  std::unexpected<Error> fail_closed(const Error& cause);

  // Between create() and publish() a blob can't be opened.
  bool is_being_written(const BlobId& id) const;

  // Memory of kBlockBytes for gathering small appends.
  Buffer take_block() { return blocks_.take(); }

  void count_written(std::uint64_t bytes) { bytes_written_ += bytes; }
  void count_read(std::uint64_t bytes) { bytes_read_ += bytes; }
  void count_corrupt() { ++corrupt_blocks_; }
  // Without number and path.
  VolumeFigures figures() const;

 private:
  static constexpr std::int64_t kMeasureMicros = 1'000'000;
  static constexpr std::int64_t kHangMicros = 5'000'000;
  static constexpr std::int64_t kAvoidMicros = 10'000'000;
  static constexpr std::size_t kIdleBlocksMax = 16;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  Result<fs::File> make_file(const BlobId& id) const;
  std::unexpected<Error> made_no_file(Error cause);
  void forget(const BlobId& id);
  bool is_closed() const { return closed_ || options_.engine_closed; }
  // On the pool; the end of this object waits for it.
  void in_background(std::function<void()> job);

  const fs::Dir dir_;
  const VolumeOptions options_;
  Pool& pool_;
  ReadBuffers read_buffers_{kReadBytes};
  std::atomic<bool> own_closed_;
  std::atomic<bool>& closed_;  // what a failure here closes
  std::atomic<std::uint64_t> bytes_free_ = 0;
  std::atomic<std::int64_t> measured_at_ = kNever;
  std::atomic<std::int64_t> measuring_since_ = kNever;
  std::atomic<std::int64_t> avoided_until_ = kNever;
  std::atomic<std::uint64_t> bytes_written_ = 0;
  std::atomic<std::uint64_t> bytes_read_ = 0;
  std::atomic<std::uint64_t> corrupt_blocks_ = 0;
  // By the first byte and by both bytes of the path: that the directory's own name is durable.
  std::array<std::atomic<bool>, 1U << 8> durable_outer_dirs_{};
  std::array<std::atomic<bool>, 1U << 16> durable_dirs_{};

  BufferPool blocks_{kBlockBytes, std::numeric_limits<std::size_t>::max(), kIdleBlocksMax};

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable idle_;
  std::unordered_set<BlobId> writing_;
  std::size_t background_jobs_ = 0;
};

}  // namespace muzn::blob
