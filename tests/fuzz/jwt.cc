// A web identity token, as anybody may send one: what reads keeps its parts, and with no key set
// is it taken that does not hold its key.
#include <cstdint>
#include <string_view>

#include "codec/base64.h"
#include "oidc/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A key whose private half was thrown away.
  static const auto kKeys =
      muzn::oidc::parse_key_set(R"({"keys":[{"kty":"EC","crv":"P-256",)"
                                R"("x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",)"
                                R"("y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]})")
          .value();
  CHECK(kKeys.size() == 1);
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto token = muzn::oidc::parse_token(text);
  if (!token) return 0;
  CHECK(token->signed_ + "." + muzn::codec::base64url_encode(token->signature) == text);
  const std::vector<std::string> clients = {"client"};
  const std::string issuer = token->issuer();
  const auto proven = muzn::oidc::prove(*token, kKeys, {.issuer = issuer, .client_ids = clients},
                                        muzn::from_seconds(1'800'000'000));
  CHECK(!proven);
  return 0;
}
