#include "net/client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "http/chunked.h"
#include "http/grammar.h"
#include "net/client_message.h"
#include "net/dial.h"
#include "net/fd.h"
#include "net/tls.h"

namespace muzn::net {
namespace {

constexpr std::size_t kReadBytes = 64U << 10;

// REQUIRES: a socket call has just failed.
std::unexpected<Error> socket_error(const char* what) {
  return fail(Code::kClosed, std::string(what) + ": " + std::strerror(errno));
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// How long an exchange may still take.
class Patience {
 public:
  explicit Patience(const ClientRequest& request)
      : clock_(request.clock), timeout_ms_(request.timeout_ms) {
    if (clock_ != nullptr) deadline_micros_ = now() + std::int64_t{timeout_ms_} * kMicros;
  }

  // Until the socket is ready for `events`. Errors: kTimeout.
  Result<void> wait(int fd, short events, const char* what) const {
    for (;;) {
      const int left = left_ms();
      pollfd one{.fd = fd, .events = events, .revents = 0};
      const int ready = left > 0 ? ::poll(&one, 1, left) : 0;
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return socket_error(what);
      if (ready == 0) return fail(Code::kTimeout, std::string(what) + ": timed out");
    }
  }

 private:
  static constexpr std::int64_t kMicros = 1000;  // a millisecond

  std::int64_t now() const { return clock_->monotonic_micros(); }
  int left_ms() const {
    if (clock_ == nullptr) return timeout_ms_;
    const std::int64_t left = (deadline_micros_ - now() + kMicros - 1) / kMicros;
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, timeout_ms_));
  }

  const Clock* clock_;
  int timeout_ms_;
  std::int64_t deadline_micros_ = 0;
};

bool is_admitted(const ClientRequest& request, const SocketName& name) {
  if (!request.admits) return true;
  const auto endpoint = endpoint_of(name.address);
  return endpoint && request.admits(endpoint->address);
}

// A connected socket that does not block. Errors: kTimeout, kClosed.
Result<Fd> connect_one(const SocketName& name, const Patience& patience) {
  Fd fd(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return socket_error("socket");
  if (::connect(fd.get(), name.get(), name.size) == 0) return fd;
  if (errno != EINPROGRESS) return socket_error("connect");
  TRY_VOID(patience.wait(fd.get(), POLLOUT, "connect"));
  socklen_t size = sizeof errno;
  int error = 0;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  if (error != 0) return socket_error("connect");
  return fd;
}

Result<Fd> connect_to(const ClientRequest& request, const Url& url, const Patience& patience) {
  TRY(const auto names, resolve(url));
  std::optional<Error> last;
  for (const SocketName& name : names) {
    if (!is_admitted(request, name)) continue;
    auto fd = connect_one(name, patience);
    if (fd) return fd;
    last = std::move(fd).error();
  }
  if (!last) return fail(Code::kDenied, url.host + ": no address that may be connected to");
  return fail(last->code == Code::kTimeout ? Code::kTimeout : Code::kUnavailable,
              "cannot connect to " + url.authority + ": " + last->what);
}

// A connection, plain or TLS, whose calls wait.
class Wire {
 public:
  static Result<Wire> open(const ClientRequest& request, const Url& url) {
    Wire wire(request);
    TRY(wire.fd_, connect_to(request, url, wire.patience_));
    if (url.tls) TRY_VOID(wire.secure(request, url));
    return wire;
  }

  Result<void> send(std::string_view bytes) {
    while (!bytes.empty()) {
      TRY(const std::size_t put, ssl_ ? send_tls(bytes) : send_plain(bytes));
      bytes.remove_prefix(put);
    }
    return {};
  }

  // Appends what comes; 0 bytes: the end. With TLS only a close_notify is an end.
  Result<std::size_t> receive(std::string& into) {
    std::array<char, kReadBytes> buffer;
    TRY(const std::size_t got, ssl_ ? receive_tls(buffer) : receive_plain(buffer));
    into.append(buffer.data(), got);
    return got;
  }

 private:
  static constexpr std::size_t kMost = 1U << 20;

  explicit Wire(const ClientRequest& request) : patience_(request) {}

  Result<std::size_t> send_plain(std::string_view bytes) {
    for (;;) {
      const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put >= 0) return static_cast<std::size_t>(put);
      if (!would_block()) return socket_error("send");
      TRY_VOID(patience_.wait(fd_.get(), POLLOUT, "send"));
    }
  }
  Result<std::size_t> receive_plain(std::span<char> into) {
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (!would_block()) return socket_error("receive");
      TRY_VOID(patience_.wait(fd_.get(), POLLIN, "receive"));
    }
  }
  Result<std::size_t> send_tls(std::string_view bytes) {
    const int size = static_cast<int>(std::min(bytes.size(), kMost));
    for (;;) {
      const int put = SSL_write(ssl_.get(), bytes.data(), size);
      if (put > 0) return static_cast<std::size_t>(put);
      TRY_VOID(await_tls(put, "send"));
    }
  }
  Result<std::size_t> receive_tls(std::span<char> into) {
    for (;;) {
      const int got = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
      if (got > 0) return static_cast<std::size_t>(got);
      if (SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN) return 0;
      TRY_VOID(await_tls(got, "receive"));
    }
  }
  // REQUIRES: the last call on the session gave `result`, not above 0.
  Result<void> await_tls(int result, const char* what) {
    const int kind = SSL_get_error(ssl_.get(), result);
    ERR_clear_error();
    if (kind == SSL_ERROR_WANT_READ) return patience_.wait(fd_.get(), POLLIN, what);
    if (kind == SSL_ERROR_WANT_WRITE) return patience_.wait(fd_.get(), POLLOUT, what);
    return fail(Code::kClosed, std::string(what) + ": TLS connection failed");
  }

