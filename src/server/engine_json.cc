#include "server/engine_json.h"

#include "codec/date.h"

namespace muzn::server {

using codec::Json;

Json to_json(const object::VerifyTotals& totals) {
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

Json to_json(const object::Finding& finding) {
  return {{"bucket", finding.bucket},
          {"key", finding.key},
          {"version_id", finding.version_id},
          {"what", finding.what}};
}

Json to_json(const BackupRecord& record) {
  Json out = codec::parse_json(encode(record)).value_or(Json::object());
  for (const char* inner : {"digest", "keys", "lost"}) out.erase(inner);
  return out;
}

Json to_json(const blob::VolumeFigures& volume) {
  return {{"number", volume.number},         {"path", volume.path},
          {"up", volume.down.empty()},       {"why_down", volume.down},
          {"writable", volume.is_writable},  {"bytes_written", volume.bytes_written},
          {"bytes_read", volume.bytes_read}, {"corrupt_blocks", volume.corrupt_blocks},
          {"free_bytes", volume.bytes_free}};
}

Json to_json(const ScrubReport& report) {
  const auto tally = [](const object::ScrubTally& counts) -> Json {
    return {{"bytes", counts.bytes}, {"objects", counts.objects}, {"errors", counts.errors}};
  };
  const auto when = [](Time time) {
    return time == Time() ? Json() : Json(codec::iso8601_millis(time));
  };
  const bool running = report.state.phase != object::ScrubState::Phase::kIdle;
  Json findings = Json::array();
  for (const auto& finding : running ? report.findings : report.last_findings) {
    findings.push_back({{"bucket", finding.bucket},
                        {"key", finding.key},
                        {"version_id", finding.version_id},
                        {"blob", finding.blob},
                        {"what", finding.what}});
  }
  return {{"enabled", report.enabled},         {"running", running},
          {"passes", report.state.passes},     {"began", when(report.state.began)},
          {"ended", when(report.state.ended)}, {"so_far", tally(report.state.so_far)},
          {"last", tally(report.state.last)},  {"findings", std::move(findings)}};
}

Json check_json(const object::VerifyTotals& totals, bool bytes) {
  Json out = to_json(totals);
  out["bytes_verified"] = bytes;
  out["bytes_read"] = totals.bytes_read;
  out["buckets"] = totals.buckets.size();
  out["error_count"] = totals.errors;
  out["warning_count"] = totals.warnings;
  return out;
}

}  // namespace muzn::server
