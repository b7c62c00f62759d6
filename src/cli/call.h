// One signed request from the command line.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "cli/credentials.h"
#include "net/client.h"

namespace muzn::cli {

// Signs with `service` and sends. `raw_query` is encoded already. Errors: those of net::fetch.
Result<net::ClientResponse> call(const Connection& connection, std::string_view service,
                                 std::string_view method, std::string_view raw_path,
                                 std::string_view raw_query, std::string body, Time now);

// The request that call() sends, for who sends it with limits of his own.
Result<net::ClientRequest> signed_request(const Connection& connection, std::string_view service,
                                          std::string_view method, std::string_view raw_path,
                                          std::string_view raw_query, std::string body, Time now);

// host[:port] of an endpoint URL. Errors: kInvalid.
Result<std::string> endpoint_host(std::string_view endpoint);

}  // namespace muzn::cli
