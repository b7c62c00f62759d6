#include "net/load_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/x509.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace muzn::net {
namespace {

constexpr std::size_t kFairShare = 4U << 20;
constexpr std::size_t kPiecesMax = 5;  // of one send
constexpr std::size_t kTlsPiece = 64U << 10;
constexpr std::size_t kDiscardBytes = 1U << 20;
constexpr std::size_t kTextMax = 2U << 10;  // of an error's body: its code is in front
constexpr std::string_view kLost = "connection lost";

}  // namespace

Result<void> LoadConnection::dial(int epoll) {
  std::string why = "no address";
  for (const SocketName& name : shared_.names) {
    Fd fd(::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail(Code::kUnavailable, std::string("socket: ") + std::strerror(errno));
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    // bbr paces loopback far below what it carries; the server's side does the same.
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
    if (::connect(fd.get(), name.get(), name.size) != 0 && errno != EINPROGRESS) {
      why = std::strerror(errno);
      continue;
    }
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    interest.data.ptr = this;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd.get(), &interest) != 0) {
      return fail(Code::kUnavailable, std::string("epoll: ") + std::strerror(errno));
    }
    if (shared_.tls) {
      TRY(auto session, client_session(shared_.tls.get(), fd.get(), shared_.options.url,
                                       shared_.options.insecure));
      tls_.emplace(std::move(session));
    }
    fd_ = std::move(fd);
    connected_ = false;
    return {};
  }
  return fail(Code::kUnavailable, why);
}

void LoadConnection::begin(const LoadRequest& request, std::int64_t now) {
  request_ = request;
  error_ = 0;
  begun_ = now;
  busy_ = fresh_ = true;
  answered_ = false;
  sent_ = 0;
  may_send_body_ = !request.expect;
  held_.clear();
  head_.reset();
  decoder_.reset();
  chunk_held_.clear();
  sized_ = chunked_done_ = false;
  left_ = body_bytes_ = 0;
  text_.clear();
  first_byte_ = 0;
}

// What a connection error means is told by the first read or write, but for TLS the handshake comes
// first.
LoadConnection::Step LoadConnection::connect() {
  if (!tls_) {
    connected_ = true;
    return Step::kMoved;
  }
  const Io io = tls_->handshake();
  if (io.kind == Io::Kind::kDone) connected_ = true;
  if (io.kind == Io::Kind::kEnd || io.kind == Io::Kind::kFailed) return Step::kFailed;
  return connected_ ? Step::kMoved : Step::kBlocked;
}

LoadConnection::Progress LoadConnection::advance() {
  moved_ = 0;
  if (!connected_) {
    const Step step = connect();
    if (step == Step::kBlocked) return Progress::kWaits;
    if (step == Step::kFailed) {
      give_up(handshake_failure());
      return Progress::kBroken;
    }
  }
  for (;;) {
    const bool waited_for_continue = !may_send_body_;
    const Step pushed = push();
    // No answer can be there yet, and its arrival is an event.
    if (std::exchange(fresh_, false) && pushed == Step::kMoved) return Progress::kWaits;
    // A server that refuses early may close before it has read the body: its answer still counts.
    const Step pulled = pull();
    if (whole()) {
      const bool rest = sent_ < request_.head->size() + request_.body_size && may_send_body_;
      const auto connection = head_->headers.get("Connection");
      const bool closes = connection && http::equal_ignoring_case(*connection, "close");
      if (rest && !closes && pushed != Step::kFailed) {
        if (pushed == Step::kBlocked) return Progress::kWaits;  // the frame wants the rest
        if (pushed == Step::kYield) return Progress::kYields;
        continue;
      }
      tell(head_->status, text_);
      if (!closes && !rest) return Progress::kDone;
      close();
      return Progress::kBroken;
    }
    if (pulled == Step::kEnd || pulled == Step::kFailed) {
      const bool until_end = head_ && !sized_ && !decoder_;
      if (until_end && pulled == Step::kEnd) {
        tell(head_->status, text_);
        close();
      } else {
        give_up(error_ == 0 ? kLost : std::strerror(error_));
      }
      return Progress::kBroken;
    }
    if (pushed == Step::kYield || pulled == Step::kYield) return Progress::kYields;
    if (pulled == Step::kBlocked && may_send_body_ != waited_for_continue) return Progress::kWaits;
  }
}

