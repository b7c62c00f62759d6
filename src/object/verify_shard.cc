// Rows of a bucket's shard other than those of versions, which are in verify_version.cc.
#include "object/verify_shard.h"

#include <fmt/core.h>

#include <algorithm>

#include "audit/outbox_row.h"
#include "codec/varint.h"
#include "object/lifecycle_rows.h"
#include "object/row_keys.h"

namespace muzn::object {

template <class T>
bool VerifyShard::good(const Result<T>& decoded, const Place& where, const char* row) {
  if (decoded) return true;
  report_.error(where,
                fmt::format("{} row of shard {}: {}", row, what_.shard, decoded.error().what));
  return false;
}

BucketTotals VerifyShard::run() {
  out_.name = what_.name;
  if (what_.bucket != nullptr) out_.owner = what_.bucket->owner;
  // The range of keys is judged with each key.
  if (const auto found = rows_.get(what_.shard, row::shard(), place())) {
    if (const auto decoded = row::decode_shard(*found)) shard_ = *decoded;
  }
  gather_garbage();
  const std::uint64_t unreadable = rows_.unreadable();
  rows_.each(what_.shard, "", "", place(), [this](const meta::Row& one) { row(one); });
  if (rows_.unreadable() != unreadable) versions_unread_ = true;
  if (what_.bucket != nullptr) {
    if (!has_shard_row_) error("its shard row is missing");
    judge_counters();
  }
  return std::move(out_);
}

void VerifyShard::row(const meta::Row& one) {
  ++report_.totals.rows;
  switch (one.key.empty() ? '\0' : one.key[0]) {
    case row::kShardTag:
      return shard_row(one);
    case row::kHeadTag:
      return head(one);
    case row::kVersionTag:
      return noncurrent(one);
    case row::kBodyTag:
      return body(one);
    case row::kManifestTag:
      return manifest(one);
    case row::kUploadTag:
      return upload(one);
    case row::kPartTag:
      return part(one);
    case row::kDoneTag:
      return done(one);
    case row::kPendingTag:
      return pending(one);
    case row::kGarbageTag:
      return garbage(one);
    case row::kCounterTag:
      return counters(one);
    case row::kTimeTag:
      return time_index(one);
    case row::kDocumentTag:
      return document(one);
    case row::kRenameTag:
      return renamed(one);
    case row::kRecordTag:
      return record(one);
    case row::kLifecycleTag:
      return lifecycle(one);
    default:
      return error(fmt::format("a row of an unknown tag in shard {}", what_.shard));
  }
}

void VerifyShard::shard_row(const meta::Row& one) {
  if (one.key != row::shard()) return error("a row of an unknown tag");
  const auto decoded = row::decode_shard(one.value);
  has_shard_row_ = true;
  if (!good(decoded, place(), "shard")) return;
  if (what_.bucket != nullptr && decoded->bucket_id != what_.bucket->id) {
    error("its shard row is another bucket's");
  }
  // Below it while an act was not finished.
  if (what_.bucket != nullptr && decoded->config_epoch > what_.bucket->config_epoch) {
    error("its shard row is of a later config epoch than its record");
  }
}

void VerifyShard::gather_garbage() {
  const std::string tag(1, row::kGarbageTag);
  rows_.each(what_.shard, tag, meta::after_prefix(tag), place(), [&](const meta::Row& one) {
    const auto decoded = row::decode_garbage(one.value);
    if (!decoded || !decoded->blob.empty()) return;
    garbage_manifests_.insert(row::manifest(decoded->key, decoded->stamp));
  });
}

void VerifyShard::upload(const meta::Row& one) {
  const auto at = row::parse_upload(std::string_view(one.key).substr(1));
  if (!good(at, place(), "upload")) return;
  const auto decoded = row::decode_upload(one.value);
  if (!good(decoded, place(at->key), "upload")) return;
  if (decoded->upload.key != at->key || decoded->upload.id != at->upload_id) {
    report_.error(place(at->key), "an upload row is another upload's");
  }
  ++out_.uploads;
  ++report_.totals.uploads;
}

void VerifyShard::look_up(const row::UploadKey& at, const std::string& prefix) {
  if (parts_upload_.prefix == prefix) return;
  parts_upload_ = PartsUpload();
  parts_upload_.prefix = prefix;
  if (const auto row = rows_.get(what_.shard, row::upload(at.key, at.upload_id), place(at.key))) {
    parts_upload_.open = parts_upload_.known = true;
    const auto decoded = row::decode_upload(*row);
    parts_upload_.counts = decoded && decoded->counts;
    if (!decoded) parts_unread_ = true;  // told with that row
    return;
  }
  const auto found = rows_.get(what_.shard, row::done(at.key, at.upload_id), place(at.key));
  if (!found) return;
  auto decoded = row::decode_done(*found);
  if (!decoded) return;  // told with that row
  parts_upload_.known = true;
  parts_upload_.used = std::move(decoded->used_parts);
  parts_upload_.counts = decoded->counts;
  parts_upload_.released = std::move(decoded->released_parts);
}

void VerifyShard::part(const meta::Row& one) {
  constexpr std::size_t kNumberBytes = 2;
  if (one.key.size() < 1 + kNumberBytes) return error("a part row's key is cut short");
  const std::string prefix = one.key.substr(0, one.key.size() - kNumberBytes);
  const auto at = row::parse_upload(std::string_view(prefix).substr(1));
  const auto number = row::parse_part_number(one.key);
  if (!good(at, place(), "part") || !good(number, place(at->key), "part")) return;
  const Place where = place(at->key);
  const auto decoded = row::decode_part(one.value);
  if (!decoded) parts_unread_ = true;
  if (!good(decoded, where, "part")) return;
  if (decoded->number != *number) report_.error(where, "a part row is another part's");
  look_up(*at, prefix);
  if (!parts_upload_.known) parts_unread_ = true;
  if (!parts_upload_.known && what_.bucket != nullptr) {
    report_.error(where, fmt::format("part {} of an upload that is not there", *number));
  }
  if (parts_upload_.counts && !std::ranges::binary_search(parts_upload_.used, *number) &&
      !std::ranges::binary_search(parts_upload_.released, *number)) {
    part_bytes_ += static_cast<std::int64_t>(decoded->segment.size);
  }
  if (parts_upload_.open && what_.bucket != nullptr) {
    return blobs_.need(where, {decoded->segment, {decoded->md5, decoded->checksum}});
  }
  // The blob of a used part is its manifest's.
  if (std::ranges::binary_search(parts_upload_.used, *number)) return;
  if (decoded->segment.size > 0) blobs_.release(where, decoded->segment.blob);
}

void VerifyShard::done(const meta::Row& one) {
  const auto at = row::parse_upload(std::string_view(one.key).substr(1));
  if (!good(at, place(), "done")) return;
  const auto decoded = row::decode_done(one.value);
  if (!good(decoded, place(at->key), "done")) return;
  if (!std::ranges::is_sorted(decoded->used_parts) ||
      !std::ranges::is_sorted(decoded->released_parts)) {
    report_.error(place(at->key), "a done row's part numbers do not ascend");
  }
  if (rows_.get(what_.shard, row::upload(at->key, at->upload_id), place(at->key))) {
    report_.error(place(at->key), "an upload is both under way and ended");
  }
}

void VerifyShard::pending(const meta::Row& one) {
  ++report_.totals.pending_rows;
  const auto at = row::parse_sequence(one.key);
  const auto decoded = row::decode_pending(one.value);
  if (!good(at, place(), "pending") || !good(decoded, place(), "pending")) return;
  if (at->epoch > what_.node_epoch) error("a pending row of a run that was not yet");
  blobs_.release(place(), *decoded);
}

void VerifyShard::garbage(const meta::Row& one) {
  ++report_.totals.garbage_rows;
  const auto at = row::parse_sequence(one.key);
  const auto decoded = row::decode_garbage(one.value);
  if (!good(at, place(), "garbage") || !good(decoded, place(), "garbage")) return;
  if (at->epoch > what_.node_epoch) error("a garbage row of a run that was not yet");
  // A manifest's blobs are named when its row comes; it may be gone already.
  if (!decoded->blob.empty()) blobs_.release(place(), decoded->blob);
}

void VerifyShard::counters(const meta::Row& one) {
  codec::FieldReader key(std::string_view(one.key).substr(1));
  const auto epoch = key.be64();
  const auto decoded = row::decode_counters(one.value);
  if (!epoch || !key.at_end()) return error("a counter row's key is none");
  if (!good(decoded, place(), "counter")) return;
  counted_.objects += decoded->objects;
  counted_.bytes += decoded->bytes;
  counted_.part_bytes += decoded->part_bytes;
}

void VerifyShard::judge_counters() {
  if (versions_unread_) {
    return report_.warning(place(), "its counters can't be judged: some versions are unreadable");
  }
  if (counted_.objects != static_cast<std::int64_t>(out_.versions) ||
      counted_.bytes != static_cast<std::int64_t>(out_.bytes)) {
    error(fmt::format("its counters say {} versions of {} bytes, its rows {} of {}",
                      counted_.objects, counted_.bytes, out_.versions, out_.bytes));
  }
  if (!parts_unread_ && counted_.part_bytes != part_bytes_) {
    error(fmt::format("its counters say {} bytes of parts, its rows {}", counted_.part_bytes,
                      part_bytes_));
  }
}

void VerifyShard::document(const meta::Row& one) {
  good(row::decode_document(one.value), place(), "document");
}

void VerifyShard::renamed(const meta::Row& one) {
  good(row::decode_renamed(one.value), place(), "rename");
}

void VerifyShard::lifecycle(const meta::Row& one) {
  if (one.key == row::lifecycle_state()) {
    good(row::decode_streams(one.value), place(), "lifecycle");
    return;
  }
  if (!good(row::parse_lifecycle_due(one.key), place(), "lifecycle")) return;
  good(row::decode_lifecycle_due(one.value), place(), "lifecycle");
}

void VerifyShard::record(const meta::Row& one) {
  if (!good(row::parse_sequence(one.key), place(), "record")) return;
  good(audit::decode_outbox(one.value), place(), "record");
}

}  // namespace muzn::object
