// One walk over the rows of a backup that copies every blob they name. Internal to server/.
#pragma once
#include <optional>

#include "blob/archive.h"
#include "meta/rocks_view.h"
#include "server/backup.h"

namespace muzn::server {

struct CopyWalk {
  object::VerifyTotals totals;
  CopyCounts counts;
  bool tables_good = true;      // of the rows
  std::optional<Error> failed;  // of `to`: the walk ended there
  std::uint64_t lost_count = 0;
  std::vector<LostObject> lost;  // the first kLostMax

  bool is_whole() const { return lost_count == 0 && tables_good; }
};

// Verifies the rows, too. Findings go to the listener.
CopyWalk copy_blobs(meta::RocksView& rows, blob::Store& from, blob::Archive& to,
                    BackupListener& listener);

// The arguments of a verify() over the rows of a view and no directory of blobs.
object::VerifyArgs walk_args(meta::RocksView& rows, blob::Store& blobs);

}  // namespace muzn::server