LoadConnection::Step LoadConnection::push() {
  const std::uint64_t head_size = request_.head->size();
  for (bool moved = false;; moved = true) {
    const std::uint64_t all = head_size + (may_send_body_ ? request_.body_size : 0);
    if (sent_ >= all) return moved ? Step::kMoved : Step::kEnd;
    if (moved_ > kFairShare) return Step::kYield;
    const Step step = tls_ ? push_tls() : push_plain();
    if (step != Step::kMoved) return step;
  }
}

LoadConnection::Step LoadConnection::push_plain() {
  std::array<iovec, kPiecesMax> pieces{};
  msghdr message{};
  message.msg_iov = pieces.data();
  // iovec is for both directions; sendmsg only reads.
  const auto add = [&](std::string_view bytes) {
    pieces[message.msg_iovlen++] = {.iov_base = const_cast<char*>(bytes.data()),
                                    .iov_len = bytes.size()};
  };
  std::uint64_t at = sent_;
  if (at < request_.head->size()) {
    add(std::string_view(*request_.head).substr(static_cast<std::size_t>(at)));
    at = request_.head->size();
  }
  const std::uint64_t all = request_.head->size() + (may_send_body_ ? request_.body_size : 0);
  while (at < all && message.msg_iovlen < kPiecesMax) {
    const std::uint64_t in_body = at - request_.head->size();
    const std::string_view piece =
        request_.pattern
            .substr(
                static_cast<std::size_t>((request_.pattern_at + in_body) % request_.pattern.size()))
            .substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(all - at, SIZE_MAX)));
    add(piece);
    at += piece.size();
  }
  const ssize_t put = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  if (put >= 0) {
    sent_ += static_cast<std::uint64_t>(put);
    moved_ += static_cast<std::size_t>(put);
    return Step::kMoved;
  }
  if (errno == EINTR) return Step::kMoved;
  // ENOTCONN: the connection is still being made.
  if (errno == EAGAIN || errno == ENOTCONN) return Step::kBlocked;
  error_ = errno;
  return Step::kFailed;
}

// The same bytes again after kBlocked: what is sent next depends on `sent_` alone.
LoadConnection::Step LoadConnection::push_tls() {
  std::string_view piece;
  if (sent_ < request_.head->size()) {
    piece = std::string_view(*request_.head).substr(static_cast<std::size_t>(sent_));
  } else {
    const std::uint64_t in_body = sent_ - request_.head->size();
    const auto at =
        static_cast<std::size_t>((request_.pattern_at + in_body) % request_.pattern.size());
    const std::uint64_t most = std::min<std::uint64_t>(kTlsPiece, request_.body_size - in_body);
    piece = request_.pattern.substr(at, static_cast<std::size_t>(most));
  }
  const bool more = sent_ + piece.size() < request_.head->size() + request_.body_size;
  const Io io = tls_->write(piece, more);
  if (io.kind == Io::Kind::kDone) {
    sent_ += io.bytes;
    moved_ += io.bytes;
    return Step::kMoved;
  }
  const bool broken = io.kind == Io::Kind::kEnd || io.kind == Io::Kind::kFailed;
  return broken ? Step::kFailed : Step::kBlocked;
}

Io LoadConnection::receive(std::span<char> into) {
  if (tls_) return tls_->read(into);
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got > 0) return {.kind = Io::Kind::kDone, .bytes = static_cast<std::size_t>(got)};
    if (got == 0) return {.kind = Io::Kind::kEnd};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == ENOTCONN) return {.kind = Io::Kind::kWantRead};
    error_ = errno;
    return {.kind = Io::Kind::kFailed};
  }
}

