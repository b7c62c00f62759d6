#include "oidc/token.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "codec/base64.h"

namespace muzn::oidc {
namespace {

using codec::Json;
using codec::json_string;

constexpr std::size_t kKidCharsMax = 1024;
// No clock shows more: the end of year 9999.
constexpr double kSecondsMax = 253'402'300'799.0;

std::unexpected<Refusal> malformed(std::string what) {
  return refuse(Fault::kMalformed, std::move(what));
}

// "JOSE Header" and "JWS Payload".
Judged<Json> object_of(std::string_view coded, const char* name) {
  const auto text = codec::base64url_decode(coded);
  if (!text) return malformed(std::string(name) + " is not base64url");
  auto json = codec::parse_json(*text);
  if (!json || !json->is_object()) {
    return malformed(std::string(name) + " is no JSON object with unique members");
  }
  return *std::move(json);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool holds(std::span<const std::string> texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

// What changes the meaning of the whole: extensions, other forms of the payload, tokens in tokens.
constexpr std::array kRefusedHeaders = {"crit", "b64", "cty", "enc", "zip"};

Judged<void> read_header(const Json& header, Unproven& out) {
  const auto scheme = scheme_of(json_string(header, "alg"));
  if (!scheme) return malformed("alg is none of RS256, PS256, ES256");
  out.scheme = *scheme;
  for (const char* const name : kRefusedHeaders) {
    if (header.contains(name)) return malformed(std::string(name) + " is not taken");
  }
  // Other types are signed by the same keys for other purposes (RFC 8725 section 3.11).
  if (header.contains("typ") && !equal_ignoring_case(json_string(header, "typ"), "JWT")) {
    return malformed("typ is not JWT");
  }
  if (const auto kid = header.find("kid"); kid != header.end()) {
    if (!kid->is_string()) return malformed("kid is no text");
    out.kid = kid->get_ref<const std::string&>();
    if (out.kid.empty() || out.kid.size() > kKidCharsMax) return malformed("kid is of no use");
  }
  return {};
}

// Seconds since 1970, possibly with a fraction (RFC 7519: NumericDate).
Judged<std::optional<Time>> time_of(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::nullopt;
  if (!found->is_number()) return malformed(std::string(name) + " is no number");
  const double seconds = found->get<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kSecondsMax) {
    return malformed(std::string(name) + " is no time");
  }
  return from_seconds(static_cast<std::int64_t>(std::floor(seconds)));
}

Judged<Time> required_time(const Json& claims, const char* name) {
  TRY(const std::optional<Time> time, time_of(claims, name));
  if (!time) return malformed(std::string(name) + " is missing");
  return *time;
}

Judged<Time> judge_times(const Json& claims, Time now) {
  constexpr std::chrono::seconds kSkew{kSkewSeconds};
  TRY(const Time expires, required_time(claims, "exp"));
  TRY(const Time issued, required_time(claims, "iat"));
  TRY(const std::optional<Time> begins, time_of(claims, "nbf"));
  if (now >= expires + kSkew) return refuse(Fault::kExpired, "Token is expired");
  if (issued > now + kSkew) return refuse(Fault::kClaims, "iat is in the future");
  if (begins && *begins > now + kSkew) return refuse(Fault::kClaims, "nbf is in the future");
  return expires;
}

Judged<std::vector<std::string>> audiences_of(const Json& claims) {
  const auto found = claims.find("aud");
  std::vector<std::string> out;
  if (found == claims.end()) return malformed("aud is missing");
  if (found->is_string()) {
    out.push_back(found->get<std::string>());
  } else if (found->is_array() && found->size() <= kAudiencesMax) {
    for (const Json& one : *found) {
      if (!one.is_string()) return malformed("aud is no list of texts");
      out.push_back(one.get<std::string>());
    }
  }
  if (out.empty() || holds(out, "")) return malformed("aud is of no use");
  return out;
}

Judged<void> judge_audience(const Json& claims, const Expected& expected, Token& out) {
  TRY(const std::vector<std::string> audiences, audiences_of(claims));
  out.audience = audiences.front();
  if (const auto party = claims.find("azp"); party != claims.end()) {
    if (!party->is_string()) return malformed("azp is no text");
    out.audience = party->get<std::string>();
    if (out.audience != audiences.front()) out.original_audience = audiences.front();
  } else if (audiences.size() > 1) {
    return refuse(Fault::kClaims, "several audiences, and no azp says whose token it is");
  }
  if (!holds(expected.client_ids, out.audience)) {
    return refuse(Fault::kClaims, "Incorrect token audience");
  }
  return {};
}

// Those that may have signed it: with its kid; without one the only one that fits (OpenID Connect
// Core, section 10.1).
std::vector<const Key*> candidates(const Unproven& token, const KeySet& keys) {
  std::vector<const Key*> out;
  for (const Key& key : keys) {
    const bool fits = key.scheme ? *key.scheme == token.scheme : key.key.fits(token.scheme);
    if (fits && (token.kid.empty() || token.kid == key.kid)) out.push_back(&key);
  }
  if (token.kid.empty() && out.size() > 1) out.clear();
  return out;
}

Judged<void> judge_signature(const Unproven& token, const KeySet& keys) {
  const std::vector<const Key*> those = candidates(token, keys);
  if (those.empty()) {
    return refuse(Fault::kNoKey, "Couldn't retrieve verification key from your identity provider");
  }
  const bool good = std::ranges::any_of(those, [&token](const Key* one) {
    return one->key.verify(token.scheme, token.signed_, token.signature);
  });
  if (!good) return refuse(Fault::kSignature, "The token's signature does not verify");
  return {};
}

}  // namespace

Judged<Unproven> parse_token(std::string_view text) {
  if (text.size() > kTokenCharsMax) return malformed("the token is too long");
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return malformed("the token has not three parts");
  }
  Unproven out;
  TRY(const Json header, object_of(text.substr(0, first), "the header"));
  TRY_VOID(read_header(header, out));
  TRY(out.claims, object_of(text.substr(first + 1, second - first - 1), "the payload"));
  auto signature = codec::base64url_decode(text.substr(second + 1));
  if (!signature || signature->empty()) return malformed("the signature is not base64url");
  out.signature = *std::move(signature);
  out.signed_ = text.substr(0, second);
  return out;
}

Judged<Token> prove(const Unproven& token, const KeySet& keys, const Expected& expected, Time now) {
  TRY_VOID(judge_signature(token, keys));
  const Json& claims = token.claims;
  if (token.issuer() != expected.issuer) return refuse(Fault::kClaims, "of another issuer");
  Token out;
  TRY(out.expires, judge_times(claims, now));
  TRY_VOID(judge_audience(claims, expected, out));
  out.subject = json_string(claims, "sub");
  if (out.subject.empty() || out.subject.size() > kSubjectCharsMax) {
    return malformed("sub is of no use");
  }
  out.claims = claims;
  return out;
}

}  // namespace muzn::oidc
