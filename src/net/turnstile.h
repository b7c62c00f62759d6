// Lets so many in at a time and the others in their order, each after a bounded wait: when those
// inside hang, the others go past them. Belongs to one loop's thread.
#pragma once
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "net/reactor.h"

namespace muzn::net {

class Turnstile {
 public:
  static constexpr std::int64_t kWaitMicrosMax = 10'000'000;

  Turnstile(Reactor& reactor, std::size_t places) : reactor_(reactor), free_(places) {}

  class Enter final : Timer {
   public:
    explicit Enter(Turnstile& turnstile) : turnstile_(turnstile) {}
    bool await_ready() noexcept {
      if (turnstile_.free_ == 0) return false;
      --turnstile_.free_;
      has_place_ = true;
      return true;
    }
    void await_suspend(std::coroutine_handle<> self) {
      waiter_ = self;
      turnstile_.waiting_.push_back(this);
      turnstile_.reactor_.arm(*this, turnstile_.reactor_.now() + kWaitMicrosMax);
    }
    bool await_resume() const noexcept { return has_place_; }

   private:
    friend class Turnstile;
    void expire() override {
      std::erase(turnstile_.waiting_, this);
      turnstile_.reactor_.post(waiter_);
    }

    Turnstile& turnstile_;
    std::coroutine_handle<> waiter_;
    bool has_place_ = false;
  };
  // co_await enter()  is true with a place, which leave() gives back, and false after the longest
  // wait.
  Enter enter() { return Enter(*this); }
  void leave() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    Enter& next = *waiting_.front();
    waiting_.pop_front();
    reactor_.disarm(next);
    next.has_place_ = true;  // the place passes on
    reactor_.post(next.waiter_);
  }
  bool is_wanted() const { return !waiting_.empty(); }

 private:
  Reactor& reactor_;
  std::size_t free_;
  std::deque<Enter*> waiting_;
};

}  // namespace muzn::net
