// An engine that can crash: rows and blobs that outlive the store over them.
#pragma once
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>

#include "base/pool.h"
#include "base/rng.h"
#include "base/time.h"
#include "blob/store.h"
#include "meta/store.h"

namespace muzn::model {

class FakeClock final : public Clock {
 public:
  Time now() const override { return from_micros(micros_.fetch_add(1)); }
  std::int64_t monotonic_micros() const override { return micros_; }
  void advance(std::int64_t seconds) { micros_ += seconds * 1'000'000; }

 private:
  mutable std::atomic<std::int64_t> micros_ = 1'800'000'000'000'000;
};

// Driven from one thread.
class SeededRng final : public Rng {
 public:
  void fill(std::span<char> out) override {
    for (char& c : out) c = static_cast<char>(engine_());
  }

 private:
  std::mt19937_64 engine_{1};
};

// Passes on to another store until an armed commit; that one fails with its work done or not, as a
// crash leaves it, and nothing works until revive().
class CrashingRows final : public meta::Store {
 public:
  explicit CrashingRows(meta::Store& below) : below_(below) {}

  void arm(int commits, bool done) {
    left_ = commits;
    done_ = done;
  }
  void revive() {
    left_ = -1;
    dead_ = false;
  }

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    if (dead_) co_return dead();
    co_return co_await below_.get(shard, std::move(key));
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    if (dead_) co_return dead();
    co_return co_await below_.scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    if (dead_) co_return dead();
    co_return co_await below_.scan_back(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<void>> commit(meta::Commit commit) override {
    if (dead_) co_return dead();
    if (left_ == 0) {
      dead_ = true;
      if (done_) {
        const auto committed = co_await below_.commit(std::move(commit));
        (void)committed;  // nobody hears the answer of who crashed
      }
      co_return dead();
    }
    if (left_ > 0) --left_;
    co_return co_await below_.commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override {
    if (dead_) co_return dead();
    co_return co_await below_.destroy(shard);
  }
  meta::StoreFigures figures() const override { return below_.figures(); }

 private:
  static std::unexpected<Error> dead() { return fail(Code::kUnavailable, "crashed"); }

  meta::Store& below_;
  int left_ = -1;  // commits until the crash; -1 = not armed
  bool done_ = false;
  bool dead_ = false;
};

class World {
 public:
  virtual ~World() = default;
  virtual meta::Store& rows() = 0;
  virtual blob::Store& blobs() = 0;
  virtual std::size_t blob_count() const = 0;
  // What a crash of the process does to the engine: nothing that was acknowledged is lost.
  virtual void crash() {}
};
std::unique_ptr<World> mem_world();
// RocksDB and blob files in a new directory under TMPDIR, removed with the world.
std::unique_ptr<World> disk_world(Pool& pool, const Clock& clock);

}  // namespace muzn::model
