// `muzn engine` on a data directory that no server has open, and on backups.
#include <fmt/core.h>

#include <charconv>
#include <memory>

#include "cli/commands.h"
#include "cli/engine.h"
#include "object/verify.h"
#include "server/engine_json.h"
#include "server/offline.h"
#include "server/rotation.h"
#include "trail/verify.h"

namespace muzn::cli {
namespace {

object::VerifyTotals walk(server::Offline& store, bool check, bool bytes,
                          EngineListener& listener) {
  object::VerifyArgs args{.rows = store.rows(),
                          .blobs = store.blobs(),
                          .verify_tables = {},
                          .next_shard = {},
                          .list_blobs = {},
                          .judge_trails = trail::verify_rows,
                          .options = {.blobs = check, .bytes = bytes},
                          .take = {}};
  if (check) args.verify_tables = [&store] { return store.rows().verify_tables(); };
  args.next_shard = [&store](meta::ShardId from) { return store.rows().next_shard(from); };
  args.list_blobs = [&store](const blob::FileListing& visit) { return store.list_blobs(visit); };
  return object::verify(args, listener);
}

Result<std::unique_ptr<server::Offline>> open_store(const std::string& data) {
  if (data.empty()) return fail(Code::kInvalid, "--data DIR is needed");
  auto store = server::Offline::open(data);
  if (!store && store.error().code == Code::kUnavailable) {
    return fail(Code::kUnavailable, store.error().what + "; stop the server first");
  }
  return store;
}

// The report and its findings as JSON, or the report in words.
void print_report(const Args& args, codec::Json report, EngineListener& listener) {
  if (!args.has("json")) return print_check(report);
  report["errors"] = std::move(listener.errors);
  report["warnings"] = std::move(listener.warnings);
  fmt::print("{}\n", codec::dump_json(report));
}

double live_ratio(const object::VerifyTotals& totals) {
  if (totals.blob_bytes == 0) return 1;
  return static_cast<double>(totals.live_blob_bytes) / static_cast<double>(totals.blob_bytes);
}

server::Listed listed_on(const server::Offline& store, std::uint8_t number) {
  const auto found = store.listed().find(number);
  return found == store.listed().end() ? server::Listed{} : found->second;
}

codec::Json to_json(const blob::VolumeFigures& volume, const server::Listed& listed) {
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

int stat(server::Offline& store, const Args& args) {
  EngineListener listener(false, true, wants_progress(args));
  const auto totals = walk(store, false, false, listener);
  const auto space = store.space();
  const std::uint64_t free_bytes = space ? space->free_bytes : 0;
  const std::uint64_t rows_bytes = store.rows().figures().bytes_on_disk;
  if (args.has("json")) {
    codec::Json report = server::to_json(totals);
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

// A volume that is down is an error of its own, also when nothing lies on it.
void judge_volumes(server::Offline& store, object::VerifyTotals& totals, EngineListener& listener) {
  for (const auto& volume : store.blobs().figures().volumes) {
    if (volume.down.empty()) continue;
    ++totals.errors;
    listener.found(
        {true, "", "", "",
         fmt::format("volume {} ({}) is down, and {} blobs of objects lie on it: {}", volume.number,
                     volume.path, totals.unreachable[volume.number], volume.down)});
  }
}

}  // namespace

int engine_check(const Args& args, const std::string& data) {
  const auto store = open_store(data);
  if (!store) return complain(store.error().what, kCannot);
  const bool bytes = !args.has("no-bytes");
  EngineListener listener(args.has("json"), false, wants_progress(args));
  auto totals = walk(**store, true, bytes, listener);
  judge_volumes(**store, totals, listener);
  print_report(args, server::check_json(totals, bytes), listener);
  return totals.errors == 0 ? 0 : 1;
}

int engine_stat(const Args& args) {
  const auto store = open_store(args.get("data"));
  return store ? stat(**store, args) : complain(store.error().what, kCannot);
}

int engine_back_up(const Args& args) {
  const std::string data = args.get("data");
  server::BackupOrder order;
  order.to = args.get("to");
  order.site = args.get("site");
  const std::string keep = args.get("keep", "0");
  const auto [end, error] = std::from_chars(keep.data(), keep.data() + keep.size(), order.keep);
  if (data.empty() || order.to.empty()) return complain("--data and --to are needed", kCannot);
  if (error != std::errc{} || end != keep.data() + keep.size()) {
    return complain("--keep needs a whole number", kCannot);
  }
  EngineListener listener(args.has("json"), false, wants_progress(args));
  const auto record = server::back_up_offline(data, order, listener);
  if (!record) return complain(record.error().what, kCannot);
  codec::Json report = server::to_json(*record);
  if (args.has("json")) {
    report["findings"] = std::move(listener.errors);
    report["warnings"] = std::move(listener.warnings);
    fmt::print("{}\n", codec::dump_json(report));
  } else {
    fmt::print("{}\n", backup_line(report));
  }
  return record->complete && record->errors == 0 ? 0 : 1;
}

int engine_rotate_key(const Args& args) {
  const std::string data = args.get("data");
  if (data.empty()) return complain("--data DIR is needed", kCannot);
  const auto key = server::rotate_master_key_offline(data);
  if (!key && key.error().code == Code::kUnavailable) {
    return complain(key.error().what + "; stop the server first, and call this again", kCannot);
  }
  if (!key) return complain(key.error().what, kCannot);
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json({{"fingerprint", *key}}));
  } else {
    fmt::print("all secrets lie under another master key: {}\n", *key);
  }
  return 0;
}

int engine_backups(const Args& args) {
  const std::string from = args.get("from");
  if (from.empty()) return complain("--from BACKUP is needed", kCannot);
  if (args.has("verify")) {
    EngineListener listener(args.has("json"), false, wants_progress(args));
    const auto verified = server::verify_backup(from, args.get("backup", "newest"), listener);
    if (!verified) return complain(verified.error().what, kCannot);
    codec::Json report = server::check_json(verified->totals, true);
    report["backup"] = server::to_json(verified->record);
    print_report(args, std::move(report), listener);
    return verified->totals.errors == 0 && verified->record.complete ? 0 : 1;
  }
  const auto records = server::list_backups(from);
  if (!records) return complain(records.error().what, kCannot);
  codec::Json list = codec::Json::array();
  for (const auto& record : *records) list.push_back(server::to_json(record));
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json({{"backups", std::move(list)}}));
  } else {
    for (const auto& record : list) fmt::print("{}\n", backup_line(record));
  }
  return 0;
}

int engine_restore(const Args& args) {
  const std::string from = args.get("from");
  const std::string data = args.get("data");
  if (from.empty() || data.empty()) return complain("--from and --data are needed", kCannot);
  const bool json = args.has("json");
  EngineListener listener(json, false, wants_progress(args));
  const auto record = server::restore(from, args.get("backup", "newest"), data, listener);
  if (!record) {
    return complain(record.error().what + "; nothing that a server starts from was made", kCannot);
  }
  if (!json) fmt::print("restored into {}:\n{}\n", data, backup_line(server::to_json(*record)));
  if (!args.has("no-check")) return engine_check(args, data);
  if (json) fmt::print("{}\n", codec::dump_json(server::to_json(*record)));
  return record->complete ? 0 : 1;
}

}  // namespace muzn::cli
