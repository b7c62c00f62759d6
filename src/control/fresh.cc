#include "control/fresh.h"

#include <utility>

#include "base/error.h"
#include "codec/base64.h"
#include "control/names.h"
#include "control/rows.h"

namespace muzn::control {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// Without '/' and '+', which AWS's secrets have and which break in URLs and shells.
constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

std::string random_text(Rng& rng, std::string_view alphabet, std::size_t count) {
  CHECK(!alphabet.empty() && alphabet.size() <= 256);
  // Bytes at or past the largest multiple of the alphabet's size would favour its beginning.
  const std::size_t fair = 256 - 256 % alphabet.size();
  std::string out;
  while (out.size() < count) {
    for (const char c : rng.bytes(count - out.size())) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < fair) out.push_back(alphabet[byte % alphabet.size()]);
    }
  }
  return out;
}

std::string fresh_account_id(Rng& rng) {
  return random_text(rng, kDigits.substr(1), 1) + random_text(rng, kDigits, 11);
}
std::string fresh_canonical_id(Rng& rng) {
  return codec::hex_encode(rng.bytes(32));
}
std::string fresh_unique_id(Rng& rng, IamKind kind) {
  const std::string_view prefix = id_prefix(kind);
  CHECK(!prefix.empty());
  return std::string(prefix) + random_text(rng, kBase32, 17);
}
std::string fresh_access_key(Rng& rng) {
  return "AKIA" + random_text(rng, kBase32, 16);
}
std::string fresh_secret_key(Rng& rng) {
  return random_text(rng, kLettersAndDigits, 40);
}

Account fresh_account(Rng& rng, const State& state, Time now, std::string name, std::string email) {
  Account out{.id = {},
              .canonical_id = fresh_canonical_id(rng),
              .display_name = std::move(name),
              .email = std::move(email),
              .created = now};
  do {
    out.id = fresh_account_id(rng);
  } while (state.accounts.contains(out.id) || state.retired_ids.contains(out.id));
  return out;
}

CreateKey fresh_key(Rng& rng, const State& state, AccessKey key) {
  while (key.access_key.empty()) {
    key.access_key = fresh_access_key(rng);
    if (state.keys.contains(key.access_key) || state.retired_keys.contains(key.access_key)) {
      key.access_key.clear();
    }
  }
  if (key.secret_key.empty()) key.secret_key = fresh_secret_key(rng);
  CreateKey out{.key = std::move(key), .commitment = {}, .salt = rng.bytes(kSaltBytes)};
  out.commitment = commitment_of({out.salt, out.key.secret_key});
  return out;
}

}  // namespace muzn::control
