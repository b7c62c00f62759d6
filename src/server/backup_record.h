// What BACKUP/snapshots/<id>.json says of one backup; docs/formats/backup.md. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace muzn::server {

// An object that could not be backed up whole.
struct LostObject {
  std::string bucket;
  std::string key;
  std::string version_id;
  std::string what;
  bool operator==(const LostObject&) const = default;
};

struct BackupRecord {
  std::uint32_t id = 0;  // of the backup of the rows, too
  Time time;             // whole milliseconds; when the rows were taken
  bool complete = true;  // every blob and every table of rows is in it
  std::string store;     // store_id() of what was backed up
  std::uint64_t node_epoch = 0;
  std::uint64_t acts = 0;
  std::uint64_t buckets = 0;
  std::uint64_t objects = 0;
  std::uint64_t versions = 0;
  std::uint64_t bytes = 0;  // of all versions
  std::uint64_t rows_bytes = 0;
  std::uint64_t blobs = 0;  // that the backup needs
  std::uint64_t blob_bytes = 0;
  std::uint64_t copied_blobs = 0;  // that no earlier backup had brought
  std::uint64_t copied_bytes = 0;
  std::uint64_t errors = 0;                 // found on the way
  std::map<std::string, std::string> keys;  // key file: SHA-256 of its bytes, hex
  std::uint64_t lost_count = 0;
  std::vector<LostObject> lost;  // the first kLostMax
  bool operator==(const BackupRecord&) const = default;
};

inline constexpr std::size_t kLostMax = 1000;
// Bounds a record: kLostMax objects with keys of 1 KiB, each byte of which JSON writes as six.
inline constexpr std::size_t kRecordBytesMax = 16U << 20;

std::string encode(const BackupRecord& record);
// Takes only what encode() writes. Errors: kCorrupt, kUnsupported (a newer format).
Result<BackupRecord> decode_backup_record(std::string_view text);

}  // namespace muzn::server
