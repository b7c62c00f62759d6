#include "cli/engine.h"

#include <fmt/core.h>
#include <unistd.h>

#include "server/engine_json.h"

namespace muzn::cli {
namespace {

constexpr std::size_t kFindingsMax = 10'000;  // of the JSON report; the counts go on
constexpr std::int64_t kProgressMicros = 1'000'000;

std::uint64_t number(const codec::Json& json, const char* name) {
  return static_cast<std::uint64_t>(codec::json_int(json, name));
}

}  // namespace

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

void print_finding(bool is_error, const codec::Json& finding) {
  std::string place = codec::json_string(finding, "bucket");
  const std::string key = codec::json_string(finding, "key");
  const std::string version = codec::json_string(finding, "version_id");
  if (!key.empty()) place += "/" + key;
  if (!version.empty()) place += " (version " + version + ")";
  if (!place.empty()) place += ": ";
  fmt::print("{}  {}\n", is_error ? "ERROR  " : "warning",
             printable(place + codec::json_string(finding, "what")));
}

void EngineListener::found(const object::Finding& finding) {
  if (finding.is_error) ++error_count;
  if (quiet_) return;
  if (!json_) return print_finding(finding.is_error, server::to_json(finding));
  codec::Json& list = finding.is_error ? errors : warnings;
  if (list.size() < kFindingsMax) list.push_back(server::to_json(finding));
}

void EngineListener::progress(const object::VerifyTotals& so_far) {
  if (!progress_) return;
  const std::int64_t now = clock_.monotonic_micros();
  if (now - told_micros_ < kProgressMicros) return;
  told_micros_ = now;
  fmt::print(stderr,
             "muzn: {} rows, {} versions, {} MiB of blobs read, {} MiB copied, {} errors so "
             "far\n",
             so_far.rows, so_far.versions, so_far.bytes_read >> 20, copied_.bytes >> 20,
             so_far.errors);
}

bool wants_progress(const Args& args) {
  return args.has("progress") || ::isatty(STDERR_FILENO) != 0;
}

void print_check(const codec::Json& report) {
  fmt::print("{} buckets, {} objects, {} versions of {} bytes; {} rows, {} acts\n",
             number(report, "buckets"), number(report, "objects"), number(report, "versions"),
             number(report, "bytes"), number(report, "rows"), number(report, "acts"));
  fmt::print("{} blobs needed, {} on disk, {} that no row names; {} bytes read and verified{}\n",
             number(report, "live_blobs"), number(report, "blobs"),
             number(report, "unreferenced_blobs"), number(report, "bytes_read"),
             codec::json_bool(report, "bytes_verified") ? "" : " (--no-bytes)");
  fmt::print("{} errors, {} warnings\n", number(report, "error_count"),
             number(report, "warning_count"));
}

std::string backup_line(const codec::Json& record) {
  return fmt::format("{:>6}  {}  {}  {} objects, {} bytes; {} blobs ({} new), {} errors",
                     number(record, "id"), codec::json_string(record, "time"),
                     codec::json_bool(record, "complete") ? "complete  " : "INCOMPLETE",
                     number(record, "objects"), number(record, "bytes"), number(record, "blobs"),
                     number(record, "copied_blobs"), number(record, "errors"));
}

}  // namespace muzn::cli
