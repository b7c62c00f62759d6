// The HTTP/1.1 server: listeners with SO_REUSEPORT, one loop a core, connections as coroutines,
// TLS by OpenSSL.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "http/message.h"

namespace muzn::net {

// Explicit defaults let callers name some fields and leave the others without a warning.
struct ServerOptions {
  std::string host = "127.0.0.1";  // IPv4, IPv6 or a name
  std::uint16_t port = 9000;       // 0: any free one, see Server::port()
  unsigned loops = 0;              // 0: one for each core
  std::string tls_cert_file = {};  // PEM; TLS when both are set, re-read when either file changes
  std::string tls_key_file = {};
  // Addresses or CIDR blocks whose X-Forwarded-For (rightmost untrusted hop) is believed.
  std::vector<std::string> trusted_proxies = {};
  bool proxy_protocol = false;           // expect PROXY v1/v2 from trusted proxies
  std::size_t connections_max = 20'000;  // further ones are closed at accept
  // Bodies above kLargeBody that one loop receives at a time; further ones wait, unread.
  std::size_t large_bodies_max = 32;
  int head_timeout_ms = 20'000;      // a head must be complete by then (slowloris)
  int idle_timeout_ms = 75'000;      // keep-alive without a request
  int body_timeout_ms = 60'000;      // no progress in a body, either way
  int drain_timeout_ms = 5'000;      // reading the rest of a body that was answered early
  int linger_timeout_ms = 2'000;     // answered and closing: for what the peer has on the way
  int stop_timeout_ms = 30'000;      // graceful stop: then connections are cut
  std::string congestion = "cubic";  // TCP_CONGESTION on the listener; "" leaves the system's
};

struct ServerFigures {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t connections_refused = 0;
};

class Server {
 public:
  virtual ~Server() = default;
  // Blocks until stop() and the last connection's end, at most stop_timeout_ms after stop().
  virtual void run() = 0;
  // Closes listeners, lets running requests end. Threads and signals' thread: safe.
  virtual void stop() = 0;
  virtual std::uint16_t port() const = 0;
  virtual ServerFigures figures() const = 0;
};

// Binds at once. `handler` and `clock` must outlive the server. Errors: kInvalid (address, TLS
// files), kUnavailable (port in use).
Result<std::unique_ptr<Server>> listen(ServerOptions options, http::Handler& handler,
                                       const Clock& clock);

}  // namespace muzn::net
