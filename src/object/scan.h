// Runs a Lister over the rows of a shard. Internal to object/.
#pragma once
#include <string>

#include "object/engine.h"
#include "object/listing.h"

namespace muzn::object {

// Rows of the tags in `tags`, merged in the order of their keys without the tag.
Task<Outcome<Lister::Page>> run_listing(Engine& engine, meta::ShardId shard, std::string tags,
                                        Lister& lister);

}  // namespace muzn::object
