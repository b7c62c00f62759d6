// A blocking socket that sends exactly the bytes a test wants.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <string>
#include <string_view>

#include "net/fd.h"

namespace muzn::net {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int timeout_s = 20)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval timeout{.tv_sec = timeout_s, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The sockets API takes every address family through sockaddr*.
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }

  // All until the server closes (or the timeout).
  std::string read_all() {
    while (receive()) {
    }
    return std::exchange(held_, {});
  }

  // Up to and with `mark`; what came if the server closed before.
  std::string read_until(std::string_view mark) {
    for (;;) {
      const auto at = held_.find(mark);
      if (at != std::string::npos) return take(at + mark.size());
      if (!receive()) return std::exchange(held_, {});
    }
  }

  std::string read_bytes(std::size_t count) {
    while (held_.size() < count && receive()) {
    }
    return take(std::min(count, held_.size()));
  }

  bool at_end() { return held_.empty() && !receive() && ended_; }

  void half_close() { ::shutdown(fd_.get(), SHUT_WR); }

 private:
  std::string take(std::size_t count) {
    std::string out = held_.substr(0, count);
    held_.erase(0, count);
    return out;
  }
  bool receive() {
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    ended_ = got == 0;
    if (got <= 0) return false;
    held_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  Fd fd_;
  bool connected_ = false;
  bool ended_ = false;
  std::string held_;
};

}  // namespace muzn::net
