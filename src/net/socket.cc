#include "net/socket.h"

#include <sys/epoll.h>

#include <utility>

#include "base/error.h"

namespace muzn::net {
namespace {

// These end any wait: the next operation tells what happened.
constexpr std::uint32_t kAlways = EPOLLERR | EPOLLHUP;

}  // namespace

Socket::Socket(Reactor& reactor, Fd fd)
    : reactor_(reactor), fd_(std::move(fd)), watched_(reactor.watch(fd_.get(), *this)) {}

Socket::~Socket() {
  CHECK(!waiter_);
  reactor_.disarm(*this);
  if (watched_) reactor_.forget(fd_.get());
}

void Socket::cancel() {
  cancelled_ = true;
  finish(Wake::kCancelled);
}

void Socket::on_events(std::uint32_t events) {
  if ((events & EPOLLRDHUP) != 0) events |= EPOLLIN;
  seen_ |= events;
  if (waiter_ && (seen_ & (wanted_ | kAlways)) != 0) {
    seen_ &= ~wanted_;
    finish(Wake::kReady);
  }
}

// Timers are lazy: most waits end long before their deadline, so an armed timer that is early is
// left in place and moved when it fires.
void Socket::expire() {
  if (!waiter_ || deadline_micros_ == kNever) return;
  if (reactor_.now() < deadline_micros_) {
    reactor_.arm(*this, deadline_micros_);
    return;
  }
  finish(Wake::kTimeout);
}

bool Socket::suspend(std::coroutine_handle<> self, std::uint32_t events,
                     std::int64_t deadline_micros) {
  CHECK(!waiter_);
  if (cancelled_) {
    outcome_ = Wake::kCancelled;
    return false;
  }
  if ((seen_ & (events | kAlways)) != 0) {
    seen_ &= ~(events | kAlways);
    outcome_ = Wake::kReady;
    return false;
  }
  if (deadline_micros <= reactor_.now()) {
    outcome_ = Wake::kTimeout;
    return false;
  }
  wanted_ = events;
  deadline_micros_ = deadline_micros;
  if (deadline_micros < reactor_.armed_at(*this)) reactor_.arm(*this, deadline_micros);
  waiter_ = self;
  return true;
}

void Socket::finish(Wake outcome) {
  if (!waiter_) return;
  outcome_ = outcome;
  reactor_.post(std::exchange(waiter_, nullptr));
}

}  // namespace muzn::net
