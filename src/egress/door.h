// The way out: whatever Muzn asks of somebody else's server passes a door, which opens towards the
// places that the operator named and no others.
//
// A name that somebody else controls can point anywhere, also to addresses that only we can reach
// (a metadata service, a database without a password). So a name has to resolve to public
// addresses, unless the operator says that names may be private; an address that the operator wrote
// himself, and localhost, are taken at his word. No redirect is followed, no proxy of the
// environment asked, and certificates are always verified.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "net/address.h"
#include "net/client.h"
#include "policy/residency.h"

namespace muzn::egress {

// Explicit defaults let callers name some fields and leave the others without a warning.
struct Options {
  // http or https URLs: requests may go to their scheme, host and port.
  std::vector<std::string> allowed = {};
  bool private_names = false;  // names may resolve to addresses that are not public
  // The places are not the operator's own words: an address and localhost are judged as names are.
  bool by_others = false;
  std::string ca_file = {};  // trusted besides the system's roots; "" = none
};

struct Request {
  std::string url = {};
  std::string method = "GET";
  http::Headers headers = {};
  std::string body = {};
  int timeout_ms = 10'000;          // for all but the resolving of the name
  std::size_t body_max = 1U << 20;  // of the answer
};

// Not loopback, private, link-local, shared, multicast, reserved, or a wrapping of such an address.
bool is_public(const net::Address& address);

class Door {
 public:
  // `clock` must outlive it. Errors: kInvalid (an allowed URL that is none).
  static Result<Door> make(const Options& options, const Clock& clock);

  // Blocks. `permit`: what it sends may go there (policy/residency.h). Errors: kDenied (not a place
  // that is allowed), and those of net::fetch(). Threads: safe.
  Result<net::ClientResponse> fetch(const Request& request, policy::Permit permit) const;

 private:
  struct Place {
    bool tls = false;
    std::string host;  // lower case
    std::string port;
    bool operator==(const Place&) const = default;
  };
  Door(std::vector<Place> allowed, const Options& options, const Clock& clock)
      : allowed_(std::move(allowed)),
        private_names_(options.private_names),
        by_others_(options.by_others),
        ca_file_(options.ca_file),
        clock_(clock) {}
  static Result<Place> place_of(const std::string& url);

  std::vector<Place> allowed_;
  bool private_names_;
  bool by_others_;
  std::string ca_file_;
  const Clock& clock_;
};

}  // namespace muzn::egress
