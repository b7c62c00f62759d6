// `muzn engine`: looks at a data directory that no server has open.
#include <fmt/core.h>
#include <unistd.h>

#include "base/system.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "codec/json.h"
#include "object/verify.h"
#include "server/offline.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn engine: look at a data directory while no server runs on it; nothing in it is changed

  muzn engine check --data DIR [--no-bytes]    verify every row and every byte
  muzn engine stat --data DIR                  what is stored, and what it takes on disk

  --json       one JSON object on standard output
  --no-bytes   check that blobs are there and of the right size, but do not read them
  --progress   tell how far it is on standard error, also when that is no terminal

  Exit status of check: 0 all is well (there may be warnings), 1 errors were found, 2 the store
  could not be opened (or wrong usage). Of stat: 0, or 2.
)";

constexpr int kCannot = 2;
constexpr std::size_t kFindingsMax = 10'000;  // of the JSON report; the counts go on
constexpr std::int64_t kProgressMicros = 1'000'000;

std::string place_of(const object::Finding& finding) {
  if (finding.bucket.empty()) return "";
  std::string out = finding.bucket;
  if (!finding.key.empty()) out += "/" + finding.key;
  if (!finding.version_id.empty()) out += " (version " + finding.version_id + ")";
  return out + ": ";
}

// Names in findings come from what may be damaged: none of their bytes may move a terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

// Prints findings as they come, or keeps them for the JSON report.
class Listener final : public object::VerifyListener {
 public:
  Listener(bool json, bool quiet, bool progress)
      : json_(json), quiet_(quiet), progress_(progress) {}

  void found(const object::Finding& finding) override {
    if (quiet_) return;
    if (!json_) {
      fmt::print("{}  {}\n", finding.is_error ? "ERROR  " : "warning",
                 printable(place_of(finding) + finding.what));
      return;
    }
    codec::Json& list = finding.is_error ? errors : warnings;
    if (list.size() >= kFindingsMax) return;
    list.push_back({{"bucket", finding.bucket},
                    {"key", finding.key},
                    {"version_id", finding.version_id},
                    {"what", finding.what}});
  }

  void progress(const object::VerifyTotals& so_far) override {
    if (!progress_) return;
    const std::int64_t now = clock_.monotonic_micros();
    if (now - told_micros_ < kProgressMicros) return;
    told_micros_ = now;
    fmt::print(stderr, "muzn: {} rows, {} versions, {} MiB of blobs read, {} errors so far\n",
               so_far.rows, so_far.versions, so_far.bytes_read >> 20, so_far.errors);
  }

  codec::Json errors = codec::Json::array();
  codec::Json warnings = codec::Json::array();

 private:
  const bool json_;
  const bool quiet_;
  const bool progress_;
  SystemClock clock_;
  std::int64_t told_micros_ = clock_.monotonic_micros();
};

object::VerifyTotals walk(server::Offline& store, bool check, bool bytes, Listener& listener) {
  object::VerifyArgs args{.rows = store.rows(),
                          .blobs = store.blobs(),
                          .verify_tables = {},
                          .next_shard = {},
                          .list_blobs = {},
                          .options = {.blobs = check, .bytes = bytes}};
  if (check) args.verify_tables = [&store] { return store.rows().verify_tables(); };
  args.next_shard = [&store](meta::ShardId from) { return store.rows().next_shard(from); };
  args.list_blobs = [&store](const blob::FileListing& visit) { return store.list_blobs(visit); };
  return object::verify(args, listener);
}

