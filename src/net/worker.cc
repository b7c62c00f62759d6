#include "net/worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace muzn::net {
namespace {

constexpr int kAcceptsInARow = 64;                 // then the connections get their turn
constexpr std::int64_t kShortageMicros = 100'000;  // accept() would fail at once again: no spinning
constexpr std::int64_t kStopPollMicros = 5'000;
constexpr std::int64_t kStopHeadMicros = 1'000'000;  // for a head that has begun to be complete

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Worker::Worker(Service& service, Fd listener)
    : service_(service),
      loop_(service.clock),
      reactor_(loop_.reactor()),
      large_bodies_(reactor_, service.options.large_bodies_max) {
  listener_.emplace(reactor_, std::move(listener));
}

void Worker::run() {
  spawn(loop_, accept_all());
  loop_.run();
}

Task<bool> Worker::accept_pending() {
  for (int in_a_row = 0; !service_.stopping.load(); ++in_a_row) {
    if (in_a_row == kAcceptsInARow) {
      in_a_row = 0;
      co_await Yield(reactor_);
    }
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    // The sockets API takes every address family through sockaddr*.
    Fd fd(::accept4(listener_->fd(), reinterpret_cast<sockaddr*>(&name), &size,
                    SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) co_return false;
      if (is_shortage(errno)) co_return true;
      continue;  // that one client went away (accept(2) lists its errors)
    }
    const auto peer = endpoint_of(name);
    ++service_.connections_total;
    if (!peer || service_.connections_open.fetch_add(1) >= service_.options.connections_max) {
      if (peer) --service_.connections_open;
      ++service_.connections_refused;
      continue;
    }
    spawn(loop_, serve(std::move(fd), *peer));
  }
  co_return false;
}

Task<void> Worker::accept_all() {
  const Hold hold(reactor_);
  while (!service_.stopping.load()) {
    const bool shortage = co_await accept_pending();
    if (shortage) {
      co_await Sleep(reactor_, kShortageMicros);
      continue;
    }
    const Wake wake = co_await listener_->wait(EPOLLIN, kNever);
    if (wake == Wake::kCancelled) break;
  }
  listener_.reset();
}

Task<void> Worker::serve(Fd fd, Endpoint peer) {
  const Hold hold(reactor_);
  {
    Connection connection(service_, reactor_, large_bodies_, std::move(fd), peer);
    connections_.insert(&connection);
    co_await connection.run();
    connections_.erase(&connection);
  }
  --service_.connections_open;
}

// Cancels the connections that no request needs. An answered one only waits for its peer to close,
// which a pool of a client may do much later or never; what the peer still sends is unwanted.
void Worker::cut_useless(bool also_heads) {
  for (Connection* connection : connections_) {
    const Connection::Phase phase = connection->phase();
    const bool answered = phase == Connection::Phase::kAnswered && connection->delivered();
    if (phase == Connection::Phase::kIdle || answered ||
        (also_heads && phase == Connection::Phase::kHead)) {
      connection->cancel();
    }
  }
}

Task<void> Worker::wind_down() {
  const Hold hold(reactor_);
  if (listener_) listener_->cancel();
  const std::int64_t begun = reactor_.now();
  const std::int64_t deadline = begun + std::int64_t{service_.options.stop_timeout_ms} * 1000;
  for (;;) {
    cut_useless(reactor_.now() >= begun + kStopHeadMicros);
    if (connections_.empty() || reactor_.now() >= deadline) break;
    co_await Sleep(reactor_, kStopPollMicros);
  }
  for (Connection* connection : connections_) connection->cancel();
  loop_.stop();
}

}  // namespace muzn::net
