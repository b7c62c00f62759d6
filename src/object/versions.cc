#include "object/versions.h"

#include <algorithm>

#include "object/garbage.h"
#include "object/row_keys.h"

namespace muzn::object {
namespace {

constexpr std::size_t kScanRows = 64;

// "null" for the null version, as requests and listings name it.
bool has_id(const Version& version, const std::string& version_id) {
  return version.version_id.empty() ? version_id == "null" : version.version_id == version_id;
}

// The version of `key` with an id as requests name it among the noncurrent ones.
Task<Outcome<VersionPtr>> find_noncurrent(Engine& engine, meta::ShardId shard, std::string key,
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
  return find_noncurrent(engine, shard, std::move(key), *std::move(version_id));
}

void stage_put(Engine& engine, meta::Commit& commit, const std::string& key, const Head& head,
               Version& next, const Content& content) {
  stage_put_at(engine, commit, key, head, next, content, engine.clock.now());
}

void stage_put_at(Engine& engine, meta::Commit& commit, const std::string& key, const Head& head,
                  Version& next, const Content& content, Time modified) {
  const Version* old = head.current();
  next.modified = modified;
  next.stamp = static_cast<std::uint64_t>(std::max<std::int64_t>(to_micros(next.modified), 1));
  if (old != nullptr) next.stamp = std::max(next.stamp, old->stamp + 1);
  commit.require(row::head(key), head.raw);
  if (old != nullptr) stage_discard(engine, commit, key, *old);
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

void stage_discard(Engine& engine, meta::Commit& commit, const std::string& key,
                   const Version& version) {
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
}

}  // namespace muzn::object
