// A connection's bytes, plain or TLS, as coroutines with deadlines. Belongs to the loop's thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "net/fd.h"
#include "net/input.h"
#include "net/io.h"
#include "net/reactor.h"
#include "net/socket.h"
#include "net/tls.h"

namespace muzn::net {

class Channel {
 public:
  Channel(Reactor& reactor, Fd fd) : reactor_(reactor), socket_(reactor, std::move(fd)) {}

  int fd() const { return socket_.fd(); }
  bool usable() const { return socket_.watched(); }
  const std::optional<TlsSession>& tls() const { return tls_; }
  Reactor& reactor() { return reactor_; }

  // Does the handshake; from then on all bytes are TLS.
  Task<Result<void>> secure(TlsSession session, std::int64_t deadline_micros);

  // Looks at the first bytes without taking them, and takes them: for what precedes TLS.
  Io peek(std::span<char> into);
  void skip(std::size_t count);

  // One non-blocking read appended to `input`, through the stack: for heads, which come to idle
  // connections that hold no buffer.
  Io read_into(Input& input);
  // Waits for what `io` wants.
  Socket::Wait wait(const Io& io, std::int64_t deadline_micros);

  // At least one byte; 0: orderly end. Errors: kTimeout, kClosed.
  Task<Result<std::size_t>> read(std::span<char> into, std::int64_t deadline_micros);
  // Drops at most `most` bytes that came, inside the kernel where it can; how many, 0: orderly end.
  // REQUIRES: most > 0. Errors: kTimeout, kClosed.
  Task<Result<std::size_t>> discard(std::size_t most, std::int64_t deadline_micros);
  // All of the pieces, in order. `more`: further bytes follow at once. The timeout is for
  // progress. `*written` grows as bytes leave, also when it fails. Errors: kTimeout, kClosed.
  Task<Result<void>> write(std::span<std::string_view> pieces, bool more, int timeout_ms,
                           std::uint64_t* written);
  // Whether lend() is better than write() for so many bytes.
  bool lends(std::size_t bytes) const { return !tls_ && bytes >= Lender::kBytesMin; }
  // As write(), of bytes in memory that nobody writes to any more: see ByteSource::lasting().
  Task<Result<void>> lend(std::string_view bytes, bool more, int timeout_ms,
                          std::uint64_t* written);
  // Says that nothing follows, then discards what still comes, for a bounded time and amount: a
  // close with unread bytes would reset the connection and destroy the answer on its way.
  Task<void> linger(int timeout_ms);
  // The peer's system has acknowledged all that was written.
  bool delivered() const;

  // Ends the wait under way and all later ones.
  void cancel() { socket_.cancel(); }

 private:
  // It moved enough in a row, and its count begins anew.
  bool has_had_its_share();
  // read(), or discard() where `into` is empty.
  Task<Result<std::size_t>> take(std::span<char> into, std::size_t discard_most,
                                 std::int64_t deadline_micros);
  Io try_read(std::span<char> into);
  Io try_discard(std::size_t most);
  Io try_write(std::span<std::string_view> pieces, bool more);
  Io try_lend(std::string_view bytes, bool more);
  Task<Result<void>> await_room(Io io, int timeout_ms);

  Reactor& reactor_;
  Socket socket_;
  std::optional<TlsSession> tls_;
  std::size_t since_wait_ = 0;  // bytes moved without letting others run
  bool drained_ = false;        // of all that had come when the last read returned
};

}  // namespace muzn::net
