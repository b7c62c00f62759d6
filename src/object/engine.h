// What every verb of the object floor works with. Internal to object/.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "blob/store.h"
#include "codec/varint.h"
#include "meta/store.h"
#include "object/garbage_hold.h"
#include "object/store.h"

namespace muzn::object {

// Threads: safe; all members are, and verbs keep no state between calls.
struct Engine {
  meta::Store& rows;
  blob::Store& blobs;
  Pool& pool;
  const Clock& clock;
  Rng& rng;
  StoreOptions options;
  std::uint64_t epoch = 0;  // of this run; higher than that of any run before
  std::atomic<std::uint64_t> sequence = 0;
  std::shared_ptr<HoldCount> garbage_holds = std::make_shared<HoldCount>(0);

  // Unique within this epoch; keys pending and garbage rows.
  std::uint64_t next_sequence() { return ++sequence; }

  blob::BlobId new_blob_id() {
    blob::BlobId id;
    codec::put_be64(id, epoch);
    return id.append(rng.bytes(blob::kBlobIdBytes - id.size()));
  }
};

inline constexpr int kConditionalAttempts = 16;  // then kConflict; unconditional writers go on

}  // namespace muzn::object
