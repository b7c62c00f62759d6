#include "kv/status.h"

namespace muzn::kv {

Error to_error(const rocksdb::Status& status) {
  Code code = Code::kUnavailable;
  if (status.IsCorruption()) code = Code::kCorrupt;
  if (status.IsNoSpace()) code = Code::kNoSpace;
  return Error{code, "rocksdb: " + status.ToString()};
}

Result<void> to_result(const rocksdb::Status& status) {
  if (!status.ok()) return std::unexpected(to_error(status));
  return {};
}

}  // namespace muzn::kv
