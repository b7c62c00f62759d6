#include "object/versions.h"

#include <algorithm>

#include "object/garbage.h"
#include "object/row_keys.h"
#include "object/version_id.h"

namespace muzn::object {
namespace {

constexpr std::size_t kScanRows = 64;
constexpr std::size_t kNearRows = 4;

bool has_id(const Version& version, const std::string& version_id) {
  return shown_version_id(version.version_id) == version_id;
}

// The version of `key` with an id as requests name it among the noncurrent ones.
Task<Outcome<VersionPtr>> scan_noncurrent(Engine& engine, meta::ShardId shard, std::string key,
                                          std::string version_id) {
  std::string from = row::noncurrent_prefix(key);
  const std::string to = meta::after_prefix(from);
  for (;;) {
    CO_TRY(const auto rows, co_await engine.rows.scan(shard, from, to, kScanRows));
    for (const meta::Row& one : rows) {
      CO_TRY(Version version, row::decode_version(one.value));
      if (has_id(version, version_id)) {
        co_return std::make_shared<const Version>(std::move(version));
      }
    }
    if (rows.size() < kScanRows) co_return nullptr;
    from = rows.back().key + '\0';
  }
}

// Among the oldest of those that are not older than its id says: its place, but where many were
// written between the making of its id and its commit.
Task<Outcome<VersionPtr>> look_near(Engine& engine, meta::ShardId shard, std::string key,
                                    std::string version_id) {
  const std::uint64_t hint = stamp_hint(version_id);
  if (hint == 0) co_return nullptr;
  const std::string from = row::noncurrent_prefix(key);
  std::string to = row::noncurrent(key, hint).append(1, '\0');
  CO_TRY(const auto rows, co_await engine.rows.scan_back(shard, from, std::move(to), kNearRows));
  for (const meta::Row& one : rows) {
    CO_TRY(Version version, row::decode_version(one.value));
    if (has_id(version, version_id)) co_return std::make_shared<const Version>(std::move(version));
  }
  co_return nullptr;
}

// It may become the head, and so leave the noncurrent ones, while these are looked through; then
// the head is another than before.
Task<Outcome<VersionPtr>> find_noncurrent(Engine& engine, meta::ShardId shard, std::string key,
                                          Head head, std::string version_id) {
  CO_TRY(auto near, co_await look_near(engine, shard, key, version_id));
  if (near) co_return near;
  for (;;) {
    CO_TRY(auto found, co_await scan_noncurrent(engine, shard, key, version_id));
    if (found) co_return found;
    CO_TRY(Head now, co_await read_head(engine, shard, key));
    if (now.raw == head.raw || !now.version) co_return nullptr;
    if (has_id(*now.version, version_id)) co_return std::move(now.version);
    head = std::move(now);
  }
}

void stage_new_rows(Engine& engine, meta::Commit& commit, const std::string& key,
                    const Version& next, const Content& content) {
  commit.put(row::head(key), row::encode(next));
  commit.put(row::created(next.modified, key, next.stamp), "");
  if (next.inline_body) commit.put(row::body(key, next.stamp), content.inline_bytes);
  if (next.part_count > 0) {
    commit.put(row::manifest(key, next.stamp), row::encode(content.manifest));
  }
  if (content.published) commit.erase(content.published->row_key);
  commit.add(row::counters(engine.epoch),
             row::encode_counters(1, static_cast<std::int64_t>(next.size)));
}

// The head that was becomes the newest noncurrent version.
void stage_noncurrent(meta::Commit& commit, const std::string& key, Version old, Time since) {
  old.noncurrent_since = std::max(since, from_micros(1));
  commit.put(row::noncurrent(key, old.stamp), row::encode(old));
  commit.put(row::became_noncurrent(*old.noncurrent_since, key, old.stamp), "");
}

}  // namespace

Task<Outcome<Head>> read_head(Engine& engine, meta::ShardId shard, std::string key) {
  Head out;
  CO_TRY(out.raw, co_await engine.rows.get(shard, row::head(key)));
  if (out.raw) {
    CO_TRY(out.version, engine.decoded.get(*out.raw));
  }
  co_return out;
}

Task<Outcome<VersionPtr>> find_version(Engine& engine, meta::ShardId shard, std::string key,
                                       Head head, std::optional<std::string> version_id) {
  if (!head.version || !version_id || has_id(*head.version, *version_id)) {
    return Task<Outcome<VersionPtr>>::ready(std::move(head.version));
  }
  return find_noncurrent(engine, shard, std::move(key), std::move(head), *std::move(version_id));
}

std::unexpected<Failure> marker_fault(const Version& marker,
                                      const std::optional<std::string>& version_id) {
  Failure out(version_id ? Fault::kMarkerVersion : Fault::kDeleteMarker, "a delete marker");
  out.marker = Failure::Marker{marker.version_id, marker.modified};
  return std::unexpected(std::move(out));
}

std::string version_id_for(Engine& engine, Versioning versioning, std::string meant) {
  if (versioning != Versioning::kEnabled) return "";
  return meant.empty() ? new_version_id(engine.rng, engine.clock.now()) : std::move(meant);
}

Task<Outcome<Target>> read_target(Engine& engine, meta::ShardId shard, std::string key,
                                  std::string version_id) {
  Target out;
  CO_TRY(out.head, co_await read_head(engine, shard, key));
  if (version_id.empty()) {
    CO_TRY(out.replaced,
           co_await find_version(engine, shard, key, out.head, std::string(kNullVersion)));
  }
  out.key = std::move(key);
  co_return out;
}

Outcome<void> stage_put(Engine& engine, meta::Commit& commit, const Target& target, Version& next,
                        const Content& content) {
  return stage_put_at(engine, commit, target, next, content, engine.clock.now());
}

Outcome<void> stage_put_at(Engine& engine, meta::Commit& commit, const Target& target,
                           Version& next, const Content& content, Time modified) {
  const Version* old = target.head.current();
  const Version* replaced = target.replaced.get();
  next.modified = modified;
  next.stamp = engine.new_stamp(modified, old != nullptr ? old->stamp : 0);
  commit.require(row::head(target.key), target.head.raw);
  const bool replaces_head = replaced != nullptr && replaced->stamp == old->stamp;
  if (replaced != nullptr) {
    TRY_VOID(stage_discard(engine, commit, target.key, *replaced, replaces_head));
  }
  if (old != nullptr && !replaces_head) stage_noncurrent(commit, target.key, *old, modified);
  stage_new_rows(engine, commit, target.key, next, content);
  return {};
}

Outcome<void> stage_move(Engine& engine, meta::Commit& commit, const Target& source,
                         const Target& target, Version& next, const Content& content) {
  const Version& old = *source.head.version;
  if (!old.lock.empty()) {
    // A locked version stays where it is: under its name.
    TRY_VOID(judge_lock(old.lock, engine.locks.now(), false));
  }
  commit.require(row::head(source.key), source.head.raw);
  commit.require(row::head(target.key), target.head.raw);
  if (const Version* const replaced = target.head.current()) {
    TRY_VOID(stage_discard(engine, commit, target.key, *replaced, true));
  }
  commit.erase(row::head(source.key));
  commit.erase(row::created(old.modified, source.key, old.stamp));
  if (old.inline_body) commit.erase(row::body(source.key, old.stamp));
  if (old.part_count > 0) commit.erase(row::manifest(source.key, old.stamp));
  commit.add(row::counters(engine.epoch),
             row::encode_counters(-1, -static_cast<std::int64_t>(old.size)));
  const Version* const before = target.head.current();
  next.stamp = engine.new_stamp(engine.clock.now(), before != nullptr ? before->stamp : 0);
  stage_new_rows(engine, commit, target.key, next, content);
  return {};
}

void stage_unlist(meta::Commit& commit, const std::string& key, const Version& version) {
  std::string row_key = row::noncurrent(key, version.stamp);
  commit.require(row_key, row::encode(version));
  commit.erase(std::move(row_key));
  if (version.noncurrent_since) {
    commit.erase(row::became_noncurrent(*version.noncurrent_since, key, version.stamp));
  }
}

Outcome<void> stage_discard(Engine& engine, meta::Commit& commit, const std::string& key,
                            const Version& version, bool is_head, bool bypass_governance) {
  if (!version.lock.empty()) {
    TRY_VOID(judge_lock(version.lock, engine.locks.now(), bypass_governance));
  }
  if (!is_head) stage_unlist(commit, key, version);
  commit.erase(row::created(version.modified, key, version.stamp));
  if (version.inline_body) commit.erase(row::body(key, version.stamp));
  if (version.part_count > 0) {
    // The manifest row stays for readers that opened the version, and goes with its blobs.
    row::Garbage garbage;
    garbage.key = key;
    garbage.stamp = version.stamp;
    stage_garbage(engine, commit, std::move(garbage), version.size);
  }
  for (const Segment& segment : version.segments) {
    if (segment.size == 0) continue;
    row::Garbage garbage;
    garbage.blob = segment.blob;
    stage_garbage(engine, commit, std::move(garbage), segment.size);
  }
  commit.add(row::counters(engine.epoch),
             row::encode_counters(-1, -static_cast<std::int64_t>(version.size)));
  return {};
}

}  // namespace muzn::object
