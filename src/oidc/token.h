// ID tokens of OpenID Connect: JSON Web Tokens in the compact form, signed with a provider's key.
// Pure. Sources: RFC 7515, RFC 7519, RFC 8725 (what attackers tried), OpenID Connect Core 1.0
// sections 2 and 3.1.3.7; AWS STS API reference, AssumeRoleWithWebIdentity.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "codec/json.h"
#include "crypto/public_key.h"
#include "oidc/jwks.h"
#include "oidc/refusal.h"

namespace muzn::oidc {

inline constexpr std::size_t kTokenCharsMax = 20'000;  // AWS: WebIdentityToken
inline constexpr std::size_t kSubjectCharsMax = 255;   // OpenID Connect Core, section 2
inline constexpr std::size_t kAudiencesMax = 32;       // more are no client's
inline constexpr std::int64_t kSkewSeconds = 60;       // that clocks may differ

// A token that reads, and of which nothing is proven.
struct Unproven {
  crypto::Scheme scheme = crypto::Scheme::kRsaPkcs1Sha256;
  std::string kid;      // "" = it names no key; only ever compared with those of the set
  std::string signed_;  // what the signature is over
  std::string signature;
  codec::Json claims;  // an object
  std::string issuer() const { return codec::json_string(claims, "iss"); }
};
// The algorithm is one of three, never "none" and never a symmetric one, whatever keys there are;
// headers that bring a key or say where it is are not read. Refusals: kMalformed.
Judged<Unproven> parse_token(std::string_view text);

struct Expected {
  std::string_view issuer;  // "https://..."
  std::span<const std::string> client_ids;
};
struct Token {
  std::string subject;
  std::string audience;           // the client that it was made for: `azp` where there is one
  std::string original_audience;  // `aud`, if that is another; else ""
  Time expires;
  codec::Json claims;
};
// Refusals: kNoKey, kSignature, kExpired, kClaims, kMalformed (claims of a wrong kind). The
// signature is judged first: nobody learns from an unsigned token what is expected of it.
Judged<Token> prove(const Unproven& token, const KeySet& keys, const Expected& expected, Time now);

}  // namespace muzn::oidc
