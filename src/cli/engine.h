// What `muzn engine` prints: findings as they come, progress, and reports. Shared by what works on
// a directory and what asks a server. Internal to cli/.
#pragma once
#include <cstdint>
#include <string>

#include "base/system.h"
#include "cli/args.h"
#include "codec/json.h"
#include "server/backup.h"

namespace muzn::cli {

inline constexpr int kCannot = 2;  // exit status: the store could not be looked at

// Names in findings come from what may be damaged: none of their bytes may move a terminal.
std::string printable(std::string text);

// Prints findings as they come, or keeps them for the JSON report.
class EngineListener final : public server::BackupListener {
 public:
  EngineListener(bool json, bool quiet, bool progress)
      : json_(json), quiet_(quiet), progress_(progress) {}

  void found(const object::Finding& finding) override;
  void progress(const object::VerifyTotals& so_far) override;
  void copied(const server::CopyCounts& so_far) override { copied_ = so_far; }

  codec::Json errors = codec::Json::array();
  codec::Json warnings = codec::Json::array();
  std::uint64_t error_count = 0;

 private:
  const bool json_;
  const bool quiet_;
  const bool progress_;
  SystemClock clock_;
  std::int64_t told_micros_ = clock_.monotonic_micros();
  server::CopyCounts copied_;
};

// --progress, or a terminal.
bool wants_progress(const Args& args);

// One finding of a report, as found() prints it.
void print_finding(bool is_error, const codec::Json& finding);
// The report of a check (server::check_json()) in words.
void print_check(const codec::Json& report);
// A backup (server::to_json()) as one line.
std::string backup_line(const codec::Json& record);

// The verbs of a data directory or a backup at hand. Each returns the exit status.
int engine_check(const Args& args, const std::string& data);
int engine_stat(const Args& args);
int engine_back_up(const Args& args);
int engine_backups(const Args& args);
int engine_restore(const Args& args);
int engine_recover(const Args& args);
int engine_rotate_key(const Args& args);
// The verbs that ask a server.
int engine_remote(const std::string& verb, const Args& args);

}  // namespace muzn::cli
