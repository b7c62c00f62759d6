// One loop with its listening socket and its connections.
#pragma once
#include <unordered_set>

#include "net/address.h"
#include "net/connection.h"
#include "net/fd.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/turnstile.h"

namespace muzn::net {

class Worker {
 public:
  // REQUIRES: `listener` is listening and non-blocking.
  Worker(Service& service, Fd listener);

  // On the worker's thread, until wind_down() is through.
  void run();
  // Any thread, once: closes the listener, idle connections, and answered ones as soon as the
  // answer has arrived; lets requests end until stop_timeout_ms, cuts the rest.
  void stop() { spawn(loop_, wind_down()); }

 private:
  Task<void> accept_all();
  // Takes what waits at the listener; true: the system is short of descriptors or memory.
  Task<bool> accept_pending();
  Task<void> serve(Fd fd, Endpoint peer);
  Task<void> wind_down();
  void cut_useless(bool also_heads);

  Service& service_;
  Loop loop_;
  Reactor& reactor_;
  Turnstile large_bodies_;
  std::optional<Socket> listener_;
  std::unordered_set<Connection*> connections_;
};

}  // namespace muzn::net
