#include "net/channel.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace muzn::net {
namespace {

constexpr std::size_t kStackRead = 16U << 10;
constexpr std::size_t kPiecesMax = 4;
constexpr std::size_t kTlsRecord = 16U << 10;         // RFC 8446 section 5.1
constexpr std::size_t kFairShare = 1U << 20;          // bytes one connection moves in a row
constexpr std::uint64_t kLingerBytesMax = 16U << 20;  // what a client has in flight, not a body
constexpr std::size_t kDiscardBytes = 64U << 10;

Io from_errno(Io::Kind blocked) {
  return {.kind = errno == EAGAIN || errno == EWOULDBLOCK ? blocked : Io::Kind::kFailed};
}

std::unexpected<Error> wake_error(Wake wake) {
  return wake == Wake::kTimeout ? fail(Code::kTimeout, "connection made no progress in time")
                                : fail(Code::kClosed, "connection is being closed");
}

Io plain_read(int fd, std::span<char> into, int flags) {
  ssize_t got = 0;
  do {
    got = ::recv(fd, into.data(), into.size(), flags);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return from_errno(Io::Kind::kWantRead);
  if (got == 0) return {.kind = Io::Kind::kEnd};
  return {.kind = Io::Kind::kDone, .bytes = static_cast<std::size_t>(got)};
}

Io plain_write(int fd, std::span<std::string_view> pieces, bool more) {
  CHECK(pieces.size() <= kPiecesMax);
  std::array<iovec, kPiecesMax> vectors{};
  msghdr message{};
  message.msg_iov = vectors.data();
  for (const std::string_view piece : pieces) {
    // iovec is for both directions; sendmsg only reads.
    if (!piece.empty()) {
      vectors[message.msg_iovlen++] = {.iov_base = const_cast<char*>(piece.data()),
                                       .iov_len = piece.size()};
    }
  }
  ssize_t put = 0;
  do {
    put = ::sendmsg(fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
  } while (put < 0 && errno == EINTR);
  if (put < 0) return from_errno(Io::Kind::kWantWrite);
  return {.kind = Io::Kind::kDone, .bytes = static_cast<std::size_t>(put)};
}

// Small pieces in one record; otherwise the first as far as it goes.
Io tls_write(TlsSession& tls, std::span<std::string_view> pieces, bool more) {
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  const auto first =
      std::ranges::find_if(pieces, [](std::string_view piece) { return !piece.empty(); });
  if (total > kTlsRecord || first->size() == total) {
    return tls.write(*first, more || first->size() < total);
  }
  std::string joined;
  joined.reserve(total);
  for (const std::string_view piece : pieces) joined.append(piece);
  return tls.write(joined, more);
}

void drop(std::span<std::string_view> pieces, std::size_t count) {
  for (std::string_view& piece : pieces) {
    const std::size_t take = std::min(count, piece.size());
    piece.remove_prefix(take);
    count -= take;
  }
}

bool all_empty(std::span<std::string_view> pieces) {
  return std::ranges::all_of(pieces, [](std::string_view piece) { return piece.empty(); });
}

}  // namespace

Io Channel::try_read(std::span<char> into) {
  // A read that got less than it had room for took all there was (epoll(7), question 9), so that
  // the next one need not be tried before an event.
  if (drained_ && !socket_.readable()) return {.kind = Io::Kind::kWantRead};
  const Io io = tls_ ? tls_->read(into) : plain_read(fd(), into, 0);
  drained_ = !tls_ && io.kind == Io::Kind::kDone && io.bytes < into.size();
  since_wait_ += io.bytes;
  return io;
}

Io Channel::try_write(std::span<std::string_view> pieces, bool more) {
  const Io io = tls_ ? tls_write(*tls_, pieces, more) : plain_write(fd(), pieces, more);
  since_wait_ += io.bytes;
  return io;
}

Io Channel::try_lend(std::string_view bytes, bool more) {
  if (lends(bytes.size())) {
    if (const auto io = reactor_.lender().send(fd(), bytes, more)) {
      since_wait_ += io->bytes;
      return *io;
    }
  }
  return try_write({&bytes, 1}, more);
}

Io Channel::peek(std::span<char> into) {
  return plain_read(fd(), into, MSG_PEEK);
}

void Channel::skip(std::size_t count) {
  // These bytes were seen by peek(), so the kernel holds them.
  CHECK(::recv(fd(), nullptr, count, MSG_TRUNC) == static_cast<ssize_t>(count));
}

Io Channel::read_into(Input& input) {
  std::array<char, kStackRead> buffer;
  const Io io = try_read(buffer);
  input.append({buffer.data(), io.bytes});
  return io;
}

Socket::Wait Channel::wait(const Io& io, std::int64_t deadline_micros) {
  since_wait_ = 0;
  drained_ = false;
  return socket_.wait(io.kind == Io::Kind::kWantWrite ? EPOLLOUT : EPOLLIN, deadline_micros);
}

Task<Result<void>> Channel::secure(TlsSession session, std::int64_t deadline_micros) {
  tls_.emplace(std::move(session));
  for (;;) {
    const Io io = tls_->handshake();
    if (io.kind == Io::Kind::kDone) co_return Result<void>{};
    if (io.kind == Io::Kind::kEnd || io.kind == Io::Kind::kFailed) {
      co_return fail(Code::kClosed, "TLS handshake failed");
    }
    const Wake wake = co_await wait(io, deadline_micros);
    if (wake != Wake::kReady) co_return wake_error(wake);
  }
}

bool Channel::has_had_its_share() {
  if (since_wait_ <= kFairShare) return false;
  since_wait_ = 0;
  return true;
}

Task<Result<std::size_t>> Channel::take(std::span<char> into, std::size_t discard_most,
                                        std::int64_t deadline_micros) {
  for (;;) {
    if (has_had_its_share()) co_await Yield(reactor_);
    const Io io = into.empty() ? try_discard(discard_most) : try_read(into);
    if (io.kind == Io::Kind::kDone) co_return io.bytes;
    if (io.kind == Io::Kind::kEnd) co_return std::size_t{0};
    if (io.kind == Io::Kind::kFailed) co_return fail(Code::kClosed, "connection failed");
    const Wake wake = co_await wait(io, deadline_micros);
    if (wake != Wake::kReady) co_return wake_error(wake);
  }
}

Task<Result<std::size_t>> Channel::read(std::span<char> into, std::int64_t deadline_micros) {
  CHECK(!into.empty());
  return take(into, 0, deadline_micros);
}

Task<Result<std::size_t>> Channel::discard(std::size_t most, std::int64_t deadline_micros) {
  return take({}, most, deadline_micros);
}

// Waits until what `io` could not send may be tried again.
Task<Result<void>> Channel::await_room(Io io, int timeout_ms) {
  if (io.kind == Io::Kind::kEnd || io.kind == Io::Kind::kFailed) {
    co_return fail(Code::kClosed, "connection failed");
  }
  const std::int64_t deadline = reactor_.now() + std::int64_t{timeout_ms} * 1000;
  const Wake wake = co_await wait(io, deadline);
  if (wake != Wake::kReady) co_return wake_error(wake);
  co_return Result<void>{};
}

// MSG_TRUNC on TCP drops the bytes inside the kernel (tcp(7)).
Io Channel::try_discard(std::size_t most) {
  if (tls_) {
    std::array<char, kStackRead> buffer;
    return try_read(std::span(buffer).first(std::min(most, buffer.size())));
  }
  ssize_t got = 0;
  do {
    got = ::recv(fd(), nullptr, most, MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return from_errno(Io::Kind::kWantRead);
  if (got == 0) return {.kind = Io::Kind::kEnd};
  since_wait_ += static_cast<std::size_t>(got);
  return {.kind = Io::Kind::kDone, .bytes = static_cast<std::size_t>(got)};
}

Task<Result<void>> Channel::write(std::span<std::string_view> pieces, bool more, int timeout_ms,
                                  std::uint64_t* written) {
  while (!all_empty(pieces)) {
    if (has_had_its_share()) co_await Yield(reactor_);
    const Io io = try_write(pieces, more);
    if (io.kind != Io::Kind::kDone) {
      CO_TRY_VOID(co_await await_room(io, timeout_ms));
      continue;
    }
    drop(pieces, io.bytes);
    *written += io.bytes;
  }
  co_return Result<void>{};
}

Task<Result<void>> Channel::lend(std::string_view bytes, bool more, int timeout_ms,
                                 std::uint64_t* written) {
  while (!bytes.empty()) {
    if (has_had_its_share()) co_await Yield(reactor_);
    const Io io = try_lend(bytes, more);
    if (io.kind != Io::Kind::kDone) {
      CO_TRY_VOID(co_await await_room(io, timeout_ms));
      continue;
    }
    bytes.remove_prefix(io.bytes);
    *written += io.bytes;
  }
  co_return Result<void>{};
}

bool Channel::delivered() const {
  int unacknowledged = 0;
  return ::ioctl(fd(), SIOCOUTQ, &unacknowledged) != 0 || unacknowledged == 0;
}

Task<void> Channel::linger(int timeout_ms) {
  if (tls_) tls_->close_notify();
  if (::shutdown(fd(), SHUT_WR) != 0) co_return;
  const std::int64_t deadline = reactor_.now() + std::int64_t{timeout_ms} * 1000;
  std::uint64_t discarded = 0;
  while (discarded < kLingerBytesMax) {
    // MSG_TRUNC on TCP drops the bytes inside the kernel (tcp(7)).
    const ssize_t got = ::recv(fd(), nullptr, kDiscardBytes, MSG_TRUNC);
    if (got > 0) {
      discarded += static_cast<std::uint64_t>(got);
      if (reactor_.now() >= deadline) co_return;
      continue;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) co_return;
    if (errno == EINTR) continue;
    const Wake wake = co_await wait({.kind = Io::Kind::kWantRead}, deadline);
    if (wake != Wake::kReady) co_return;
  }
}

}  // namespace muzn::net
