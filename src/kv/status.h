// RocksDB's answers as ours. Internal to kv/.
#pragma once
#include <rocksdb/status.h>

#include "base/error.h"

namespace muzn::kv {

// kCorrupt, kNoSpace, kUnavailable (all other errors).
Error to_error(const rocksdb::Status& status);
Result<void> to_result(const rocksdb::Status& status);

}  // namespace muzn::kv
