#include "server/engine_desk.h"

#include "server/backup_walk.h"
#include "server/engine_json.h"

namespace muzn::server {

using codec::Json;

EngineDesk::EngineDesk(DeskParts parts) : parts_(std::move(parts)), jobs_(parts_.source.clock) {
  find_last();
}

// Best effort: what can't be read is told by who uses it.
void EngineDesk::find_last() {
  if (parts_.backup_dir.empty()) return;
  const auto dir = fs::Dir::open(parts_.backup_dir);
  const auto names = dir ? dir->list(".") : Result<std::vector<std::string>>();
  if (!names) return;
  for (const std::string& name : *names) {
    if (!admin::is_backup_name(name)) continue;
    const auto records = list_backups(parts_.backup_dir + "/" + name);
    if (!records) continue;
    for (const BackupRecord& record : *records) {
      if (!record.complete || (last_ && last_->record.time >= record.time)) continue;
      last_ = LastBackup{name, record};
    }
  }
}

Json EngineDesk::stat() {
  const auto rows = parts_.source.rows.figures();
  const auto blobs = parts_.source.blobs.figures();
  Json last;
  {
    const std::lock_guard lock(mutex_);
    if (last_) {
      last = to_json(last_->record);
      last["to"] = last_->name;
    }
  }
  Json volumes = Json::array();
  for (const auto& volume : blobs.volumes) volumes.push_back(to_json(volume));
  const std::string running = jobs_.running();
  return {{"state", rows.failed || blobs.failed ? "closed" : "open"},
          {"free_bytes", blobs.bytes_free},
          {"rows",
           {{"bytes", rows.bytes_on_disk},
            {"commits", rows.commits},
            {"syncs", rows.syncs},
            {"commit_seconds",
             {{"count", rows.commit_latency.total()},
              {"p50", rows.commit_latency.quantile(0.5)},
              {"p99", rows.commit_latency.quantile(0.99)}}},
            {"row_cache",
             {{"hits", rows.row_cache_hits},
              {"misses", rows.row_cache_misses},
              {"bytes", rows.row_cache_bytes},
              {"capacity", rows.row_cache_capacity}}},
            {"cache",
             {{"hits", rows.cache_hits},
              {"misses", rows.cache_misses},
              {"bytes", rows.cache_bytes},
              {"capacity", rows.cache_capacity}}}}},
          {"blobs",
           {{"bytes_written", blobs.bytes_written},
            {"bytes_read", blobs.bytes_read},
            {"corrupt_blocks", blobs.corrupt_blocks}}},
          {"volumes", std::move(volumes)},
          {"scrub", parts_.scrub ? to_json(parts_.scrub()) : Json()},
          {"backups", !parts_.backup_dir.empty()},
          {"last_backup", std::move(last)},
          {"job", running.empty() ? Json() : Json(running)}};
}

Result<Json> EngineDesk::start(const admin::JobOrder& order) {
  if (order.kind == admin::JobOrder::Kind::kCheck) {
    return jobs_.start(
        "check", {{"bytes", order.bytes}},
        [this, bytes = order.bytes](BackupListener& listener) { return check(bytes, listener); });
  }
  CHECK(admin::is_backup_name(order.to));
  if (parts_.backup_dir.empty()) {
    return fail(Code::kInvalid, "this server was not told where backups go: --backup-dir");
  }
  TRY_VOID(permit());
  return jobs_.start("backup", {{"to", order.to}, {"keep", order.keep}},
                     [this, order](BackupListener& listener) { return backup(order, listener); });
}

Result<policy::Permit> EngineDesk::permit() {
  auto out = parts_.may_back_up();
  if (!out) parts_.log.warn("a backup was refused", {{"rule", out.error().what}});
  return out;
}

Result<Json> EngineDesk::check(bool bytes, BackupListener& listener) {
  parts_.log.info("check began");
  const object::GarbageHold hold = parts_.source.objects->hold_garbage();
  const auto view = parts_.source.rows.view();
  object::VerifyArgs args = walk_args(*view, parts_.source.blobs);
  args.list_blobs = parts_.list_blobs;
  args.options = {.blobs = true, .bytes = bytes, .online = true};
  const auto totals = object::verify(args, listener);
  if (totals.stopped) return fail(Code::kClosed, "the check was stopped");
  parts_.log.info("check ended", {{"errors", std::to_string(totals.errors)},
                                  {"warnings", std::to_string(totals.warnings)}});
  return check_json(totals, bytes);
}

Result<Json> EngineDesk::backup(const admin::JobOrder& order, BackupListener& listener) {
  parts_.log.info("backup began", {{"to", order.to}});
  const BackupOrder job{.to = parts_.backup_dir + "/" + order.to, .keep = order.keep};
  TRY(const policy::Permit may, permit());
  const auto record = back_up(parts_.source, job, may, listener);
  note(order.to, record);
  if (!record) return std::unexpected(record.error());
  return to_json(*record);
}

void EngineDesk::note(const std::string& name, const Result<BackupRecord>& result) {
  if (result) {
    parts_.log.info("backup ended", {{"to", name},
                                     {"id", std::to_string(result->id)},
                                     {"complete", result->complete ? "true" : "false"},
                                     {"copied_bytes", std::to_string(result->copied_bytes)},
                                     {"errors", std::to_string(result->errors)}});
  } else {
    parts_.log.warn("backup failed", {{"to", name}, {"error", result.error().what}});
  }
  const std::lock_guard lock(mutex_);
  last_failed_ = !result || !result->complete;
  if (!last_failed_) last_ = LastBackup{name, *result};
}

std::vector<Gauge> EngineDesk::gauges() const {
  double last_seconds = 0;
  bool failed = false;
  {
    const std::lock_guard lock(mutex_);
    if (last_) last_seconds = static_cast<double>(to_micros(last_->record.time)) / 1e6;
    failed = last_failed_;
  }
  return {
      {"muzn_backup_last_success_seconds",
       "When the newest complete backup was taken, seconds since 1970; 0 = none is known.", "gauge",
       last_seconds},
      {"muzn_backup_last_failed", "1 when the last backup of this run is not complete.", "gauge",
       failed ? 1.0 : 0.0},
      {"muzn_engine_job_running", "1 while a check or backup runs.", "gauge",
       jobs_.running().empty() ? 0.0 : 1.0},
  };
}

}  // namespace muzn::server
