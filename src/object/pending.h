// The life of a blob before a commit publishes it. Internal to object/.
//
// A durable pending row precedes the blob's first byte; the commit that publishes the blob erases
// it. What a crash leaves behind is discarded by the sweeper of a later epoch.
#pragma once
#include <string>

#include "object/shard.h"

namespace muzn::object {

struct Pending {
  meta::ShardId shard = 0;
  std::string row_key;
  blob::BlobId blob;
};

// Registers a new blob id, for about `size_hint` bytes (0 = unknown). `shard` is read again if it
// changed. Failures: kNoSuchBucket.
Task<Outcome<Pending>> begin_blob(Engine& engine, OpenShard& shard, std::uint64_t size_hint,
                                  Places places);

// Discards a blob that was never published, and its row. Errors are the sweeper's business.
// REQUIRES that no commit which would publish it has an unknown outcome.
Task<void> drop_blob(Engine& engine, Pending pending);

}  // namespace muzn::object
