#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "net/address.h"

namespace muzn::net {
namespace {

constexpr int kBacklog = 4096;  // net.core.somaxconn of today's kernels bounds it anyway

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                   std::to_string(port).c_str(), &hints, &list);
  if (failed != 0) return fail(Code::kInvalid, host + ": " + ::gai_strerror(failed));
  return Addresses(list);
}

void set_flag(int fd, int level, int option) {
  const int one = 1;
  ::setsockopt(fd, level, option, &one, sizeof one);
}

Result<Fd> bind_socket(const addrinfo& address, const sockaddr* name, bool share) {
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(Code::kUnavailable, std::string("socket: ") + std::strerror(errno));
  set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (share) set_flag(fd.get(), SOL_SOCKET, SO_REUSEPORT);
  if (::bind(fd.get(), name, address.ai_addrlen) != 0) {
    const Code code = errno == EADDRNOTAVAIL ? Code::kInvalid : Code::kUnavailable;
    return fail(code, std::string("bind: ") + std::strerror(errno));
  }
  return fd;
}

Result<void> start_listening(const Fd& fd, const std::string& congestion) {
  // Accepted sockets inherit these.
  set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  set_flag(fd.get(), SOL_SOCKET, SO_KEEPALIVE);
  if (!congestion.empty()) {
    // A kernel without that algorithm keeps its own.
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_CONGESTION, congestion.data(),
                 static_cast<socklen_t>(congestion.size()));
  }
  if (::listen(fd.get(), kBacklog) != 0) {
    return fail(Code::kUnavailable, std::string("listen: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<Listeners> open_listeners(const ServerOptions& options, unsigned count) {
  TRY(const Addresses addresses, resolve(options.host, options.port));
  const addrinfo& address = *addresses;
  if (options.port != 0) {
    // With SO_REUSEPORT a second server of the same user would silently take half of the
    // connections; without it the kernel tells.
    TRY(const Fd probe, bind_socket(address, address.ai_addr, false));
    TRY_VOID(start_listening(probe, ""));
  }
  Listeners out;
  sockaddr_storage name{};
  CHECK(address.ai_addrlen <= sizeof name);
  std::memcpy(&name, address.ai_addr, address.ai_addrlen);
  // The sockets API takes every address family through sockaddr*.
  auto* const generic = reinterpret_cast<sockaddr*>(&name);
  for (unsigned i = 0; i < count; ++i) {
    TRY(Fd fd, bind_socket(address, generic, true));
    socklen_t size = sizeof name;
    // After the first bind the name holds the port that the kernel chose.
    CHECK(::getsockname(fd.get(), generic, &size) == 0);
    TRY_VOID(start_listening(fd, options.congestion));
    out.sockets.push_back(std::move(fd));
  }
  const auto bound = endpoint_of(name);
  if (!bound) return fail(Code::kInvalid, options.host + ": not an IP address");
  out.port = bound->port;
  return out;
}

}  // namespace muzn::net
