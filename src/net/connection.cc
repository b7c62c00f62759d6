#include "net/connection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "net/body.h"
#include "net/proxy.h"
#include "net/sender.h"

namespace muzn::net {
namespace {

// Reading the rest of an unwanted body is cheaper than a new connection up to about here.
constexpr std::uint64_t kDrainBytesMax = 1U << 20;

}  // namespace

Connection::Connection(Service& service, Reactor& reactor, Turnstile& large_bodies, Fd fd,
                       Endpoint peer)
    : service_(service),
      reactor_(reactor),
      large_bodies_(large_bodies),
      channel_(reactor, std::move(fd)),
      peer_(peer),
      head_deadline_(after_ms(service.options.head_timeout_ms)) {}

std::int64_t Connection::after_ms(int ms) const {
  return reactor_.now() + std::int64_t{ms} * 1000;
}

void Connection::cancel() {
  cancelled_ = true;
  channel_.cancel();
}

Task<void> Connection::run() {
  if (!channel_.usable() || service_.stopping.load() || !co_await open()) co_return;
  for (;;) {
    Head head = co_await read_head();
    if (auto* refusal = std::get_if<http::Refused>(&head)) {
      co_await refuse(std::move(*refusal));
      co_return;
    }
    auto* request = std::get_if<http::RequestHead>(&head);
    if (request == nullptr || !co_await serve(std::move(*request))) co_return;
  }
}

// What precedes HTTP: the PROXY header, then the TLS handshake.
Task<bool> Connection::open() {
  const bool expects_proxy =
      service_.options.proxy_protocol && service_.trusted.contains(peer_.address);
  if (expects_proxy && !co_await read_proxy_header()) co_return false;
  if (service_.tls) {
    auto session = service_.tls->accept(channel_.fd());
    if (!session) co_return false;
    const auto secured = co_await channel_.secure(*std::move(session), head_deadline_);
    if (!secured) co_return false;
    peer_base_.tls = true;
    peer_base_.tls_version = channel_.tls()->version();
    peer_base_.tls_cipher = channel_.tls()->cipher();
  }
  peer_base_.address = peer_.address.text();
  peer_base_.port = peer_.port;
  co_return true;
}

Task<bool> Connection::read_proxy_header() {
  std::array<char, kProxyV2Max> buffer;
  for (;;) {
    Io io = channel_.peek(buffer);
    if (io.kind == Io::Kind::kEnd || io.kind == Io::Kind::kFailed) co_return false;
    const ProxyResult result = parse_proxy_header({buffer.data(), io.bytes});
    if (std::holds_alternative<ProxyInvalid>(result)) co_return false;
    if (const auto* header = std::get_if<ProxyHeader>(&result)) {
      channel_.skip(header->consumed);
      peer_ = header->source.value_or(peer_);
      co_return true;
    }
    io.kind = Io::Kind::kWantRead;
    const Wake wake = co_await channel_.wait(io, head_deadline_);
    if (wake != Wake::kReady) co_return false;
  }
}

// Parses again only when a line may have ended or much has come: a client that sends byte by byte
// must not cost a parse for each.
std::optional<Connection::Head> Connection::parse_buffered() {
  const std::string_view held = input_.view();
  const std::string_view fresh = held.substr(std::min(parsed_size_, held.size()));
  const bool due = fresh.find('\n') != std::string_view::npos ||
                   held.size() >= parsed_size_ + parsed_size_ / 4 + 1;
  if (!due) return std::nullopt;
  http::HeadResult result = http::parse_head(held);
  if (auto* refusal = std::get_if<http::Refused>(&result)) return Head(std::move(*refusal));
  if (auto* parsed = std::get_if<http::Parsed>(&result)) {
    input_.consume(parsed->consumed);
    return Head(std::move(parsed->head));
  }
  parsed_size_ = held.size();
  return std::nullopt;
}

Task<Connection::Head> Connection::read_head() {
  parsed_size_ = 0;
  phase_ = input_.empty() ? Phase::kIdle : Phase::kHead;
  // A new connection must bring its first head in time; later ones may rest before it begins.
  const bool first = std::exchange(first_, false);
  const std::int64_t idle_deadline =
      first ? head_deadline_ : after_ms(service_.options.idle_timeout_ms);
  if (!first) head_deadline_ = after_ms(service_.options.head_timeout_ms);
  for (;;) {
    if (!input_.empty()) {
      if (auto head = parse_buffered()) co_return *std::move(head);
    }
    const bool idle = phase_ == Phase::kIdle;
    if (idle && service_.stopping.load()) co_return Gone{};
    const Io io = channel_.read_into(input_);
    if (io.kind == Io::Kind::kDone) {
      phase_ = Phase::kHead;
      if (idle && !first) head_deadline_ = after_ms(service_.options.head_timeout_ms);
      continue;
    }
    if (io.kind == Io::Kind::kEnd || io.kind == Io::Kind::kFailed) co_return Gone{};
    if (idle) input_.release();
    const Wake wake = co_await channel_.wait(io, idle ? idle_deadline : head_deadline_);
    if (wake == Wake::kTimeout && !idle) {
      co_return http::Refused{.status = 408, .reason = "request head took too long"};
    }
    if (wake != Wake::kReady) co_return Gone{};
  }
}

Task<void> Connection::refuse(http::Refused refusal) {
  phase_ = Phase::kRunning;
  http::Response response = service_.handler.refuse(refusal.status, refusal.reason, peer_base_);
  const bool sent =
      co_await send_response(channel_, response, {.close = true}, service_.options.body_timeout_ms);
  phase_ = Phase::kAnswered;
  if (sent) co_await channel_.linger(service_.options.linger_timeout_ms);
}

http::Peer Connection::peer_for(const http::RequestHead& head) const {
  http::Peer peer = peer_base_;
  if (service_.trusted.empty()) return peer;
  const Address client = forwarded_for(head.headers, peer_.address, service_.trusted);
  peer.address = client.text();
  if (peer.address != peer_base_.address) peer.port = 0;  // the proxy did not tell
  return peer;
}

// True: the connection may carry another request.
Task<bool> Connection::serve(http::RequestHead head) {
  phase_ = Phase::kRunning;
  BodySource body(channel_, input_, head, service_.options.body_timeout_ms, large_bodies_);
  http::Request request{.head = std::move(head), .peer = {}, .body = &body};
  request.peer = peer_for(request.head);
  http::Response response = co_await service_.handler.handle(request);
  body.leave();

  const bool close = response.close || !request.head.keep_alive || service_.stopping.load() ||
                     body.failed() || body.unasked() || body.left().value_or(0) > kDrainBytesMax;
  const http::HeadOptions options{.head_request = request.head.method == "HEAD",
                                  .close = close,
                                  .minor_version = request.head.minor_version};
  co_await EndOfTurn(reactor_);
  const bool sent =
      co_await send_response(channel_, response, options, service_.options.body_timeout_ms);
  response.stream.reset();
  if (!sent) co_return false;
  phase_ = Phase::kAnswered;
  if (!close) {
    const std::int64_t deadline = after_ms(service_.options.drain_timeout_ms);
    const bool drained = body.finished() || co_await body.drain(kDrainBytesMax, deadline);
    if (drained && !cancelled_) co_return true;
  }
  co_await channel_.linger(service_.options.linger_timeout_ms);
  co_return false;
}

}  // namespace muzn::net
