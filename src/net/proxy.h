// What proxies say about the client: the PROXY protocol (haproxy's proxy-protocol.txt, versions 1
// and 2) and X-Forwarded-For. Pure. The caller asks only proxies that it trusts.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/message.h"
#include "net/address.h"

namespace muzn::net {

inline constexpr std::size_t kProxyV1Max = 107;   // with CRLF, section 2.1
inline constexpr std::size_t kProxyV2Max = 4096;  // TLVs with certificates may be long

struct ProxyNeedMore {};
struct ProxyInvalid {
  std::string reason;
};
struct ProxyHeader {
  std::size_t consumed = 0;
  std::optional<Endpoint> source;  // absent: UNKNOWN or LOCAL, the connection's own peer stands
};
using ProxyResult = std::variant<ProxyNeedMore, ProxyInvalid, ProxyHeader>;

// Parses from the front of `buffer`, which may hold more.
ProxyResult parse_proxy_header(std::string_view buffer);

// The rightmost address of all X-Forwarded-For headers that is no trusted proxy; `peer` when it is
// not trusted itself or the header says nothing usable.
Address forwarded_for(const http::Headers& headers, const Address& peer,
                      const TrustedProxies& trusted);

}  // namespace muzn::net
