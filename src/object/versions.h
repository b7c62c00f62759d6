// Versions of a key as rows: finding one, and the mutations that put one in place or take one
// away. Internal to object/.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "object/pending.h"
#include "object/row_values.h"

namespace muzn::object {

// A version as its row says: shared by all who look at it, since it is large and never changes.
using VersionPtr = std::shared_ptr<const Version>;

// A row as read, and what it says.
struct Head {
  std::optional<std::string> raw;  // nullopt = the key has no version
  VersionPtr version;              // null likewise
  const Version* current() const { return version.get(); }
};
Task<Outcome<Head>> read_head(Engine& engine, meta::ShardId shard, std::string key);

// The version that a request names, nullopt meaning the current one; null when it is not there.
Task<Outcome<VersionPtr>> find_version(Engine& engine, meta::ShardId shard, std::string key,
                                       Head head, std::optional<std::string> version_id);

// What a new version brings besides its row.
struct Content {
  std::string inline_bytes;
  std::vector<Part> manifest;        // when multipart
  std::optional<Pending> published;  // its blob, pending until this commit
};

// Stages `next` as the head of `key` instead of `head`, which becomes garbage (format 1 without
// versioning: a key has one version). Sets next.stamp and next.modified. The caller's commit must
// already compare the shard row.
void stage_put(Engine& engine, meta::Commit& commit, const std::string& key, const Head& head,
               Version& next, const Content& content);
// The same with a given time of modification.
void stage_put_at(Engine& engine, meta::Commit& commit, const std::string& key, const Head& head,
                  Version& next, const Content& content, Time modified);

// Stages what goes away with `version` besides its head or noncurrent row.
void stage_discard(Engine& engine, meta::Commit& commit, const std::string& key,
                   const Version& version);

}  // namespace muzn::object
