#include "net/lender.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"

namespace muzn::net {
namespace {

// Below what everybody may ask for (/proc/sys/fs/pipe-max-size): what the socket does not take was
// lent for nothing, and smaller pipes need more calls.
constexpr int kPipeBytes = 512 << 10;

}  // namespace

bool Lender::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return false;
  out_ = Fd(ends[0]);
  in_ = Fd(ends[1]);
  // A smaller one works too, with more calls.
  ::fcntl(in_.get(), F_SETPIPE_SZ, kPipeBytes);
  nowhere_ = Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  return nowhere_.get() >= 0;
}

std::optional<Io> Lender::send(int socket, std::string_view bytes, bool more) {
  if (is_refused_) return std::nullopt;
  if (nowhere_.get() < 0 && !open()) return std::nullopt;
  // iovec is for both directions; vmsplice into a pipe only reads.
  const iovec pages{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  const ssize_t held = ::vmsplice(in_.get(), &pages, 1, SPLICE_F_NONBLOCK);
  if (held <= 0) {
    is_refused_ = held < 0 && errno != EINTR;  // a sandbox without the call, or no pipe to speak of
    return std::nullopt;
  }
  const auto total = static_cast<std::size_t>(held);
  std::size_t sent = 0;
  int error = 0;
  while (sent < total && error == 0) {
    const bool follows = more || total < bytes.size();
    const ssize_t put = ::splice(out_.get(), nullptr, socket, nullptr, total - sent,
                                 SPLICE_F_NONBLOCK | (follows ? SPLICE_F_MORE : 0U));
    if (put > 0) {
      sent += static_cast<std::size_t>(put);
    } else if (put == 0 || errno != EINTR) {
      error = put == 0 ? EPIPE : errno;
    }
  }
  drain(total - sent);
  if (sent > 0) return Io{.kind = Io::Kind::kDone, .bytes = sent};
  return Io{.kind = error == EAGAIN ? Io::Kind::kWantWrite : Io::Kind::kFailed};
}

void Lender::drain(std::size_t bytes) {
  while (bytes > 0) {
    const ssize_t gone =
        ::splice(out_.get(), nullptr, nowhere_.get(), nullptr, bytes, SPLICE_F_NONBLOCK);
    if (gone < 0 && errno == EINTR) continue;
    CHECK(gone > 0);
    bytes -= static_cast<std::size_t>(gone);
  }
}

}  // namespace muzn::net