// Drops body bytes inside the kernel (MSG_TRUNC on TCP, tcp(7)).
LoadConnection::Step LoadConnection::discard() {
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kDiscardBytes));
  const ssize_t got = ::recv(fd_.get(), nullptr, most, MSG_TRUNC);
  if (got == 0) return Step::kEnd;
  if (got < 0) {
    if (errno == EINTR) return Step::kMoved;
    return errno == EAGAIN ? Step::kBlocked : Step::kFailed;
  }
  left_ -= static_cast<std::uint64_t>(got);
  body_bytes_ += static_cast<std::uint64_t>(got);
  moved_ += static_cast<std::size_t>(got);
  return Step::kMoved;
}

LoadConnection::Step LoadConnection::pull() {
  while (!whole()) {
    if (moved_ > kFairShare) return Step::kYield;
    const bool unseen = head_ && sized_ && !request_.look && head_->status < 300 && !tls_;
    if (unseen) {
      const Step step = discard();
      if (step != Step::kMoved) return step;
      continue;
    }
    const Io io = receive(shared_.buffer);
    if (io.kind == Io::Kind::kEnd) return Step::kEnd;
    if (io.kind == Io::Kind::kFailed) return Step::kFailed;
    if (io.kind != Io::Kind::kDone) return Step::kBlocked;
    moved_ += io.bytes;
    if (!take({shared_.buffer.data(), io.bytes})) return Step::kFailed;
  }
  return Step::kMoved;
}

bool LoadConnection::take(std::string_view bytes) {
  if (head_) return take_body(bytes);
  if (first_byte_ == 0) first_byte_ = shared_.clock.monotonic_micros();
  held_.append(bytes);
  for (;;) {
    auto parsed = parse_response_head(held_, request_.head_request);
    if (!parsed) return false;
    if (!*parsed) return true;
    const std::string rest = held_.substr((*parsed)->consumed);
    if ((*parsed)->status < 200) {  // 100 Continue
      may_send_body_ = true;
      held_ = rest;
      continue;
    }
    head_ = *std::move(*parsed);
    held_.clear();
    const bool chunked = head_->framing == http::Framing::kChunked && !head_->bodiless;
    if (chunked) decoder_.emplace();
    sized_ = head_->bodiless || head_->framing == http::Framing::kLength;
    left_ = head_->bodiless ? 0 : head_->content_length;
    return take_body(rest);
  }
}

bool LoadConnection::take_body(std::string_view bytes) {
  if (decoder_) return take_chunked(bytes);
  if (sized_ && bytes.size() > left_) return false;  // nothing was asked that this could answer
  if (sized_) left_ -= bytes.size();
  note_body(bytes);
  return true;
}

bool LoadConnection::take_chunked(std::string_view bytes) {
  chunk_held_.append(bytes);
  std::string_view rest = chunk_held_;
  for (;;) {
    const auto step = decoder_->feed(rest);
    if (!step) return false;
    note_body(step->data);
    rest.remove_prefix(step->consumed);
    if (step->done) {
      chunked_done_ = true;
      return rest.empty();
    }
    if (step->consumed == 0) break;
  }
  chunk_held_.erase(0, chunk_held_.size() - rest.size());
  return true;
}

void LoadConnection::note_body(std::string_view bytes) {
  if (bytes.empty()) return;
  if (head_->status >= 300 && text_.size() < kTextMax) {
    text_.append(bytes.substr(0, kTextMax - text_.size()));
  }
  if (request_.look && head_->status < 300) shared_.plan.look(request_, body_bytes_, bytes);
  body_bytes_ += bytes.size();
}

void LoadConnection::tell(int status, std::string_view text) {
  busy_ = false;
  answered_ = status != 0;
  const std::int64_t now = shared_.clock.monotonic_micros();
  shared_.plan.done(request_, {.status = status,
                               .body_bytes = body_bytes_,
                               .begun_micros = begun_,
                               .first_byte_micros = first_byte_ == 0 ? now : first_byte_,
                               .done_micros = now,
                               .text = text});
}

void LoadConnection::give_up(std::string_view why) {
  close();
  why_ = why;
  if (busy_) tell(0, why_);
}

std::string LoadConnection::handshake_failure() const {
  const long verdict = tls_->verdict();
  return std::string("TLS: ") +
         (verdict == X509_V_OK ? "handshake failed" : X509_verify_cert_error_string(verdict));
}

}  // namespace muzn::net
