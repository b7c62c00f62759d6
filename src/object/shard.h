// A bucket's shard as a writer sees it, and the steps that close it. Internal to object/.
//
// A shard is open, sealed or dead. DeleteBucket seals it (no commit passes), looks whether it is
// empty, and makes it dead or open again: one compare of the shard row decides, so that anyone who
// meets a sealed shard can finish the decision instead of waiting for who began it.
#pragma once
#include <string>

#include "object/engine.h"
#include "object/row_values.h"

namespace muzn::object {

struct OpenShard {
  Bucket bucket;
  std::string row;  // the shard row as read: what commits compare
  meta::ShardId id() const { return bucket.shard; }
};

// The bucket's record. Failures: kNoSuchBucket.
Task<Outcome<Bucket>> find_bucket(Engine& engine, std::string name);

// The shard that takes writes of `bucket`. Its row has the config epoch of the bucket's record:
// where an act raised that one only so far, the row's is raised, too. Failures: kNoSuchBucket.
Task<Outcome<OpenShard>> open_shard(Engine& engine, std::string bucket);

// The same, again, when a commit's compare failed. Failures: kNoSuchBucket, also when the name is
// another bucket by now.
Task<Outcome<void>> reopen_shard(Engine& engine, OpenShard& shard);

// The record of a step across shards about `bucket`, begun now by this epoch.
row::Intent new_intent(Engine& engine, row::Intent::Kind kind, const Bucket& bucket);

// Decides a sealed shard: dead when it has no versions, else open. Returns the state it has now
// (whoever changed it).
Task<Outcome<row::ShardState>> decide_sealed(Engine& engine, Bucket bucket);

// Removes the name of a bucket whose shard is dead and leaves the shard to the sweeper. Idempotent.
Task<Outcome<void>> bury(Engine& engine, Bucket bucket);

// A commit that begins by comparing the shard row.
meta::Commit begin_commit(const OpenShard& shard);

}  // namespace muzn::object
