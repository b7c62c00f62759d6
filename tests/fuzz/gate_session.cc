// Session tokens: strangers' bytes never open, and what was sealed opens to the same. The input is
// both: a token, and the box of one that the key was known for.
#include "gate/session.h"

#include <cstdint>

#include "codec/base64.h"
#include "crypto/aead.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string kKey = muzn::gate::session_key(std::string(32, 'k'));
  static const std::string kNonce(muzn::crypto::kAeadNonceBytes, 'n');
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CHECK(!muzn::gate::open_session(text, kKey));

  const std::string token = muzn::codec::base64url_encode(
      "\x01" + muzn::crypto::aead_seal(kKey, kNonce, text, "muzn session token 1"));
  const auto session = muzn::gate::open_session(token, kKey);
  if (!session) return 0;
  const auto again = muzn::gate::seal_session(*session, kKey, kNonce);
  if (again) CHECK(muzn::gate::open_session(*again, kKey).value() == *session);
  return 0;
}