codec::Json to_json(const object::VerifyTotals& totals) {
  return {{"format", totals.format},
          {"node_epoch", totals.node_epoch},
          {"rows", totals.rows},
          {"acts", totals.acts},
          {"objects", totals.objects},
          {"versions", totals.versions},
          {"bytes", totals.bytes},
          {"uploads", totals.uploads},
          {"pending_rows", totals.pending_rows},
          {"garbage_rows", totals.garbage_rows},
          {"blobs", totals.blobs},
          {"blob_bytes", totals.blob_bytes},
          {"live_blobs", totals.live_blobs},
          {"live_blob_bytes", totals.live_blob_bytes},
          {"unreferenced_blobs", totals.unreferenced},
          {"unreferenced_blob_bytes", totals.unreferenced_bytes}};
}

// A volume that is down is an error of its own, also when nothing lies on it.
void judge_volumes(server::Offline& store, object::VerifyTotals& totals, Listener& listener) {
  for (const auto& volume : store.blobs().figures().volumes) {
    if (volume.down.empty()) continue;
    ++totals.errors;
    listener.found(
        {true, "", "", "",
         fmt::format("volume {} ({}) is down, and {} blobs of objects lie on it: {}", volume.number,
                     volume.path, totals.unreachable[volume.number], volume.down)});
  }
}

int check(server::Offline& store, const Args& args, bool progress) {
  const bool json = args.has("json");
  const bool bytes = !args.has("no-bytes");
  Listener listener(json, false, progress);
  auto totals = walk(store, true, bytes, listener);
  judge_volumes(store, totals, listener);
  if (json) {
    codec::Json report = to_json(totals);
    report["bytes_verified"] = bytes;
    report["bytes_read"] = totals.bytes_read;
    report["buckets"] = totals.buckets.size();
    report["error_count"] = totals.errors;
    report["warning_count"] = totals.warnings;
    report["errors"] = std::move(listener.errors);
    report["warnings"] = std::move(listener.warnings);
    fmt::print("{}\n", codec::dump_json(report));
  } else {
    fmt::print("{} buckets, {} objects, {} versions of {} bytes; {} rows, {} acts\n",
               totals.buckets.size(), totals.objects, totals.versions, totals.bytes, totals.rows,
               totals.acts);
    fmt::print("{} blobs needed, {} on disk, {} that no row names; {} bytes read and verified{}\n",
               totals.live_blobs, totals.blobs, totals.unreferenced, totals.bytes_read,
               bytes ? "" : " (--no-bytes)");
    fmt::print("{} errors, {} warnings\n", totals.errors, totals.warnings);
  }
  return totals.errors == 0 ? 0 : 1;
}

double live_ratio(const object::VerifyTotals& totals) {
  if (totals.blob_bytes == 0) return 1;
  return static_cast<double>(totals.live_blob_bytes) / static_cast<double>(totals.blob_bytes);
}

server::Offline::Listed listed_on(const server::Offline& store, std::uint8_t number) {
  const auto found = store.listed().find(number);
  return found == store.listed().end() ? server::Offline::Listed{} : found->second;
}

codec::Json to_json(const blob::VolumeFigures& volume, const server::Offline::Listed& listed) {
  return {{"number", volume.number},        {"path", volume.path},   {"up", volume.down.empty()},
          {"why_down", volume.down},        {"blobs", listed.blobs}, {"blob_bytes", listed.bytes},
          {"free_bytes", volume.bytes_free}};
}

void print_volumes(server::Offline& store) {
  fmt::print("\n{:<8} {:<5} {:>12} {:>18} {:>18}  {}\n", "volume", "state", "blobs", "bytes",
             "free", "path");
  for (const auto& volume : store.blobs().figures().volumes) {
    const auto listed = listed_on(store, volume.number);
    fmt::print("{:<8} {:<5} {:>12} {:>18} {:>18}  {}\n", volume.number,
               volume.down.empty() ? "up" : "down", listed.blobs, listed.bytes, volume.bytes_free,
               printable(volume.path));
    if (!volume.down.empty()) fmt::print("         {}\n", printable(volume.down));
  }
}

