#include "cli/call.h"

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::cli {

Result<std::string> endpoint_host(std::string_view endpoint) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!endpoint.starts_with(scheme)) continue;
    const auto rest = endpoint.substr(scheme.size());
    const auto host = rest.substr(0, rest.find('/'));
    if (!host.empty()) return std::string(host);
  }
  return fail(Code::kInvalid, "the endpoint must look like http://host:port");
}

Result<net::ClientRequest> signed_request(const Connection& connection, std::string_view service,
                                          std::string_view method, std::string_view raw_path,
                                          std::string_view raw_query, std::string body, Time now) {
  TRY(const std::string host, endpoint_host(connection.endpoint));
  http::RequestHead head;
  head.method = std::string(method);
  head.path = std::string(raw_path);
  head.query = std::string(raw_query);
  head.host = host;
  head.headers.add("Host", host);
  if (!body.empty()) head.headers.add("Content-Type", "application/json");
  sigv4::sign(head, codec::hex_encode(crypto::sha256(body)), connection.key, connection.region,
              service, now);

  net::ClientRequest request;
  request.url = connection.endpoint + head.path + (head.query.empty() ? "" : "?" + head.query);
  request.method = head.method;
  request.body = std::move(body);
  request.ca_file = connection.ca_file;
  request.insecure = connection.insecure;
  for (const auto header : head.headers.all()) {
    if (!http::equal_ignoring_case(header.name, "Host")) {
      request.headers.add(header.name, header.value);
    }
  }
  return request;
}

Result<net::ClientResponse> call(const Connection& connection, std::string_view service,
                                 std::string_view method, std::string_view raw_path,
                                 std::string_view raw_query, std::string body, Time now) {
  TRY(const net::ClientRequest request,
      signed_request(connection, service, method, raw_path, raw_query, std::move(body), now));
  return net::fetch(request);
}

}  // namespace muzn::cli
