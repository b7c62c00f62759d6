// What every verb of the object floor works with. Internal to object/.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/buffer.h"
#include "blob/store.h"
#include "meta/store.h"
#include "object/decoded_versions.h"
#include "object/fresh_garbage.h"
#include "object/garbage_hold.h"
#include "object/hash_queue.h"
#include "object/lock_clock.h"
#include "object/readers.h"
#include "object/store.h"
#include "object/turn_hashes.h"

namespace muzn::object {

// A piece of a large body: received, hashed and written as one.
inline constexpr std::size_t kPieceBytes = 1U << 20;
inline constexpr std::size_t kPiecesMax = 96;  // of all bodies; further ones go on in small ones
inline constexpr std::size_t kPiecesIdleMax = 32;  // kept when no body comes

// Threads: safe; all members are, and verbs keep no state between calls.
struct Engine {
  meta::Store& rows;
  blob::Store& blobs;
  Pool& pool;
  const Clock& clock;
  Rng& rng;
  StoreOptions options;
  std::uint64_t epoch = 0;  // of this run; higher than that of any run before
  Time lock_time;           // what locks went by in the run before
  std::atomic<std::uint64_t> sequence = 0;
  std::atomic<std::uint64_t> last_stamp = 0;
  std::shared_ptr<HoldCount> garbage_holds = std::make_shared<HoldCount>(0);
  BufferPool buffers{kPieceBytes, kPiecesMax, kPiecesIdleMax};
  HashQueue hashing{pool};
  TurnHashes small_hashes{};
  DecodedVersions decoded{};
  LockClock locks{clock, lock_time};
  Readers readers{};
  FreshGarbage fresh_garbage{};

  // Unique within this epoch; keys pending and garbage rows.
  std::uint64_t next_sequence() { return ++sequence; }

  // For a version of this time, above the stamp of the one before (0: there is none). Never twice
  // the same in this run, though the clock may have gone back and the last one been removed: rows
  // that a removed version left behind are known by its stamp.
  std::uint64_t new_stamp(Time modified, std::uint64_t before) {
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(to_micros(modified), 1));
    std::uint64_t last = last_stamp.load();
    std::uint64_t next = 0;
    do {
      next = std::max({micros, before + 1, last + 1});
    } while (!last_stamp.compare_exchange_weak(last, next));
    return next;
  }

  // For a blob of about `size_hint` bytes; 0 = unknown.
  blob::BlobId new_blob_id(std::uint64_t size_hint, const Places& places) {
    const std::uint8_t volume = blobs.place(size_hint, places.volumes ? &*places.volumes : nullptr);
    return blob::make_id(volume, epoch, rng.bytes(blob::kBlobIdRandomBytes));
  }

  // Failures: kResidency.
  Outcome<Places> places(const Bucket& bucket) const {
    if (options.residence == nullptr) {
      TRY(const policy::Permit permit, policy::may_send({}, {}));
      return Places{.permit = permit};
    }
    auto out = options.residence->places(bucket);
    if (out) return *out;
    if (out.error().code == Code::kDenied) return fault(Fault::kResidency, out.error().what);
    return std::unexpected<Failure>(std::move(out).error());
  }
};

inline constexpr int kConditionalAttempts = 16;  // then kConflict; unconditional writers go on

}  // namespace muzn::object
