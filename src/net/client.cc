#include "net/client.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

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

constexpr time_t kTimeoutSeconds = 30;  // for each connect, send and receive
constexpr std::size_t kReadBytes = 64U << 10;

// REQUIRES: a socket call has just failed.
std::unexpected<Error> socket_error(const char* what) {
  const int error = errno;
  if (error == EAGAIN || error == EWOULDBLOCK) {
    return fail(Code::kTimeout, std::string(what) + ": timed out");
  }
  return fail(Code::kClosed, std::string(what) + ": " + std::strerror(error));
}

// REQUIRES: the last call on `ssl` gave `result`, not above 0. A timed-out socket looks like one
// that would block.
std::unexpected<Error> tls_error(const char* what, const SSL* ssl, int result) {
  const int kind = SSL_get_error(ssl, result);
  ERR_clear_error();
  if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
    return fail(Code::kTimeout, std::string(what) + ": timed out");
  }
  return fail(Code::kClosed, std::string(what) + ": TLS connection failed");
}

Result<Fd> connect_to(const Url& url) {
  TRY(const auto names, resolve(url));
  std::string reason = "no address";
  for (const SocketName& name : names) {
    Fd fd(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) continue;
    const timeval timeout{.tv_sec = kTimeoutSeconds, .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (::connect(fd.get(), name.get(), name.size) == 0) return fd;
    reason = std::strerror(errno);
  }
  return fail(Code::kUnavailable, "cannot connect to " + url.authority + ": " + reason);
}

// A blocking connection, plain or TLS.
class Wire {
 public:
  static Result<Wire> open(const ClientRequest& request, const Url& url) {
    Wire wire;
    TRY(wire.fd_, connect_to(url));
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

  Result<std::size_t> send_plain(std::string_view bytes) {
    const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0) return socket_error("send");
    return static_cast<std::size_t>(put);
  }
  Result<std::size_t> send_tls(std::string_view bytes) {
    const int put =
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), kMost)));
    if (put <= 0) return tls_error("send", ssl_.get(), put);
    return static_cast<std::size_t>(put);
  }
  Result<std::size_t> receive_plain(std::span<char> into) {
    const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got < 0) return socket_error("receive");
    return static_cast<std::size_t>(got);
  }
  Result<std::size_t> receive_tls(std::span<char> into) {
    const int got = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
    if (got > 0) return static_cast<std::size_t>(got);
    if (SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN) return 0;
    return tls_error("receive", ssl_.get(), got);
  }

  Result<void> secure(const ClientRequest& request, const Url& url) {
    TRY(context_, client_context(request.ca_file));
    SSL_CTX_set_mode(context_.get(), SSL_MODE_AUTO_RETRY);
    TRY(ssl_, client_session(context_.get(), fd_.get(), url, request.insecure));
    if (SSL_connect(ssl_.get()) != 1) {
      const long verdict = SSL_get_verify_result(ssl_.get());
      const char* why =
          verdict == X509_V_OK ? "handshake failed" : X509_verify_cert_error_string(verdict);
      ERR_clear_error();
      return fail(Code::kUnavailable, "tls to " + url.authority + ": " + why);
    }
    return {};
  }

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

Result<std::string> receive_chunked(Wire& wire, std::string& buffer) {
  std::string body;
  http::ChunkedDecoder decoder;
  std::size_t at = 0;
  for (;;) {
    TRY(const auto step, decoder.feed(std::string_view(buffer).substr(at)));
    at += step.consumed;
    body.append(step.data);
    if (body.size() > kResponseBodyMax) return fail(Code::kLimit, "response body too long");
    if (step.done) return body;
    if (step.consumed > 0) continue;
    buffer.erase(0, at);
    at = 0;
    TRY(const std::size_t got, wire.receive(buffer));
    if (got == 0) return early_end();
  }
}

Result<std::string> receive_body(Wire& wire, std::string& buffer, const ResponseHead& head) {
  if (head.bodiless) return std::string{};
  if (head.framing == http::Framing::kChunked) return receive_chunked(wire, buffer);
  const bool until_end = head.framing == http::Framing::kNone;
  if (head.content_length > kResponseBodyMax) return fail(Code::kLimit, "response body too long");
  while (until_end || buffer.size() < head.content_length) {
    TRY(const std::size_t got, wire.receive(buffer));
    if (got == 0 && !until_end) return early_end();
    if (got == 0) return std::move(buffer);
    if (buffer.size() > kResponseBodyMax) return fail(Code::kLimit, "response body too long");
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
  TRY(std::string body, receive_body(wire, buffer, *head));
  return ClientResponse{
      .status = head->status, .headers = std::move(head->headers), .body = std::move(body)};
}

}  // namespace muzn::net