  Result<void> secure(const ClientRequest& request, const Url& url) {
    TRY(context_, client_context(request.ca_file));
    TRY(ssl_, client_session(context_.get(), fd_.get(), url, request.insecure));
    for (;;) {
      const int result = SSL_connect(ssl_.get());
      if (result == 1) return {};
      const auto ready = await_tls(result, "tls handshake");
      if (ready) continue;
      if (ready.error().code == Code::kTimeout) return ready;
      const long verdict = SSL_get_verify_result(ssl_.get());
      const char* why =
          verdict == X509_V_OK ? "handshake failed" : X509_verify_cert_error_string(verdict);
      return fail(Code::kUnavailable, "tls to " + url.authority + ": " + why);
    }
  }

  Patience patience_;
  Fd fd_;
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

Result<std::string> write_request(const ClientRequest& request, const Url& url) {
  if (!http::is_token(request.method)) return fail(Code::kInvalid, "malformed method");
  std::string out = request.method + " " + url.target + " HTTP/1.1\r\n";
  if (!request.headers.has("host")) out += "Host: " + url.authority + "\r\n";
  for (const http::Header header : request.headers.all()) {
    if (http::equal_ignoring_case(header.name, "content-length")) continue;
    if (!http::is_token(header.name) || !http::is_field_value(header.value)) {
      return fail(Code::kInvalid, "malformed header " + std::string(header.name));
    }
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  const bool has_body =
      !request.body.empty() || request.method == "PUT" || request.method == "POST";
  if (has_body) out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  out += "Connection: close\r\n\r\n";
  return out;
}

std::unexpected<Error> early_end() {
  return fail(Code::kClosed, "server closed the connection too early");
}

// The final head; interim ones are skipped. Leaves what follows it in `buffer`.
Result<ResponseHead> receive_head(Wire& wire, std::string& buffer, bool head_request) {
  for (;;) {
    TRY(auto head, parse_response_head(buffer, head_request));
    if (head) {
      buffer.erase(0, head->consumed);
      if (head->status >= 200) return *std::move(head);
      continue;
    }
    TRY(const std::size_t got, wire.receive(buffer));
    if (got == 0) return early_end();
  }
}

Result<std::string> receive_chunked(Wire& wire, std::string& buffer, std::size_t body_max) {
  std::string body;
  http::ChunkedDecoder decoder;
  std::size_t at = 0;
  for (;;) {
    TRY(const auto step, decoder.feed(std::string_view(buffer).substr(at)));
    at += step.consumed;
    body.append(step.data);
    if (body.size() > body_max) return fail(Code::kLimit, "response body too long");
    if (step.done) return body;
    if (step.consumed > 0) continue;
    buffer.erase(0, at);
    at = 0;
    TRY(const std::size_t got, wire.receive(buffer));
    if (got == 0) return early_end();
  }
}

Result<std::string> receive_body(Wire& wire, std::string& buffer, const ResponseHead& head,
                                 std::size_t body_max) {
  if (head.bodiless) return std::string{};
  if (head.framing == http::Framing::kChunked) {
    return receive_chunked(wire, buffer, body_max);
  }
  const bool until_end = head.framing == http::Framing::kNone;
  if (head.content_length > body_max) return fail(Code::kLimit, "response body too long");
  while (until_end || buffer.size() < head.content_length) {
    TRY(const std::size_t got, wire.receive(buffer));
    if (got == 0 && !until_end) return early_end();
    if (got == 0) return std::move(buffer);
    if (buffer.size() > body_max) return fail(Code::kLimit, "response body too long");
  }
  buffer.resize(static_cast<std::size_t>(head.content_length));
  return std::move(buffer);
}

}  // namespace

Result<ClientResponse> fetch(const ClientRequest& request) {
  TRY(const Url url, parse_url(request.url));
  TRY(const std::string head_bytes, write_request(request, url));
  TRY(Wire wire, Wire::open(request, url));
  TRY_VOID(wire.send(head_bytes));
  // A server that refuses early may close before it has read the body: its answer still counts.
  const auto body_sent = wire.send(request.body);
  std::string buffer;
  auto head = receive_head(wire, buffer, request.method == "HEAD");
  if (!head) return std::unexpected(body_sent ? head.error() : body_sent.error());
  TRY(std::string body, receive_body(wire, buffer, *head, request.body_max));
  return ClientResponse{
      .status = head->status, .headers = std::move(head->headers), .body = std::move(body)};
}

}  // namespace muzn::net
