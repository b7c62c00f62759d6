// Who names which blob, by one walk over the rows of all buckets. Internal to object/.
#pragma once
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "object/pending.h"

namespace muzn::object {

struct BlobNames {
  // By a version, manifest, part or garbage row.
  std::unordered_set<blob::BlobId> owned;
  // By a pending row only: its writer is gone, or never came to the end.
  std::unordered_map<blob::BlobId, Pending> pending;
};

// Memory: some 100 bytes for each blob.
Task<Outcome<BlobNames>> collect_names(Engine& engine);

}  // namespace muzn::object
