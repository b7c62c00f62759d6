#include "merkle/signer.h"

#include <fmt/format.h>

#include "codec/varint.h"
#include "merkle/decimal.h"

namespace muzn::merkle {

std::string cosigned_message(std::string_view text, std::uint64_t time) {
  return fmt::format("cosignature/v1\ntime {}\n{}", time, text);
}

Result<Signer> Signer::make(std::string name, KeyType type, std::string_view seed) {
  if (!is_key_name(name)) return fail(Code::kInvalid, "signer: bad name");
  TRY(crypto::Ed25519Key key, crypto::Ed25519Key::from_seed(seed));
  VerifierKey verifier = make_verifier_key(std::move(name), type, key.public_key());
  return Signer(std::move(key), std::move(verifier));
}

Signature Signer::sign(std::string_view text, std::uint64_t time) const {
  Signature out{verifier_.name, verifier_.key_id, {}};
  if (verifier_.type == KeyType::kEd25519) {
    out.bytes = key_.sign(text);
    return out;
  }
  CHECK(time <= kSizeMax);
  codec::put_be64(out.bytes, time);
  out.bytes += key_.sign(cosigned_message(text, time));
  return out;
}

}  // namespace muzn::merkle
