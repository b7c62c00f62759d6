// Why a token of an identity provider is not taken. Pure.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace muzn::oidc {

enum class Fault : std::uint8_t {
  kMalformed,  // no token, or of a kind that is never taken
  kNoKey,      // signed with a key that the provider's set (as we have it) does not hold
  kSignature,
  kExpired,
  kClaims,  // of another issuer, for another audience, from the future
};

struct Refusal {
  Fault fault = Fault::kMalformed;
  std::string what;  // for people
};
template <class T>
using Judged = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(Fault fault, std::string what) {
  return std::unexpected<Refusal>(Refusal{fault, std::move(what)});
}

}  // namespace muzn::oidc
