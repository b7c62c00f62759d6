#include "egress/door.h"

#include <algorithm>

#include "net/client_message.h"

namespace muzn::egress {
namespace {

struct Block {
  const char* address;
  unsigned bits;  // of 128; IPv4 lies at ::ffff:0:0/96
};
constexpr unsigned kV4 = 96;
// IANA's registries of special-purpose addresses, but for those that are globally reachable.
constexpr Block kNotPublic[] = {
    {"0.0.0.0", kV4 + 8},
    {"10.0.0.0", kV4 + 8},
    {"100.64.0.0", kV4 + 10},
    {"127.0.0.0", kV4 + 8},
    {"169.254.0.0", kV4 + 16},
    {"172.16.0.0", kV4 + 12},
    {"192.0.0.0", kV4 + 24},
    {"192.0.2.0", kV4 + 24},
    {"192.168.0.0", kV4 + 16},
    {"198.18.0.0", kV4 + 15},
    {"198.51.100.0", kV4 + 24},
    {"203.0.113.0", kV4 + 24},
    {"224.0.0.0", kV4 + 4},
    {"240.0.0.0", kV4 + 4},
    {"::", 96},
    {"64:ff9b::", 96},
    {"64:ff9b:1::", 48},
    {"100::", 64},
    {"2001::", 32},
    {"2001:db8::", 32},
    {"2002::", 16},
    {"fc00::", 7},
    {"fe80::", 10},
    {"ff00::", 8},
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

bool is_public(const net::Address& address) {
  return std::ranges::none_of(kNotPublic, [&](const Block& block) {
    return address.shares_prefix(net::Address::parse(block.address).value(), block.bits);
  });
}

Result<Door::Place> Door::place_of(const std::string& url) {
  TRY(const net::Url parsed, net::parse_url(url));
  return Place{.tls = parsed.tls, .host = lower(parsed.host), .port = parsed.port};
}

Result<Door> Door::make(const Options& options, const Clock& clock) {
  std::vector<Place> allowed;
  for (const std::string& url : options.allowed) {
    TRY(Place place, place_of(url));
    allowed.push_back(std::move(place));
  }
  return Door(std::move(allowed), options, clock);
}

Result<net::ClientResponse> Door::fetch(const Request& request, policy::Permit /*permit*/) const {
  TRY(const Place place, place_of(request.url));
  if (std::ranges::find(allowed_, place) == allowed_.end()) {
    return fail(Code::kDenied, request.url + ": not a place that may be connected to");
  }
  net::ClientRequest out;
  out.url = request.url;
  out.method = request.method;
  out.headers = request.headers;
  out.body = request.body;
  out.ca_file = ca_file_;
  out.timeout_ms = request.timeout_ms;
  out.clock = &clock_;
  out.body_max = request.body_max;
  const bool is_named = place.host != "localhost" && !net::Address::parse(place.host);
  if ((is_named || by_others_) && !private_names_) out.admits = is_public;
  return net::fetch(out);
}

}  // namespace muzn::egress
