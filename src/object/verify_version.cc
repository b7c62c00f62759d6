// Versions under verify(): heads and noncurrent rows, and the rows that belong to them.
#include <fmt/core.h>

#include "codec/varint.h"
#include "object/lifecycle_rows.h"
#include "object/row_keys.h"
#include "object/verify_shard.h"

namespace muzn::object {
std::optional<VerifyShard::StampedKey> VerifyShard::stamped(const meta::Row& one) {
  const auto key = row::unescape(std::string_view(one.key).substr(1));
  if (key) {
    codec::FieldReader reader(key->rest);
    const auto stamp = reader.be64();
    if (stamp && reader.at_end()) return StampedKey{key->key, ~*stamp};
  }
  error(fmt::format("a key of tag {} is none", one.key[0]));
  return std::nullopt;
}

std::optional<Version> VerifyShard::find(const StampedKey& at, Owned& owned) {
  owned = Owned::kNo;
  for (const std::string& row_key : {row::head(at.key), row::noncurrent(at.key, at.stamp)}) {
    const std::uint64_t unreadable = rows_.unreadable();
    const auto found = rows_.get(what_.shard, row_key, place(at.key));
    if (rows_.unreadable() != unreadable) owned = Owned::kUnknown;
    if (!found) continue;
    auto decoded = row::decode_version(*found);
    if (!decoded) {
      owned = Owned::kUnknown;  // told with that row
    } else if (decoded->stamp == at.stamp) {
      owned = Owned::kYes;
      return std::move(*decoded);
    }
  }
  return std::nullopt;
}

void VerifyShard::head(const meta::Row& one) {
  const auto key = row::unescape(std::string_view(one.key).substr(1));
  if (!key || !key->rest.empty()) {
    versions_unread_ = true;
    return error("a key of tag H is none");
  }
  const auto decoded = row::decode_version(one.value);
  if (!decoded) {
    versions_unread_ = true;
    return report_.error(place(key->key), "its head row: " + decoded.error().what);
  }
  if (!decoded->delete_marker) {
    ++out_.objects;
    ++report_.totals.objects;
  }
  if (decoded->noncurrent_since) {
    report_.error(place(key->key, decoded->version_id), "its head row is a noncurrent version");
  }
  version(key->key, *decoded);
}

void VerifyShard::noncurrent(const meta::Row& one) {
  const auto at = stamped(one);
  const auto decoded = row::decode_version(one.value);
  if (!at || !decoded) versions_unread_ = true;
  if (!at) return;
  if (!decoded) {
    return report_.error(place(at->key), "a noncurrent version: " + decoded.error().what);
  }
  if (decoded->stamp != at->stamp) {
    report_.error(place(at->key, decoded->version_id), "a noncurrent version has another stamp");
  }
  order(at->key, *decoded);
  version(at->key, *decoded);
}

// Under which head it lies, and since when.
void VerifyShard::order(const std::string& key, const Version& version) {
  const Place where = place(key, version.version_id);
  if (under_.key != key || !under_.known) look_up_head(key);
  if (under_.known && !under_.head_stamp) report_.error(where, "a version of a key without a head");
  if (under_.head_stamp && *under_.head_stamp <= version.stamp) {
    report_.error(where, "a noncurrent version is newer than its head");
  }
  if (version.version_id.empty() && std::exchange(under_.has_null, true)) {
    report_.error(where, "a second null version");
  }
  if (!version.noncurrent_since)
    return report_.error(where, "it does not say since when it is noncurrent");
  rows_.need(what_.shard, row::became_noncurrent(*version.noncurrent_since, key, version.stamp),
             where, "its row of when it became noncurrent is missing");
}

void VerifyShard::look_up_head(const std::string& key) {
  under_ = Under{.key = key, .known = false, .head_stamp = {}, .has_null = false};
  const std::uint64_t unreadable = rows_.unreadable();
  const auto found = rows_.get(what_.shard, row::head(key), place(key));
  if (rows_.unreadable() != unreadable) return;
  under_.known = true;
  if (!found) return;
  const auto decoded = row::decode_version(*found);
  under_.known = decoded.has_value();  // else told with that row
  if (!decoded) return;
  under_.head_stamp = decoded->stamp;
  under_.has_null = decoded->version_id.empty();
}

void VerifyShard::version(const std::string& key, const Version& version) {
  const Place where = place(key, version.version_id);
  ++out_.versions;
  ++report_.totals.versions;
  out_.bytes += version.size;
  report_.totals.bytes += version.size;
  if (what_.bucket == nullptr) report_.error(where, "a version in a shard that no bucket names");
  if (key < shard_.range_from || (!shard_.range_to.empty() && key >= shard_.range_to)) {
    report_.error(where, "its key is outside its shard's range");
  }
  rows_.need(what_.shard, row::created(version.modified, key, version.stamp), where,
             "its creation row is missing");
  content(where, key, version);
}

void VerifyShard::content(const Place& where, const std::string& key, const Version& version) {
  if (contradicts_itself(version)) {
    return report_.error(where, "its row says contradictory things of where its bytes are");
  }
  if (version.inline_body) return inline_body(where, key, version);
  if (version.part_count > 0) return parts(where, key, version);
  report_.errors(where, judge_segments(version));
  for (const BlobClaim& blob : blobs_of(version)) blobs_.need(where, blob);
}

void VerifyShard::inline_body(const Place& where, const std::string& key, const Version& version) {
  const auto bytes =
      rows_.need(what_.shard, row::body(key, version.stamp), where, "its inline body is missing");
  if (bytes) report_.errors(where, judge_inline(version, *bytes, blobs_.options().bytes));
}

void VerifyShard::parts(const Place& where, const std::string& key, const Version& version) {
  const auto found =
      rows_.need(what_.shard, row::manifest(key, version.stamp), where, "its manifest is missing");
  if (!found) return;
  const auto decoded = row::decode_manifest(*found);
  if (!decoded) return report_.error(where, "its manifest: " + decoded.error().what);
  for (const BlobClaim& blob : blobs_of(*decoded)) blobs_.need(where, blob);
  report_.errors(where, judge_manifest(version, *decoded));
}

// Of a body row only whether a version has it: its bytes were judged with the version.
void VerifyShard::body(const meta::Row& one) {
  const auto at = stamped(one);
  if (!at || what_.bucket == nullptr) return;
  Owned owned = Owned::kNo;
  const auto version = find(*at, owned);
  if (owned == Owned::kUnknown || (version && version->inline_body)) return;
  report_.error(place(at->key), "an inline body of no version");
}

void VerifyShard::manifest(const meta::Row& one) {
  const auto at = stamped(one);
  if (!at) return;
  const bool is_garbage = garbage_manifests_.contains(one.key);
  Owned owned = Owned::kNo;
  const auto version = find(*at, owned);
  const bool has_version = version && version->part_count > 0;
  if (has_version && !is_garbage) return;  // judged with it
  const Place where = place(at->key);
  if (has_version) return report_.error(where, "the manifest of a version is called garbage");
  if (!is_garbage && owned != Owned::kUnknown && what_.bucket != nullptr) {
    report_.error(where, "a manifest of no version");
  }
  const auto decoded = row::decode_manifest(one.value);
  if (!decoded) return report_.error(where, "a manifest: " + decoded.error().what);
  for (const Part& part : *decoded) {
    if (part.segment.size > 0) blobs_.release(where, part.segment.blob);
  }
}

void VerifyShard::time_index(const meta::Row& one) {
  const auto at = row::parse_time_key(one.key);
  if (!at || !one.value.empty()) return error("a key of tag t is none");
  if (what_.bucket == nullptr) return;
  if (at->kind == 'u') {
    if (rows_.get(what_.shard, row::upload(at->key, at->upload_id), place(at->key))) return;
    return report_.error(place(at->key), "a row of the index of times is of no upload");
  }
  Owned owned = Owned::kNo;
  const auto version = find({at->key, at->stamp}, owned);
  if (owned == Owned::kUnknown) return;
  std::optional<Time> expected;
  if (version) expected = at->kind == 'c' ? version->modified : version->noncurrent_since;
  const bool fits = expected && *expected == at->time;
  if (!fits) report_.error(place(at->key), "a row of the index of times is of no version");
}

}  // namespace muzn::object
