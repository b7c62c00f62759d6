#include "kv/flush_listener.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "kv/status.h"

namespace muzn::kv {

Result<ManifestEnd> end_of_manifest(rocksdb::DB& db) {
  constexpr std::string_view kPrefix = "/MANIFEST-";
  std::vector<std::string> files;
  ManifestEnd out;
  TRY_VOID(to_result(db.GetLiveFiles(files, &out.bytes, false)));
  for (const std::string& file : files) {
    if (!file.starts_with(kPrefix)) continue;
    std::from_chars(file.data() + kPrefix.size(), file.data() + file.size(), out.number);
    return out;
  }
  return fail(Code::kUnavailable, "rocksdb: no manifest among the live files");
}

void FlushListener::tell(rocksdb::DB& db, std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  sequence_ = std::max(sequence_, sequence);
  auto end = end_of_manifest(db);
  if (end) end->sequence = sequence_;
  if (!end || !on_flush_(*end)) *failed_ = true;
}

}  // namespace muzn::kv
