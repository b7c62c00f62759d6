// Versions of a key as rows: finding one, and the mutations that put one in place or take one
// away. Internal to object/.
//
// What holds of every key between commits:
//  1. The head is the version of the greatest stamp; the others lie under it, newest first.
//  2. There is a head as long as there is any version.
//  3. At most one version is the null version ("" as its id).
// Each commit that changes a key's versions compares the head; one that changes or takes away a
// noncurrent version compares that version's row, too.
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

// The version that a request names, nullopt meaning the current one; null when it is not there. A
// version that moved since `head` was read is found where it is now.
Task<Outcome<VersionPtr>> find_version(Engine& engine, meta::ShardId shard, std::string key,
                                       Head head, std::optional<std::string> version_id);

// Why there is nothing to read or change where a request led to a delete marker.
std::unexpected<Failure> marker_fault(const Version& marker,
                                      const std::optional<std::string>& version_id);

// The id that a write to a bucket of this state gives its version: `meant`, if it is one, or a new
// one, where versioning is enabled; else "", the null version.
std::string version_id_for(Engine& engine, Versioning versioning, std::string meant = {});

// A key as a write finds it.
struct Target {
  std::string key;
  Head head;
  VersionPtr replaced;  // the null version, which a write of a null version takes away; null = none
};
// For a write of a version with this id. Reads no row but the head where that is the null version,
// as it always is in a bucket that never had versioning.
Task<Outcome<Target>> read_target(Engine& engine, meta::ShardId shard, std::string key,
                                  std::string version_id);

// What a new version brings besides its row.
struct Content {
  std::string inline_bytes;
  std::vector<Part> manifest;        // when multipart
  std::optional<Pending> published;  // its blob, pending until this commit
};

// Stages `next` as the head of the target's key. The head that was becomes the newest noncurrent
// version, unless it is the null version and `next` is, too: then that is replaced. Sets next.stamp
// and next.modified. The caller's commit must already compare the shard row. Failures: kLocked.
// REQUIRES that the target was read for next.version_id.
Outcome<void> stage_put(Engine& engine, meta::Commit& commit, const Target& target, Version& next,
                        const Content& content);
// The same with a given time of modification.
Outcome<void> stage_put_at(Engine& engine, meta::Commit& commit, const Target& target,
                           Version& next, const Content& content, Time modified);

// Stages the end of `version`, which is the head or not. Of the head's row nothing is staged: the
// caller puts another or erases it. The one place that takes a version away for good, and so asks
// its lock, with the row that the commit compares. Failures: kLocked.
Outcome<void> stage_discard(Engine& engine, meta::Commit& commit, const std::string& key,
                            const Version& version, bool is_head, bool bypass_governance = false);

// Stages that the head of `source` becomes the head of `target`, another key: the rows move, the
// blobs stay. Sets next.stamp; all else of `next` is as the source has it, `content` too, with its
// inline bytes and manifest. What the target has goes. REQUIRES that neither key has noncurrent
// versions. Failures: kLocked, of either.
Outcome<void> stage_move(Engine& engine, meta::Commit& commit, const Target& source,
                         const Target& target, Version& next, const Content& content);

// Stages that a noncurrent version's row goes, and its place in the order of times; the version
// itself may live on as the head.
void stage_unlist(meta::Commit& commit, const std::string& key, const Version& version);

}  // namespace muzn::object
