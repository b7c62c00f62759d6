// A store of rows under the thumb of a test, which sees each commit before it happens.
#pragma once
#include <functional>

#include "base/pool.h"
#include "meta/mem_store.h"
#include "unit/meta/forwarding_store.h"

namespace muzn::tlog {

class ThumbRows final : public meta::ForwardingStore {
 public:
  // Rows that are committed on another thread's time, so that others can come along meanwhile.
  explicit ThumbRows(meta::Store& below, Pool* pool = nullptr)
      : ForwardingStore(below), pool_(pool) {}

  // Called with each commit and how many were before it; an error is the answer, and with kDone set
  // the work is done all the same.
  struct Verdict {
    Result<void> answer = {};
    bool is_done = true;
  };
  std::function<Verdict(const meta::Commit&)> on_commit = {};
  std::size_t commits = 0;

  Task<Result<void>> commit(meta::Commit commit) override {
    if (pool_ != nullptr) co_await offload(*pool_, [] {});
    ++commits;
    Verdict verdict;
    if (on_commit) verdict = on_commit(commit);
    Result<void> done;
    if (verdict.is_done) done = co_await below().commit(std::move(commit));
    if (!verdict.answer) co_return verdict.answer;
    co_return done;
  }

 private:
  Pool* const pool_;
};

}  // namespace muzn::tlog
