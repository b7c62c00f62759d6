// A small blocking HTTP/1.1 client: for the command line and tests, and, through egress, for what
// the server asks of others. Follows no redirect, reads no proxy out of the environment.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "http/message.h"
#include "net/address.h"
#include "net/client_message.h"

namespace muzn::net {

// Explicit defaults let callers name some fields and leave the others without a warning.
struct ClientRequest {
  std::string url = {};  // http://host:port/path?query or https://
  std::string method = "GET";
  http::Headers headers = {};  // Host and Content-Length are added
  std::string body = {};
  std::string ca_file = {};  // extra trust root for https; "" = the system's
  bool insecure = false;     // do not verify the certificate
  int timeout_ms = 30'000;   // for each connect, send and receive
  // With a clock the timeout is for all of them together (but for the resolving of the name).
  const Clock* clock = nullptr;
  std::size_t body_max = kResponseBodyMax;  // of the answer
  // Whether an address that the name resolves to may be connected to; none: any may.
  std::function<bool(const Address&)> admits = {};
};
struct ClientResponse {
  int status = 0;
  http::Headers headers = {};
  std::string body = {};
};
// Errors: kInvalid (url), kDenied (no address is admitted), kUnavailable (cannot connect),
// kTimeout, kClosed, kLimit (body_max).
Result<ClientResponse> fetch(const ClientRequest& request);

}  // namespace muzn::net
