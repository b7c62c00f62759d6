// Property: a PROXY header that parses is found at the same end however many bytes follow, and no
// shorter prefix parses. X-Forwarded-For never yields a trusted address left of an untrusted one.
#include "net/proxy.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::net;
  const std::string text(data, data + size);
  const ProxyResult whole = parse_proxy_header(text);
  if (const auto* header = std::get_if<ProxyHeader>(&whole)) {
    CHECK(header->consumed <= size && header->consumed <= std::max(kProxyV1Max, kProxyV2Max));
    const auto longer = parse_proxy_header(text + "x");
    CHECK(std::holds_alternative<ProxyHeader>(longer));
    CHECK(std::get<ProxyHeader>(longer).consumed == header->consumed);
    for (std::size_t cut = 0; cut < header->consumed; ++cut) {
      CHECK(std::holds_alternative<ProxyNeedMore>(parse_proxy_header(text.substr(0, cut))));
    }
  }
  const auto trusted = TrustedProxies::parse({"10.0.0.0/8", "::1"});
  const auto peer = Address::parse("10.0.0.1");
  CHECK(trusted && peer);
  muzn::http::Headers headers;
  headers.add("X-Forwarded-For", text);
  const Address client = forwarded_for(headers, *peer, *trusted);
  CHECK(Address::parse(client.text()).has_value());
  headers.add("X-Forwarded-For", "192.0.2.1");
  CHECK(forwarded_for(headers, *peer, *trusted).text() == "192.0.2.1");
  return 0;
}
