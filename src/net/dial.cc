#include "net/dial.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstring>

#include "net/address.h"

namespace muzn::net {

Result<std::vector<SocketName>> resolve(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &list);
  if (failed != 0) return fail(Code::kUnavailable, url.host + ": " + ::gai_strerror(failed));
  const auto release = [](addrinfo* head) { ::freeaddrinfo(head); };
  const std::unique_ptr<addrinfo, decltype(release)> owner(list, release);
  std::vector<SocketName> out;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    SocketName name;
    if (at->ai_addrlen > sizeof name.address) continue;
    std::memcpy(&name.address, at->ai_addr, at->ai_addrlen);
    name.size = at->ai_addrlen;
    out.push_back(name);
  }
  if (out.empty()) return fail(Code::kUnavailable, url.host + ": no address");
  return out;
}

Result<std::unique_ptr<SSL_CTX, FreeSslContext>> client_context(const std::string& ca_file) {
  std::signal(SIGPIPE, SIG_IGN);
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, FreeSslContext> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(Code::kInternal, "tls: no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_verify_paths(context.get());
  if (!ca_file.empty() &&
      SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
    return fail(Code::kInvalid, "cannot read CA file " + ca_file);
  }
  return context;
}

Result<std::unique_ptr<SSL, FreeSsl>> client_session(SSL_CTX* context, int fd, const Url& url,
                                                     bool insecure) {
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context));
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return fail(Code::kInternal, "tls");
  SSL_set_connect_state(ssl.get());
  SSL_set_verify(ssl.get(), insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  // A certificate names addresses and hosts in different fields.
  const bool is_address = Address::parse(url.host).has_value();
  const int named = is_address
                        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), url.host.c_str())
                        : SSL_set1_host(ssl.get(), url.host.c_str());
  if (named != 1) return fail(Code::kInvalid, "cannot verify host " + url.host);
  // RFC 6066 section 3: no addresses in server_name. The macro casts away a const.
  if (!is_address) SSL_set_tlsext_host_name(ssl.get(), url.host.c_str());
  return ssl;
}

}  // namespace muzn::net
