// Immutable bytes by random id: the other half of an engine.
//
// Life of a blob: create -> append* -> seal -> open/read -> discard. Before seal() returned, a blob
// may be lost in a crash; after it, its bytes are on stable storage. Who owns it (the one row that
// names it, or a pending row before that) is meta's business.
#pragma once
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "blob/id.h"
#include "blob/loan.h"
#include "policy/residency.h"

namespace muzn::blob {

inline constexpr std::size_t kBlockBytes = 64U << 10;  // unit of checksum and of verified reads
// What is read for clients in one go, from a multiple of it.
inline constexpr std::size_t kReadBytes = 4 * kBlockBytes;
// Of a label: more than a key, its headers and tags, less than a reader minds to keep in memory.
inline constexpr std::size_t kLabelBytesMax = 64U << 10;

// Some of a store's volumes, by number.
using VolumeSet = std::bitset<256>;

class Writer {
 public:
  virtual ~Writer() = default;  // not sealed: the bytes are discarded in the background
  // Any size; bytes are taken when it returns. Errors: kNoSpace, kUnavailable (volume failed).
  // Several may be under way, on one executor, when all but the last are whole blocks in memory
  // aligned to kBufferAlignment: bytes lie in the order in which the calls began. All must have
  // returned before seal() and the end of this object.
  virtual Task<Result<void>> append(std::string_view bytes) = 0;
  // Durable when it returns. Call once, last. `label` says whose bytes these are, should the rows
  // be lost; opaque here. REQUIRES at most kLabelBytesMax bytes.
  virtual Task<Result<void>> seal(std::string label = {}) = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::uint64_t size() const = 0;
  virtual const std::string& label() const = 0;  // as sealed; lives as long as the reader
  // Up to `length` verified bytes from `offset` (fewer only at the end of the blob; at least one
  // when offset < size). Errors: kCorrupt (checksum or identity), kUnavailable.
  virtual Task<Result<std::string>> read(std::uint64_t offset, std::size_t length) = 0;
  // As read(), but as few bytes as suit the engine, in memory of its own, which may keep them for
  // the next reader. For what leaves to clients; who looks after the disk itself uses read().
  virtual Task<Result<Loan>> load(std::uint64_t offset, std::uint64_t length);
  // What lies behind the data in the blob's file, verified and as it is: for exact copies of the
  // file. Errors also: kUnsupported (the engine keeps no such files).
  virtual Task<Result<std::string>> footer() {
    co_return fail(Code::kUnsupported, "the blobs of this engine are no files");
  }
};

// One disk's share of a store.
struct VolumeFigures {
  std::uint8_t number = 0;
  std::string path;          // for people
  std::string site = {};     // where it is; "" = nobody says
  std::string down;          // why it can't be used; "" = it is up
  bool is_writable = false;  // up and not closed for writes
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t corrupt_blocks = 0;
  std::uint64_t bytes_free = 0;  // of the file system; 0 while it is down
};

// Of the bytes kept in memory.
struct HotFigures {
  std::uint64_t bytes = 0;  // of memory in use
  std::uint64_t bytes_max = 0;
  std::uint64_t hits = 0;
  std::uint64_t hit_bytes = 0;
  std::uint64_t misses = 0;
  std::uint64_t missed_bytes = 0;
  std::uint64_t emptied = 0;  // slabs, to make room
};

struct BlobFigures {
  // Of all volumes.
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t corrupt_blocks = 0;
  std::uint64_t bytes_free = 0;        // of the file systems
  bool failed = false;                 // the engine is closed for writes
  std::vector<VolumeFigures> volumes;  // by number; empty where there are none
  HotFigures hot;
};

class Store {
 public:
  virtual ~Store() = default;
  // The volume for a new blob's id, of about `size_hint` bytes (0 = unknown). Does not block. One
  // that turns out full or broken answers in create(). `allowed`: the volumes to choose from;
  // null = all, and then volume 0 when none takes writes.
  virtual std::uint8_t place(std::uint64_t /*size_hint*/, const VolumeSet* /*allowed*/) {
    return 0;
  }
  // Whether the blob's volume can be read, without looking for the blob. Does not block.
  // Errors: kUnavailable.
  virtual Result<void> check_up(const BlobId& /*id*/) const { return {}; }
  // REQUIRES an id never used, and a permit for the site of its volume. `size_hint` 0 = unknown.
  virtual Task<Result<std::unique_ptr<Writer>>> create(BlobId id, std::uint64_t size_hint,
                                                       policy::Permit permit) = 0;
  // Errors: kNotFound (never sealed or discarded), kCorrupt, kUnavailable (its volume is down: that
  // is no answer about the blob).
  virtual Task<Result<std::unique_ptr<Reader>>> open(BlobId id) = 0;
  // At least one and up to `length` verified bytes from `offset`, when they are in memory; their
  // blob was sealed, and may have been discarded since this began. Does not block.
  virtual std::optional<Loan> recall(const BlobId& /*id*/, std::uint64_t /*offset*/,
                                     std::uint64_t /*length*/) {
    return std::nullopt;
  }
  // Idempotent: a blob that is not there is a success, but not on a volume that is down.
  virtual Task<Result<void>> discard(BlobId id) = 0;
  // All of them, with fewer syncs. An error is of at least one of them; the others may be gone.
  virtual Task<Result<void>> discard_all(std::vector<BlobId> ids);
  virtual BlobFigures figures() const = 0;
};

}  // namespace muzn::blob
