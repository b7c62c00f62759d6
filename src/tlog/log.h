// The append-only log: a tree of entries that only grows, and checkpoints that bind us to it.
//
// What holds, whatever crashes:
//  1. An entry that append() answered is in the log, at that index, for good.
//  2. All of a group of entries, its tiles and the new head are one commit, which compares the
//  head:
//     of two writers one loses, reads what it missed and goes on behind it.
//  3. A checkpoint leaves this module only after it is durable as the one signed last; the next one
//     compares it. So no two checkpoints of one size have different roots, nor any two of them
//     trees of which one does not begin with the other.
//  4. Opening compares the head, and the checkpoint signed last, with the tiles and entries.
//
// What it can't notice by itself is that all of the store was put back from an older copy:
// docs/formats/tlog.md, "Limits".
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "merkle/proof.h"
#include "merkle/signer.h"
#include "merkle/tile.h"
#include "meta/store.h"

namespace muzn::tlog {

// Of the log of the house; its rows are drawn in tlog/rows.h.
inline constexpr meta::ShardId kLogShard = 3;
// Those of accounts (audit/private_logs.h) are numbered from here on: far above the shards of
// buckets.
inline constexpr meta::ShardId kFirstPrivateLogShard = 1ULL << 61;
// Those that followed the public one, from 1 on, are at this and their number.
inline constexpr meta::ShardId kLaterLogShards = 1ULL << 62;
constexpr meta::ShardId log_shard(std::uint64_t number) {
  return number == 0 ? kLogShard : kLaterLogShards + number;
}
constexpr bool is_log_shard(meta::ShardId shard) {
  return shard == kLogShard || shard >= kFirstPrivateLogShard;
}

struct Options {
  meta::ShardId shard = kLogShard;
  // Of entries that share a commit: more make no sync cheaper, but hold up those who wait.
  std::size_t group_entries_max = 8192;
  std::size_t group_bytes_max = 4U << 20;
};

inline constexpr std::uint64_t kEntriesMax = 256;  // of one call: what a bundle may hold

struct Figures {
  std::uint64_t size = 0;            // of the log
  merkle::Hash root{};               // of its tree
  std::uint64_t published_size = 0;  // of its published checkpoint
  std::uint64_t groups = 0;          // commits of entries since the start
};

// Threads: safe; a call goes on on its caller's executor. Must outlive its coroutines.
class Log {
 public:
  virtual ~Log() = default;

  virtual const merkle::VerifierKey& key() const = 0;  // its name is the origin
  virtual Figures figures() const = 0;
  // Reads what other nodes appended, signed and published. Errors: as open_log().
  virtual Task<Result<void>> refresh() = 0;

  // Durable and sequenced when it returns the index. Errors: kLimit (an entry of more than
  // merkle::kEntryBytesMax, or no room in 2^63 - 1), kUnavailable and others of the store: then it
  // may or may not be in the log.
  virtual Task<Result<std::uint64_t>> append(std::string entry) {
    std::vector<std::string> entries;
    entries.push_back(std::move(entry));
    return append_all(std::move(entries));
  }
  // Several, one behind the other without a gap, in one commit: the index of the first. Errors:
  // also kInvalid (none), kLimit (more than Options allow a group).
  virtual Task<Result<std::uint64_t>> append_all(std::vector<std::string> entries) = 0;
  // The same of who has their hashes already. REQUIRES that they are the entries' leaf_hash().
  virtual Task<Result<std::uint64_t>> append_hashed(std::vector<std::string> entries,
                                                    std::vector<merkle::Hash> /*hashes*/) {
    return append_all(std::move(entries));
  }

  // Signs the newest head, unless that was signed already: the checkpoint, for witnesses or to be
  // published. Durable, but not yet served. Errors: the store's; kCorrupt (the rows went back).
  virtual Task<Result<std::string>> sign() = 0;
  // The checkpoint that was signed last; of a log that has signed none, one of the empty tree,
  // which binds to nothing. Errors: the store's.
  virtual Task<Result<std::string>> last_signed() = 0;
  // Makes a checkpoint that sign() returned, with cosignatures added or without, the one that is
  // served. Durable when it returns. Errors: kPrecondition (not the one signed last: sign again),
  // kInvalid, kDenied (no checkpoint of ours).
  virtual Task<Result<void>> publish(std::string checkpoint) = 0;

  // What is served at a path of c2sp.org/tlog-tiles, below the log's prefix: "checkpoint" and tiles
  // and bundles of the published tree. Errors: kInvalid (no such path), kNotFound (not of the
  // published tree), the store's.
  virtual Task<Result<std::string>> read(std::string path) = 0;

  // Entries from <= index < to, published or not. Errors: kInvalid (the log has not so many, or
  // more are asked for than kEntriesMax), the store's.
  virtual Task<Result<std::vector<std::string>>> entries(std::uint64_t from, std::uint64_t to) = 0;

  // Of trees up to the newest, published or not. Errors: kInvalid (not below `size`, not up to the
  // log's), the store's.
  virtual Task<Result<merkle::Proof>> prove_inclusion(std::uint64_t index, std::uint64_t size) = 0;
  virtual Task<Result<merkle::Proof>> prove_consistency(std::uint64_t from, std::uint64_t to) = 0;
};

// Opens the log, or begins it: an empty tree of the signer's name as origin. Errors: kInvalid (the
// log has another origin, or the key is not of type kEd25519), kCorrupt (what is there is no log,
// or not the one that was signed), kDenied (signed by another key), the store's.
Task<Result<std::unique_ptr<Log>>> open_log(meta::Store& rows, merkle::Signer signer,
                                            Options options);

// A log that goes on under another origin: it is read, and never grows or signs again
// (kUnavailable). Errors: kNotFound (no log there), as open_log().
Task<Result<std::unique_ptr<Log>>> open_frozen_log(meta::Store& rows, Options options);

// The origin of the log in a shard; "" = there is none. Errors: kCorrupt, kUnsupported, the
// store's.
Task<Result<std::string>> origin_in(meta::Store& rows, meta::ShardId shard);

}  // namespace muzn::tlog
