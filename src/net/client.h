// A small blocking HTTP/1.1 client for the command line (admin calls, presign checks) and tests.
#pragma once
#include <string>

#include "base/error.h"
#include "http/message.h"

namespace muzn::net {

// Explicit defaults let callers name some fields and leave the others without a warning.
// NOLINTBEGIN(readability-redundant-member-init)
struct ClientRequest {
  std::string url = {};  // http://host:port/path?query or https://
  std::string method = "GET";
  http::Headers headers = {};  // Host and Content-Length are added
  std::string body = {};
  std::string ca_file = {};  // extra trust root for https; "" = the system's
  bool insecure = false;     // do not verify the certificate
};
struct ClientResponse {
  int status = 0;
  http::Headers headers = {};
  std::string body = {};
};
// NOLINTEND(readability-redundant-member-init)
// Errors: kInvalid (url), kUnavailable (cannot connect), kTimeout (30 s), kClosed, kLimit (64 MiB).
Result<ClientResponse> fetch(const ClientRequest& request);

}  // namespace muzn::net
