// A non-blocking descriptor watched by a reactor, and the wait for it with a deadline. One
// coroutine at a time waits on a socket. Belongs to the loop's thread.
#pragma once
#include <sys/epoll.h>

#include <coroutine>
#include <cstdint>

#include "net/fd.h"
#include "net/reactor.h"

namespace muzn::net {

enum class Wake : std::uint8_t {
  kReady,      // try again; the events may be stale
  kTimeout,    // the deadline passed
  kCancelled,  // cancel() was called; every later wait says so too
};

class Socket final : Watcher, Timer {
 public:
  // REQUIRES: `fd` is non-blocking.
  Socket(Reactor& reactor, Fd fd);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_.get(); }
  bool watched() const { return watched_; }  // false: the system had no memory for it
  void cancel();
  // An event told since the last wait that a read would not say EAGAIN; the end of the peer's
  // stream and errors stay told.
  bool readable() const { return (seen_ & kReadable) != 0; }

  class Wait {
   public:
    Wait(Socket& socket, std::uint32_t events, std::int64_t deadline_micros)
        : socket_(socket), events_(events), deadline_micros_(deadline_micros) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> self) {
      return socket_.suspend(self, events_, deadline_micros_);
    }
    Wake await_resume() const noexcept { return socket_.outcome_; }

   private:
    Socket& socket_;
    std::uint32_t events_;
    std::int64_t deadline_micros_;
  };
  // REQUIRES: the last operation said EAGAIN (the watch is edge-triggered). `events`: EPOLLIN or
  // EPOLLOUT. The deadline is monotonic micros, or kNever.
  Wait wait(std::uint32_t events, std::int64_t deadline_micros) {
    return Wait(*this, events, deadline_micros);
  }

 private:
  void on_events(std::uint32_t events) override;
  void expire() override;
  bool suspend(std::coroutine_handle<> self, std::uint32_t events, std::int64_t deadline_micros);
  void finish(Wake outcome);

  static constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

  Reactor& reactor_;
  Fd fd_;
  bool watched_;
  bool cancelled_ = false;
  std::uint32_t seen_ = 0;  // events told since the last wait for them
  std::uint32_t wanted_ = 0;
  std::int64_t deadline_micros_ = kNever;
  std::coroutine_handle<> waiter_;
  Wake outcome_ = Wake::kReady;
};

}  // namespace muzn::net
