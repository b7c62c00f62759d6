// Passes on to another store of rows, but lets other coroutines of the same executor run before
// each call and after each get, so that every gap between two steps of a verb is one where others
// step in, and what was read may be old when it is used.
#pragma once
#include <atomic>

#include "meta/store.h"

namespace muzn::object::test {

// co_await Turn{}: goes on when what else is ready on this executor had its turn.
struct Turn {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    self.promise().executor->post(self);
  }
  void await_resume() const noexcept {}
};

// Threads: safe.
class InterleavingRows final : public meta::Store {
 public:
  explicit InterleavingRows(meta::Store& below) : below_(below) {}

  Task<Result<std::optional<std::string>>> get(meta::ShardId shard, std::string key) override {
    co_await let_others_run();
    auto out = co_await below_.get(shard, std::move(key));
    co_await let_others_run();
    co_return out;
  }
  Task<Result<std::vector<meta::Row>>> scan(meta::ShardId shard, std::string from, std::string to,
                                            std::size_t limit) override {
    co_await let_others_run();
    co_return co_await below_.scan(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<std::vector<meta::Row>>> scan_back(meta::ShardId shard, std::string from,
                                                 std::string to, std::size_t limit) override {
    co_await let_others_run();
    co_return co_await below_.scan_back(shard, std::move(from), std::move(to), limit);
  }
  Task<Result<void>> commit(meta::Commit commit) override {
    co_await let_others_run();
    co_return co_await below_.commit(std::move(commit));
  }
  Task<Result<void>> destroy(meta::ShardId shard) override {
    co_await let_others_run();
    co_return co_await below_.destroy(shard);
  }
  meta::StoreFigures figures() const override { return below_.figures(); }

 private:
  // 0 to 3 turns, differently each time.
  Task<void> let_others_run() {
    for (unsigned turns = (turn_ += 7) % 31 % 4; turns > 0; --turns) co_await Turn{};
  }

  meta::Store& below_;
  std::atomic<unsigned> turn_ = 0;
};

}  // namespace muzn::object::test
