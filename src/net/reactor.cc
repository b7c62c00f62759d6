#include "net/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"

namespace muzn::net {
namespace {

constexpr int kEventsPerPoll = 256;          // bounds the time between two looks at the timers
constexpr std::int64_t kPollMsMax = 60'000;  // only guards the cast to int

}  // namespace

Reactor::Reactor(const Clock& clock)
    : clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(epoll_ && event_);
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.ptr = nullptr;  // the one that is no Watcher
  CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &interest) == 0);
}

Reactor::~Reactor() {
  // Only roots that were spawned and never started can be left: run() returns with an empty queue.
  CHECK(holders_ == 0);
  take_posted();
  for (const auto handle : ready_) handle.destroy();
}

void Reactor::post(std::coroutine_handle<> handle) {
  if (owner_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
    ready_.push_back(handle);
    return;
  }
  // The write stays under the lock: once the loop has taken the handle, the poster is done with
  // this object.
  const std::lock_guard lock(mutex_);
  posted_.push_back(handle);
  if (posted_.size() == 1) wake();
}

void Reactor::stop() {
  const std::lock_guard lock(mutex_);
  stopping_.store(true);
  wake();
}

void Reactor::wake() {
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full, and so the loop awake.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

bool Reactor::watch(int fd, Watcher& watcher) {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  interest.data.ptr = &watcher;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &interest) == 0;
}

void Reactor::forget(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Reactor::arm(Timer& timer, std::int64_t due_micros) {
  disarm(timer);
  timer.armed_at_ = due_micros;
  timers_.emplace(due_micros, &timer);
}

void Reactor::disarm(Timer& timer) {
  if (timer.armed_at_ == kNever) return;
  timers_.erase({timer.armed_at_, &timer});
  timer.armed_at_ = kNever;
}

void Reactor::take_posted() {
  const std::lock_guard lock(mutex_);
  ready_.insert(ready_.end(), posted_.begin(), posted_.end());
  posted_.clear();
}

int Reactor::poll_timeout_ms() const {
  if (!ready_.empty()) return 0;
  if (timers_.empty()) return -1;
  const std::int64_t left = timers_.begin()->first - now();
  // Rounded up: a timer must not spin through its last millisecond.
  return static_cast<int>(std::clamp<std::int64_t>((left + 999) / 1000, 0, kPollMsMax));
}

// Watchers only queue handles, so none of them dies while the events are read.
void Reactor::poll() {
  std::array<epoll_event, kEventsPerPoll> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsPerPoll, poll_timeout_ms());
  CHECK(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr != nullptr) {
      static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
      continue;
    }
    std::uint64_t counter = 0;
    [[maybe_unused]] const ssize_t got = ::read(event_.get(), &counter, sizeof counter);
    take_posted();
  }
}

void Reactor::expire_timers() {
  if (timers_.empty()) return;
  const std::int64_t present = now();
  while (!timers_.empty() && timers_.begin()->first <= present) {
    Timer& timer = *timers_.begin()->second;
    disarm(timer);
    timer.expire();
  }
}

void Reactor::run() {
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  take_posted();
  std::vector<std::coroutine_handle<>> batch;
  for (;;) {
    if (ready_.empty() && holders_ == 0 && stopping_.load()) {
      take_posted();
      if (ready_.empty()) break;
    }
    poll();
    expire_timers();
    for (auto* queue : {&ready_, &late_}) {
      batch.swap(*queue);
      for (const auto handle : batch) handle.resume();
      batch.clear();
    }
    // Who comes to the end of the turn in its late part has the next one before it.
    ready_.insert(ready_.end(), late_.begin(), late_.end());
    late_.clear();
  }
  owner_.store(std::thread::id{}, std::memory_order_relaxed);
}

}  // namespace muzn::net
