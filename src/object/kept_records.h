// Records that are durable beside what they tell of, and were not moved into the logs of their
// accounts (audit/outbox.h).
#pragma once
#include <string_view>
#include <vector>

#include "audit/outbox.h"
#include "base/task.h"
#include "meta/store.h"

namespace muzn::object {

// Whether a row is one of them. Nobody reads them by their key.
bool is_kept_record(meta::ShardId shard, std::string_view key);

// Those that a life left which did not end cleanly: of all buckets, deleted ones among them. One
// scan a bucket; before any request is served. Errors: kCorrupt, kUnsupported, the store's.
Task<Result<std::vector<audit::Outgoing>>> kept_records(meta::Store& rows);

}  // namespace muzn::object
