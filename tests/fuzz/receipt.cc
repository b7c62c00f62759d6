// A receipt that is taken is written again as the same bytes, and can be judged.
#include "audit/receipt.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kSigner =
      muzn::merkle::Signer::make("log", muzn::merkle::KeyType::kEd25519, std::string(32, 's'))
          .value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto receipt = muzn::audit::decode_receipt(text);
  if (!receipt) return 0;
  CHECK(muzn::audit::encode_receipt(*receipt) == text);
  static_cast<void>(muzn::audit::verify_receipt(*receipt, kSigner.verifier()));
  return 0;
}
