#include "merkle/verifier.h"

#include <algorithm>
#include <map>

#include "codec/varint.h"
#include "crypto/ed25519.h"
#include "merkle/decimal.h"
#include "merkle/signer.h"

namespace muzn::merkle {
namespace {

std::unexpected<Error> bad_signature(const VerifierKey& key) {
  return fail(Code::kDenied, "a bad signature by " + key.name);
}

}  // namespace

Result<std::uint64_t> verify_signature(const VerifierKey& key, std::string_view text,
                                       const Signature& signature) {
  CHECK(signature.name == key.name && signature.key_id == key.key_id);
  if (key.type == KeyType::kEd25519) {
    if (!crypto::ed25519_verify(key.public_key, text, signature.bytes)) return bad_signature(key);
    return 0;
  }
  codec::FieldReader in(signature.bytes);
  const auto time = in.be64();
  if (!time || *time > kSizeMax) return bad_signature(key);
  if (!crypto::ed25519_verify(key.public_key, cosigned_message(text, *time), in.rest())) {
    return bad_signature(key);
  }
  return *time;
}

Result<std::vector<Verified>> verify_known(const Note& note, std::span<const VerifierKey> known) {
  std::map<std::size_t, std::uint64_t> times;
  for (const Signature& signature : note.signatures) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      const VerifierKey& key = known[i];
      if (key.name != signature.name || key.key_id != signature.key_id) continue;
      TRY(const std::uint64_t time, verify_signature(key, note.text, signature));
      std::uint64_t& latest = times[i];
      latest = std::max(latest, time);
    }
  }
  std::vector<Verified> out;
  out.reserve(times.size());
  for (const auto& [key, time] : times) out.push_back({key, time});
  return out;
}

}  // namespace muzn::merkle
