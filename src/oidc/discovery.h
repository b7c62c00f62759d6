// Where an identity provider says its keys are. Pure. Source: OpenID Connect Discovery 1.0.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::oidc {

inline constexpr std::size_t kDiscoveryBytesMax = 64U << 10;
inline constexpr std::size_t kUrlBytesMax = 2048;

// Of an issuer, "https://...": its document's URL (section 4).
std::string discovery_url(std::string_view issuer);
// The URL of the key set. The document's issuer must be `issuer`, to the letter (section 4.3).
// Errors: kInvalid, kLimit.
Result<std::string> parse_discovery(std::string_view json, std::string_view issuer);

}  // namespace muzn::oidc
