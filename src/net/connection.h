// One client connection: requests in order, each read, handled and answered before the next.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/task.h"
#include "http/head_parser.h"
#include "http/message.h"
#include "net/address.h"
#include "net/channel.h"
#include "net/input.h"
#include "net/server.h"
#include "net/tls.h"
#include "net/turnstile.h"

namespace muzn::net {

// What the connections of a server share. Owned by the server, outlives them.
struct Service {
  const ServerOptions options;
  const TrustedProxies trusted;
  http::Handler& handler;
  const Clock& clock;
  const std::unique_ptr<TlsContext> tls;  // null: plain HTTP
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> connections_open = 0;
  std::atomic<std::uint64_t> connections_total = 0;
  std::atomic<std::uint64_t> connections_refused = 0;
};

class Connection {
 public:
  Connection(Service& service, Reactor& reactor, Turnstile& large_bodies, Fd fd, Endpoint peer);

  // Serves until either side closes. Runs on the reactor's loop.
  Task<void> run();
  enum class Phase : std::uint8_t {
    kIdle,      // no request has begun: it may be closed without anybody losing anything
    kHead,      // a head has begun
    kRunning,   // a request is handled and answered
    kAnswered,  // only reads what is of no use any more, so that the answer arrives
  };
  Phase phase() const { return phase_; }
  // The peer holds every answer.
  bool delivered() const { return channel_.delivered(); }
  // Ends it at the next wait.
  void cancel();

 private:
  struct Gone {};  // closed, timed out without a byte, or stopping: nothing to answer
  using Head = std::variant<Gone, http::Refused, http::RequestHead>;

  Task<bool> open();
  Task<bool> read_proxy_header();
  Task<Head> read_head();
  // Parses what is buffered; nullopt: more is needed.
  std::optional<Head> parse_buffered();
  Task<void> refuse(http::Refused refusal);
  Task<bool> serve(http::RequestHead head);
  http::Peer peer_for(const http::RequestHead& head) const;
  std::int64_t after_ms(int ms) const;

  Service& service_;
  Reactor& reactor_;
  Turnstile& large_bodies_;
  Channel channel_;
  Input input_;
  Endpoint peer_;
  http::Peer peer_base_;  // all but the address that X-Forwarded-For may change
  std::int64_t head_deadline_;
  std::size_t parsed_size_ = 0;  // bytes that the last parse of this head saw
  bool first_ = true;
  bool cancelled_ = false;
  Phase phase_ = Phase::kIdle;
};

}  // namespace muzn::net
