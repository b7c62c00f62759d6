// Verified bytes of blobs in memory, bounded, for readers who come again.
//
// The memory is slabs of one huge page each, filled from front to back with chunks of blobs. The
// bytes of a chunk are written once, before anybody can find it, and a slab is emptied as a whole,
// by giving its pages back to the system instead of writing over them. So whatever refers to the
// pages themselves, as a socket does that was lent them, keeps the right bytes however long it
// takes.
//
// A chunk is admitted when it is read for the second time within as many missed bytes as the cache
// holds: one pass over an archive admits nothing, and neither does a round over more than the cache
// could keep. Slabs are emptied in turn, those used since the last turn spared (CLOCK).
//
// Threads: safe. Nothing here blocks for longer than it takes to give a slab back.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "blob/loan.h"
#include "blob/store.h"
#include "fs/pages.h"

namespace muzn::blob {

class HotCache {
 public:
  static constexpr std::size_t kChunkBytes = kReadBytes;
  static constexpr std::size_t kSlabBytes = fs::kHugePageBytes;

  // Of at least one slab. Errors: kUnavailable (no such range of addresses).
  static Result<std::unique_ptr<HotCache>> make(std::size_t bytes);
  explicit HotCache(fs::Pages pages);
  // REQUIRES that no loan and no space is left.
  ~HotCache();
  HotCache(const HotCache&) = delete;
  HotCache& operator=(const HotCache&) = delete;

  // At least one and up to `length` bytes from `offset`, if they are here. A slab whose bytes are
  // on loan is not emptied.
  std::optional<Loan> find(const BlobId& id, std::uint64_t offset, std::uint64_t length);

  // Room for one chunk. Dropped without publish() it leaves nothing behind.
  class Space {
   public:
    Space(HotCache& cache, const BlobId& id, std::uint64_t number, std::span<char> bytes)
        : cache_(&cache), id_(id), number_(number), bytes_(bytes) {}
    Space(Space&& other) noexcept;
    Space& operator=(Space&&) = delete;
    ~Space();
    std::span<char> bytes() const { return bytes_; }
    // From now on find() finds it. REQUIRES that all bytes are the blob's, verified, and that
    // nobody writes to them any more.
    Loan publish() &&;

   private:
    HotCache* cache_;
    BlobId id_;
    std::uint64_t number_;
    std::span<char> bytes_;
  };
  // Tells of a miss: `wanted` bytes of the chunk `number` of the blob, which has `size` bytes, are
  // about to be read. Answers with room for the chunk when it should be kept.
  std::optional<Space> admit(const BlobId& id, std::uint64_t number, std::size_t size,
                             std::size_t wanted);

  // The blob's chunks are not found any more; loans go on.
  void discard(const BlobId& id);

  HotFigures figures() const;

 private:
  struct Chunk {
    std::uint32_t slab = 0;
    std::uint32_t at = 0;  // in the slab
    std::uint32_t size = 0;
    bool is_published = false;
  };
  struct Slab {
    std::uint32_t used = 0;     // bytes from its begin
    std::uint32_t holders = 0;  // loans, and spaces not yet published
    bool is_referenced = false;
    std::vector<std::pair<BlobId, std::uint64_t>> chunks;  // may name chunks that are gone
    std::size_t live = 0;                                  // chunks that are here
  };
  struct Seen {
    std::uint64_t hash = 0;
    std::uint64_t at = 0;  // missed_bytes then
  };
  static constexpr std::size_t kNone = SIZE_MAX;

  // All below REQUIRE mutex_.
  bool was_seen(const BlobId& id, std::uint64_t number);
  std::optional<Chunk> allocate(std::size_t size);
  std::size_t empty_slab();
  void clear(std::size_t slab);
  void let_go(std::size_t slab);
  Chunk* chunk_of(const BlobId& id, std::uint64_t number);
  void forget(const BlobId& id, std::uint64_t number);

  Loan lend(std::size_t slab, std::string_view bytes);  // the slab has been held for it
  void release(std::size_t slab);                       // takes mutex_
  void abandon(const BlobId& id, std::uint64_t number, std::span<char> bytes);  // takes mutex_
  std::size_t slab_of(const char* bytes) const;
  // The chunk, if it lies there: its blob may have been discarded meanwhile, and been brought anew.
  Chunk* chunk_at(const BlobId& id, std::uint64_t number, const char* bytes);  // REQUIRES mutex_

  const fs::Pages pages_;

  mutable std::mutex mutex_;  // guards all below
  std::unordered_map<BlobId, std::map<std::uint64_t, Chunk>> chunks_;
  std::vector<Slab> slabs_;
  std::vector<std::size_t> free_;  // slabs without memory
  std::size_t open_ = kNone;       // the slab that is being filled
  std::size_t hand_ = 0;
  std::vector<Seen> seen_;  // by hash; the newer takes the place
  HotFigures figures_;
};

}  // namespace muzn::blob
