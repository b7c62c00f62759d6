// Listening sockets.
#pragma once
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "net/fd.h"
#include "net/server.h"

namespace muzn::net {

struct Listeners {
  std::vector<Fd> sockets;  // all of one address, non-blocking; the kernel spreads connections
  std::uint16_t port = 0;
};
// Errors: kInvalid (address), kUnavailable (in use, not ours).
Result<Listeners> open_listeners(const ServerOptions& options, unsigned count);

}  // namespace muzn::net
