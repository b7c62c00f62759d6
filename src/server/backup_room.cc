#include "server/backup_room.h"

#include <algorithm>
#include <charconv>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "server/keys.h"

namespace muzn::server {
namespace {

constexpr std::string_view kFormat = "muzn backup 1\n";
constexpr const char* kFormatName = "format";
constexpr std::size_t kFormatBytesMax = 256;
constexpr const char* kRows = "/rows";
constexpr const char* kSnapshots = "snapshots";
constexpr const char* kKeys = "keys";
constexpr std::string_view kRecordSuffix = ".json";

std::string digest_of(std::string_view bytes) {
  return codec::hex_encode(crypto::sha256(bytes));
}

// Whether backups lie here. Errors: kInvalid.
Result<bool> check_format(const fs::Dir& dir) {
  const auto format = dir.read_file(kFormatName, kFormatBytesMax);
  if (!format && format.error().code == Code::kNotFound) return false;
  if (!format) return std::unexpected(format.error());
  if (*format == kFormat) return true;
  return fail(Code::kInvalid, dir.path() + " holds no backups that this version knows");
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id == 0) return std::nullopt;
  if (std::to_string(id) != text) return std::nullopt;
  return id;
}

std::string record_name(std::uint32_t id) {
  return std::to_string(id) + std::string(kRecordSuffix);
}

std::string keys_name(std::uint32_t id) {
  return std::string(kKeys) + "/" + std::to_string(id);
}

}  // namespace

Result<std::vector<BackupRecord>> read_records(const fs::Dir& dir) {
  std::vector<BackupRecord> out;
  const auto names = dir.list(kSnapshots);
  if (!names && names.error().code == Code::kNotFound) return out;
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!name.ends_with(kRecordSuffix)) continue;
    const auto id = parse_id(std::string_view(name).substr(0, name.size() - kRecordSuffix.size()));
    const std::string where = std::string(kSnapshots) + "/" + name;
    TRY(const std::string text, dir.read_file(where, kRecordBytesMax));
    auto record = decode_backup_record(text);
    if (record && (!id || record->id != *id)) record = fail(Code::kCorrupt, "it is another's");
    if (!record)
      return fail(record.error().code, dir.path() + "/" + where + ": " + record.error().what);
    out.push_back(std::move(*record));
  }
  std::ranges::sort(out, {}, &BackupRecord::id);
  return out;
}

Result<fs::Dir> open_backups(const std::string& path) {
  TRY(fs::Dir dir, fs::Dir::open(path));
  TRY(const bool known, check_format(dir));
  if (!known) return fail(Code::kNotFound, "there are no backups in " + path);
  return dir;
}

Result<std::unique_ptr<BackupRoom>> BackupRoom::open(const std::string& path, Pool& pool) {
  TRY(fs::Dir dir, fs::Dir::open_or_create(path));
  TRY(const bool known, check_format(dir));
  if (!known) {
    TRY(const auto names, dir.list("."));
    // A crash may have left a lock, or the format half written.
    for (const std::string& name : names) {
      if (name != "LOCK" && name != "format.tmp") {
        return fail(Code::kInvalid, path + " is not empty and holds no backups");
      }
    }
  }
  std::unique_ptr<BackupRoom> out(new BackupRoom(std::move(dir)));
  TRY(out->lock_, out->dir_.lock("LOCK"));
  if (!known) TRY_VOID(out->dir_.write_durably(kFormatName, kFormat));
  TRY_VOID(out->dir_.make_dirs(kSnapshots));
  TRY_VOID(out->dir_.make_dirs(kKeys));
  TRY(out->rows_, meta::RocksBackups::open({.directory = path + kRows}));
  TRY(out->archive_, blob::Archive::open(out->blobs_path(), pool));
  TRY_VOID(out->dir_.sync());  // the names that the two made
  return out;
}

Result<std::unique_ptr<BackupRoom>> BackupRoom::look(const std::string& path) {
  TRY(fs::Dir dir, open_backups(path));
  std::unique_ptr<BackupRoom> out(new BackupRoom(std::move(dir)));
  TRY(out->rows_, meta::RocksBackups::open({.directory = path + kRows, .read_only = true}));
  return out;
}

Result<void> BackupRoom::publish(const BackupRecord& record) const {
  TRY(const fs::Dir snapshots, fs::Dir::open(path() + "/" + kSnapshots));
  return snapshots.write_durably(record_name(record.id), encode(record));
}

Result<void> BackupRoom::remove(const BackupRecord& record) {
  TRY_VOID(dir_.unlink(std::string(kSnapshots) + "/" + record_name(record.id)));
  TRY_VOID(dir_.sync(kSnapshots));
  for (const auto& [name, digest] : record.keys) {
    const auto gone = dir_.unlink(keys_name(record.id) + "/" + name);
    if (!gone && gone.error().code != Code::kNotFound) return gone;
  }
  return rows_->remove(record.id);
}

Result<void> BackupRoom::remove_unfinished() {
  TRY(const auto known, records());
  for (const kv::Backup& backup : rows_->list()) {
    if (std::ranges::find(known, backup.id, &BackupRecord::id) != known.end()) continue;
    TRY_VOID(rows_->remove(backup.id));
  }
  return {};
}

Result<std::map<std::string, std::string>> BackupRoom::keep_keys(std::uint32_t id,
                                                                 const fs::Dir& data) const {
  std::map<std::string, std::string> out;
  TRY_VOID(dir_.make_dirs(keys_name(id)));
  TRY(const fs::Dir keys, fs::Dir::open(path() + "/" + keys_name(id)));
  for (const char* name : kKeyFiles) {
    const auto bytes = data.read_file(name, kKeyFileBytesMax);
    if (!bytes && bytes.error().code == Code::kNotFound) continue;
    if (!bytes) return std::unexpected(bytes.error());
    TRY_VOID(keys.write_durably(name, *bytes, fs::kPrivateFile));
    out[name] = digest_of(*bytes);
  }
  return out;
}

Result<std::string> BackupRoom::key_file(const BackupRecord& record,
                                         const std::string& name) const {
  TRY(std::string bytes, dir_.read_file(keys_name(record.id) + "/" + name, kKeyFileBytesMax));
  const auto digest = record.keys.find(name);
  if (digest != record.keys.end() && digest_of(bytes) == digest->second) return bytes;
  return fail(Code::kCorrupt, path() + "/" + keys_name(record.id) + "/" + name + " is damaged");
}

Result<BackupRecord> choose(const std::vector<BackupRecord>& records, const std::string& which) {
  if (which == "newest") {
    for (auto at = records.rbegin(); at != records.rend(); ++at) {
      if (at->complete) return *at;
    }
    return fail(Code::kNotFound, records.empty() ? "there is no backup"
                                                 : "no backup is complete: name one by its id");
  }
  const auto id = parse_id(which);
  if (!id) return fail(Code::kInvalid, "'" + which + "' is no id of a backup");
  const auto found = std::ranges::find(records, *id, &BackupRecord::id);
  if (found == records.end()) return fail(Code::kNotFound, "there is no backup " + which);
  return *found;
}

}  // namespace muzn::server
