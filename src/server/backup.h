// Backups of an engine that may be running: consistent, incremental, verified on the way.
//
// Order: garbage held; rows backed up; keys copied; every blob that those rows name copied, unless
// an earlier backup brought it; all of it on stable storage; the record last, which makes the
// backup exist. A crash anywhere leaves the older backups whole and the new one not there.
#pragma once
#include <cstdint>
#include <string>

#include "base/pool.h"
#include "base/time.h"
#include "blob/store.h"
#include "fs/dir.h"
#include "meta/rocks_store.h"
#include "object/store.h"
#include "object/verify.h"
#include "policy/residency.h"
#include "server/backup_record.h"

namespace muzn::server {

// What is backed up. All borrowed.
struct BackupSource {
  meta::RocksStore& rows;
  blob::Store& blobs;
  object::Store* objects;  // whose sweeper has to wait; null when none runs
  const fs::Dir& data;     // with the key files
  Pool& pool;
  const Clock& clock;
};

struct CopyCounts {
  std::uint64_t blobs = 0;    // copied now
  std::uint64_t bytes = 0;    // of them
  std::uint64_t present = 0;  // blobs that were there already
};

class BackupListener : public object::VerifyListener {
 public:
  // Before each progress().
  virtual void copied(const CopyCounts& so_far) = 0;
};

struct BackupOrder {
  std::string to;          // the directory of this store's backups; made when missing
  std::uint32_t keep = 0;  // after a complete one only so many newest stay; 0 = all
  std::string site = {};   // where that directory is; "" = nobody says (of an offline backup)
};

// What is wrong with the store is told to the listener, and the backup goes on: a blob that can't
// be read makes it incomplete. Blocks. Errors: kClosed (the listener stopped it), and those that
// leave no backup: of the rows, and of writing to the directory (kNoSpace, kInvalid, kUnavailable).
// `permit`: all of it may lie there (control::may_back_up).
Result<BackupRecord> back_up(const BackupSource& source, const BackupOrder& order,
                             policy::Permit permit, BackupListener& listener);

// The same of a data directory that no server has open. Its rows are opened as a server would open
// them. Errors also: kNotFound (no store), kUnavailable (a server has it open), kDenied (somebody's
// residency does not allow order.site).
Result<BackupRecord> back_up_offline(const std::string& data, const BackupOrder& order,
                                     BackupListener& listener);

struct VerifiedBackup {
  BackupRecord record;
  object::VerifyTotals totals;
};
// Reads all of one backup: row files by their checksums, then every row and blob as
// object::verify() does. `which`: an id, or "newest". What is wrong is told to the listener.
// Errors: that there is no such backup to look at.
Result<VerifiedBackup> verify_backup(const std::string& from, const std::string& which,
                                     object::VerifyListener& listener);

// Of the directory, by id. Errors: kNotFound, kCorrupt, kInvalid.
Result<std::vector<BackupRecord>> list_backups(const std::string& from);

// Makes a data directory from a backup: `data` must be missing or empty. Nothing that a server
// would start from is there before the last step, so what a crash or an error leaves is to be
// deleted. Every byte is verified on the way. What an incomplete backup lacks is told to the
// listener, and the rest is restored; a complete one with a flaw is refused. Errors: kInvalid (not
// empty), kNotFound, kCorrupt, kNoSpace, kUnavailable.
Result<BackupRecord> restore(const std::string& from, const std::string& which,
                             const std::string& data, BackupListener& listener);

}  // namespace muzn::server
