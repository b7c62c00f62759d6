// Makes the rows of a data directory anew when they can't be opened any more, or are rotten: from a
// backup, the records of the logs behind it, and the labels of the blobs that no row names then.
//
// Order: everything is built in a new directory beside `rows`; then blobs that are missing or
// rotten are copied from the backup; the two directories change names last. Nothing is deleted: the
// damaged rows stay as rows.damaged-<time>. A crash before the names change leaves the data
// directory as it was, and a directory rows.recovered-<time> that may be deleted.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "meta/rocks_recovery.h"
#include "object/adopt.h"
#include "object/verify.h"
#include "server/backup_record.h"
#include "server/wire.h"

namespace muzn::server {

struct RecoverOrder {
  std::string data;
  std::string from;  // the directory of backups; "" = there is none, and rows begin anew
  std::string backup = "newest";
  std::string region;
  bool although_open = false;  // although the rows open: they are rotten further in
  bool complete_uploads = false;
  bool apply = false;  // otherwise `rows` and the blobs stay as they are
  RootEnvironment root;
};

struct Recovered {
  std::optional<BackupRecord> backup;
  std::optional<meta::RowsRecovery> rows;  // with a backup
  std::map<object::Adoption, std::uint64_t> adopted;
  std::uint64_t copied_blobs = 0;  // from the backup, over missing or rotten ones
  std::uint64_t lost_blobs = 0;    // each told as a finding
  std::string made;                // the new rows: where they are
  std::string damaged;             // the old rows, when they were moved
};

class RecoverListener : public object::VerifyListener {
 public:
  virtual void adopted(const object::AdoptEvent& event) = 0;
};

// Blocks. Errors: kInvalid (the rows open, and it was not said to go on), kNotFound (no such
// directory or backup), kUnavailable (a server has it open), and those of the parts.
Result<Recovered> recover(const RecoverOrder& order, RecoverListener& listener);

}  // namespace muzn::server
