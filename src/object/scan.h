// Runs a Lister over the rows of a shard. Internal to object/.
#pragma once
#include <string>

#include "object/engine.h"
#include "object/listing.h"

namespace muzn::object {

// Over the rows of one tag.
Task<Outcome<Lister::Page>> run_listing(Engine& engine, meta::ShardId shard, char tag,
                                        Lister& lister);

// Over all versions: heads and noncurrent ones in one order. Of each key what is given is what it
// had at one moment, so that a version is neither missed nor given twice while the key changes.
Task<Outcome<Lister::Page>> run_versions_listing(Engine& engine, meta::ShardId shard,
                                                 Lister& lister);

}  // namespace muzn::object