void print_stat(const object::VerifyTotals& totals, std::uint64_t rows_bytes,
                std::uint64_t free_bytes) {
  fmt::print("format {}, node epoch {}, {} acts\n\n", totals.format, totals.node_epoch,
             totals.acts);
  fmt::print("{:<40} {:>12} {:>12} {:>18} {:>8}\n", "bucket", "objects", "versions", "bytes",
             "uploads");
  for (const auto& bucket : totals.buckets) {
    fmt::print("{:<40} {:>12} {:>12} {:>18} {:>8}\n", printable(bucket.name), bucket.objects,
               bucket.versions, bucket.bytes, bucket.uploads);
  }
  fmt::print("{:<40} {:>12} {:>12} {:>18} {:>8}\n\n", "total", totals.objects, totals.versions,
             totals.bytes, totals.uploads);
  fmt::print("blobs on disk      {} ({} bytes), {:.1f} % of the bytes live\n", totals.blobs,
             totals.blob_bytes, 100 * live_ratio(totals));
  fmt::print("named by no row    {} ({} bytes)\n", totals.unreferenced, totals.unreferenced_bytes);
  fmt::print("rows               {} ({} bytes on disk)\n", totals.rows, rows_bytes);
  fmt::print("garbage, pending   {}, {} rows\n", totals.garbage_rows, totals.pending_rows);
  fmt::print("free               {} bytes\n", free_bytes);
}

int stat(server::Offline& store, const Args& args, bool progress) {
  Listener listener(false, true, progress);
  const auto totals = walk(store, false, false, listener);
  const auto space = store.space();
  const std::uint64_t free_bytes = space ? space->free_bytes : 0;
  const std::uint64_t rows_bytes = store.rows().figures().bytes_on_disk;
  if (args.has("json")) {
    codec::Json report = to_json(totals);
    report["live_ratio"] = live_ratio(totals);
    report["rows_bytes"] = rows_bytes;
    report["free_bytes"] = free_bytes;
    report["error_count"] = totals.errors;
    report["buckets"] = codec::Json::array();
    for (const auto& bucket : totals.buckets) {
      report["buckets"].push_back({{"name", bucket.name},
                                   {"owner", bucket.owner},
                                   {"objects", bucket.objects},
                                   {"versions", bucket.versions},
                                   {"bytes", bucket.bytes},
                                   {"uploads", bucket.uploads}});
    }
    report["volumes"] = codec::Json::array();
    for (const auto& volume : store.blobs().figures().volumes) {
      report["volumes"].push_back(to_json(volume, listed_on(store, volume.number)));
    }
    fmt::print("{}\n", codec::dump_json(report));
  } else {
    print_stat(totals, rows_bytes, free_bytes);
    print_volumes(store);
  }
  if (totals.errors > 0) {
    complain(fmt::format("{} errors in the rows: run `muzn engine check`", totals.errors), 0);
  }
  return 0;
}

}  // namespace

int run_engine(const Words& words) {
  const auto args = parse_args(words, {"help", "json", "no-bytes", "progress"});
  if (!args) return complain(args.error().what, kCannot);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const std::string verb = args->words.size() == 1 ? args->words[0] : "";
  if (verb != "check" && verb != "stat") {
    fmt::print(stderr, "{}", kUsage);
    return kCannot;
  }
  const auto known = verb == "check" ? only(*args, {"data", "json", "no-bytes", "progress"})
                                     : only(*args, {"data", "json", "progress"});
  if (!known) return complain(known.error().what, kCannot);
  if (args->get("data").empty()) return complain("--data DIR is needed", kCannot);
  auto store = server::Offline::open(args->get("data"));
  if (!store) {
    const bool busy = store.error().code == Code::kUnavailable;
    return complain(store.error().what + (busy ? "; stop the server first" : ""), kCannot);
  }
  const bool progress = args->has("progress") || ::isatty(STDERR_FILENO) != 0;
  return verb == "check" ? check(**store, *args, progress) : stat(**store, *args, progress);
}

}  // namespace muzn::cli
