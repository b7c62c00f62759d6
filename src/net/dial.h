// What clients need to reach a server: its addresses, and TLS that verifies it.
#pragma once
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/client_message.h"
#include "net/tls.h"

namespace muzn::net {

struct SocketName {
  sockaddr_storage address{};
  socklen_t size = 0;

  int family() const { return address.ss_family; }
  // The sockets API takes every address family through sockaddr*.
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};
// At least one, in the system's order. Blocks. Errors: kUnavailable.
Result<std::vector<SocketName>> resolve(const Url& url);

// TLS 1.2 or newer, trusting the system's roots and those of `ca_file` ("" = none). Ignores
// SIGPIPE: OpenSSL writes without MSG_NOSIGNAL. Errors: kInvalid (the file), kInternal.
Result<std::unique_ptr<SSL_CTX, FreeSslContext>> client_context(const std::string& ca_file);
// A session on a connected socket, before its handshake, that takes only a certificate of the
// URL's host unless `insecure`. Errors: kInvalid (the host), kInternal.
Result<std::unique_ptr<SSL, FreeSsl>> client_session(SSL_CTX* context, int fd, const Url& url,
                                                     bool insecure);

}  // namespace muzn::net
