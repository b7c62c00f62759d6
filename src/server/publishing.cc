#include "server/publishing.h"

#include <algorithm>
#include <utility>

#include "merkle/judge.h"

namespace muzn::server {

void Publishing::start() {
  const std::lock_guard lock(mutex_);
  start_in_turn();
}

void Publishing::start_in_turn() {
  if (!stopping_ && !thread_.joinable()) thread_ = std::thread([this] { work(); });
}

void Publishing::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Publishing::on_published(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

Task<Result<void>> Publishing::publish(std::uint64_t size) {
  Waiter waiter{.size = size, .deadline = Clock_::now() + options_.wait, .result = {}};
  co_await Entry(*this, waiter);
  co_return std::move(waiter.result);
}

std::uint64_t Publishing::published_so_far() const {
  const auto checkpoint = run_sync(ledger_.read("checkpoint"));
  if (!checkpoint) return 0;
  const auto judged = merkle::judge_checkpoint(*checkpoint, policy_);
  return judged ? judged->checkpoint.size : 0;
}

// False: there is nothing to wait for.
bool Publishing::enter(Waiter& waiter) {
  if (good_size_ >= waiter.size) return false;
  const std::lock_guard lock(mutex_);
  if (stopping_ || !frozen_.empty()) {
    waiter.result = fail(Code::kUnavailable, stopping_ ? "the node is stopping" : frozen_);
    return false;
  }
  waiting_.push_back(&waiter);
  start_in_turn();
  wake_.notify_all();
  return true;
}

Result<void> Publishing::may_grow() const {
  const std::lock_guard lock(mutex_);
  if (frozen_.empty()) return {};
  return fail(Code::kUnavailable, frozen_);
}

void Publishing::work() {
  do {
    const Result<void> done = is_due() ? round() : Result<void>{};
    trouble_.tell(done);
    {
      const std::lock_guard lock(mutex_);
      failed_ = !done;
    }
    answer();
  } while (wait());
  answer();
}

// False: it is to stop.
bool Publishing::wait() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, options_.period, [this] {
    return stopping_ || (!failed_ && frozen_.empty() && !waiting_.empty());
  });
  return !stopping_;
}

bool Publishing::is_due() const {
  {
    const std::lock_guard lock(mutex_);
    if (!frozen_.empty()) return false;
  }
  if (!guarded_ || good_size_ < ledger_.figures().size) return true;
  return policy_.needs_witnesses && Clock_::now() - published_at_ >= options_.refresh;
}

Result<void> Publishing::round() {
  if (!guarded_) TRY_VOID(guard());
  TRY(std::string checkpoint, run_sync(ledger_.sign()));
  TRY(checkpoint, cosign(std::move(checkpoint)));
  Result<void> done = run_sync(ledger_.publish(std::move(checkpoint)));
  // Another node signed something newer meanwhile: there is a next round.
  if (!done && done.error().code == Code::kPrecondition) return {};
  TRY_VOID(done);
  published_at_ = Clock_::now();
  good_size_ = ledger_.figures().published_size;
  std::function<void()> listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) listener();
  return {};
}

Result<void> Publishing::guard() {
  TRY(std::string last, run_sync(ledger_.last_signed()));
  TRY_VOID(cosign(std::move(last)));
  guarded_ = true;
  return {};
}

// With the cosignatures of a quorum, if the policy asks for one. Errors: kUnavailable (there is
// none).
Result<std::string> Publishing::cosign(std::string checkpoint) {
  if (!policy_.needs_witnesses) return checkpoint;
  CHECK(door_.has_value());
  const witness::ProofSource prove = [this](std::uint64_t from, std::uint64_t to) {
    return run_sync(ledger_.prove_consistency(from, to));
  };
  TRY(witness::Witnessing outcome, witness::ask_witnesses(checkpoint, policy_, known_sizes_, prove,
                                                          *door_, clock_, options_.ask));
  std::string why;
  for (std::size_t i = 0; i < outcome.witnesses.size(); ++i) {
    const witness::Witnessed& one = outcome.witnesses[i];
    const std::string& name = policy_.witnesses[i].name;
    known_sizes_[i] = one.known_size;
    if (one.missing == witness::Missing::kNot) continue;
    why += (why.empty() ? "" : "; ") + name + ": " + witness::name(one.missing) + ", " + one.why;
    if (one.missing == witness::Missing::kAhead) {
      freeze("the public log is frozen: witness " + name + " has seen more of it (" +
             std::to_string(one.known_size) +
             " entries) than this store has: it is an older copy, or there is another; see "
             "docs/operations.md");
    }
  }
  TRY_VOID(may_grow());
  if (!outcome.has_quorum) return fail(Code::kUnavailable, "no quorum of witnesses: " + why);
  return std::move(outcome.checkpoint);
}

void Publishing::freeze(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (frozen_.empty()) frozen_ = why;
}

// Answers those whose entries are public, and those whose time is over.
void Publishing::answer() {
  const std::uint64_t published = good_size_;
  const auto now = Clock_::now();
  std::vector<Waiter*> done;
  {
    const std::lock_guard lock(mutex_);
    const bool is_over = stopping_ || !frozen_.empty();
    std::erase_if(waiting_, [&](Waiter* waiter) {
      if (waiter->size > published) {
        if (!is_over && waiter->deadline > now) return false;
        waiter->result =
            fail(Code::kUnavailable,
                 !frozen_.empty() ? frozen_
                                  : "recorded in the public log, but no quorum of witnesses has "
                                    "cosigned it yet: it takes effect as soon as one has");
      }
      done.push_back(waiter);
      return true;
    });
  }
  // Each may be gone once it goes on.
  for (Waiter* waiter : done) waiter->executor->post(waiter->handle);
}

std::vector<Gauge> Publishing::gauges() const {
  const tlog::Figures now = ledger_.figures();
  const std::lock_guard lock(mutex_);
  return {
      {"muzn_ledger_entries", "Entries of the public log.", "gauge", static_cast<double>(now.size)},
      {"muzn_ledger_published_entries", "Entries under its published checkpoint.", "gauge",
       static_cast<double>(good_size_.load())},
      {"muzn_ledger_failing", "1 when its newest checkpoint can't be published.", "gauge",
       failed_ ? 1.0 : 0.0},
      {"muzn_ledger_frozen", "1 when a witness has seen more of it than this store has.", "gauge",
       frozen_.empty() ? 0.0 : 1.0}};
}

}  // namespace muzn::server
