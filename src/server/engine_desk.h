// The engine's desk for the admin API: what it does, how it is, and the jobs on it.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "admin/engine.h"
#include "blob/file_listing.h"
#include "server/backup.h"
#include "server/jobs.h"
#include "server/log.h"
#include "server/metrics.h"
#include "server/scrubber.h"

namespace muzn::server {

// All borrowed.
struct DeskParts {
  BackupSource source;
  std::function<Result<void>(const blob::FileListing&)> list_blobs;
  std::function<ScrubReport()> scrub = nullptr;  // empty: it is not told of
  std::string backup_dir;  // backups go into directories beneath it; "" = nowhere
  std::function<Result<policy::Permit>()> may_back_up;  // into it
  Log& log;
};

class EngineDesk final : public admin::EngineDesk {
 public:
  // Looks for the newest backup beneath backup_dir.
  explicit EngineDesk(DeskParts parts);

  codec::Json stat() override;
  Result<codec::Json> start(const admin::JobOrder& order) override;
  codec::Json jobs() override { return jobs_.list(); }
  Result<codec::Json> job(const std::string& id) override { return jobs_.get(id); }
  Result<codec::Json> cancel(const std::string& id) override { return jobs_.cancel(id); }

  std::vector<Gauge> gauges() const;

 private:
  struct LastBackup {
    std::string name;
    BackupRecord record;
  };

  void find_last();
  Result<policy::Permit> permit();
  Result<codec::Json> check(bool bytes, BackupListener& listener);
  Result<codec::Json> backup(const admin::JobOrder& order, BackupListener& listener);
  void note(const std::string& name, const Result<BackupRecord>& result);

  const DeskParts parts_;
  mutable std::mutex mutex_;        // guards last_ and last_failed_
  std::optional<LastBackup> last_;  // complete
  bool last_failed_ = false;        // of this run: no complete backup came out
  Jobs jobs_;                       // last: its thread uses all above
};

}  // namespace muzn::server
