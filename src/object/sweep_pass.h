// One pass of the sweeper. Internal to object/. Every step is idempotent and resumable, and a blob
// goes before the row that names it.
//
// A blob that can't be discarded (its volume is down or failed) keeps its row and does not stop the
// others: the pass goes on, and tells the first such failure at its end.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "object/engine.h"
#include "object/row_values.h"

namespace muzn::object {

class SweepPass {
 public:
  explicit SweepPass(Engine& engine) : engine_(engine), now_(engine.clock.now()) {}

  // Store::sweep() and Store::sweep_fresh().
  Task<Outcome<std::uint64_t>> all();
  Task<Outcome<std::uint64_t>> fresh();

 private:
  static constexpr std::size_t kScanRows = 256;
  static constexpr std::size_t kBlobsAtOnce = 32;

  using Step = Task<Outcome<void>> (SweepPass::*)(meta::ShardId shard, const meta::Row& row);

  // What goes together: rows of one shard, after the blobs that they name.
  struct Doomed {
    std::vector<blob::BlobId> blobs;
    std::vector<std::string> rows;  // their keys
  };

  // Whether what is behind a step may still be done: it went well, or only some blob can't be
  // reached. Closed rows answer the same, and then each further commit fails, too.
  static bool goes_on(const Outcome<void>& step);
  // Keeps the first failure, but a worse one before it.
  static void note(Outcome<void>& so_far, Outcome<void> next);

  Task<Outcome<void>> each_row(meta::ShardId shard, char tag, Step step);
  bool is_due(Time time, std::int64_t seconds) const;
  // See garbage_hold.h. Ask after the row that calls something garbage was read.
  bool is_held() const { return *engine_.garbage_holds > 0; }

  Task<Outcome<void>> discard(std::vector<blob::BlobId> blobs);
  Task<Outcome<void>> erase(meta::ShardId shard, std::vector<std::string> row_keys);
  void spend(std::int64_t micros);

  // ---- node shard ----
  Task<Outcome<void>> keep_lock_time();

  // ---- names shard ----
  Task<Outcome<void>> sweep_intent(meta::ShardId names, const meta::Row& row);
  Task<Outcome<bool>> has_own_pendings(meta::ShardId shard);
  Task<Outcome<bool>> has_records(meta::ShardId shard);
  Task<Outcome<bool>> empty_dead_shard(meta::ShardId shard);
  Task<Outcome<void>> sweep_bucket(meta::ShardId names, const meta::Row& row);

  // ---- bucket shard ----
  Task<Outcome<void>> discard_pending(meta::ShardId shard, const meta::Row& row);
  Task<Outcome<void>> sweep_pending(meta::ShardId shard, const meta::Row& row);
  Task<Outcome<void>> discard_part(meta::ShardId shard, const meta::Row& row);
  Task<Outcome<void>> sweep_done(meta::ShardId shard, const meta::Row& row);
  Task<Outcome<void>> sweep_renamed(meta::ShardId shard, const meta::Row& row);

  // ---- garbage: sweep_garbage.cc ----
  Task<Outcome<void>> sweep_garbage(meta::ShardId shard, std::string from);
  Task<Outcome<void>> sweep_garbage_rows(meta::ShardId shard, const std::vector<meta::Row>& rows);
  bool may_go(const row::Garbage& garbage, const std::vector<blob::BlobId>& blobs,
              bool lookups_are_through) const;
  // What goes with a garbage row; nullopt: nothing yet.
  Task<Outcome<std::optional<Doomed>>> doomed(meta::ShardId shard, const meta::Row& row,
                                              bool lookups_are_through);
  Task<Outcome<void>> take_away(meta::ShardId shard, std::vector<Doomed> some);

  Engine& engine_;
  const Time now_;
  std::uint64_t discarded_ = 0;
  bool is_stopped_ = false;
  bool has_locks_ = false;          // some bucket has Object Lock
  bool has_lost_patience_ = false;  // with lookups that take long: the next pass waits again
};

}  // namespace muzn::object
