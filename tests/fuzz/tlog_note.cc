// Signed notes and signature lines of logs and witnesses of others. A note that is taken has one
// form, and no random signature is anybody's.
#include <cstdint>
#include <string_view>

#include "merkle/signer.h"
#include "merkle/verifier.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = parse_note(text)) {
    CHECK(format_note(*note) == text);
    // Known by chance: the first two names are keys of ours.
    std::vector<VerifierKey> keys;
    for (const Signature& one : note->signatures) {
      keys.push_back({one.name, KeyType::kEd25519, std::string(32, 'k'), one.key_id});
      keys.push_back({one.name, KeyType::kCosignature, std::string(32, 'c'), one.key_id});
      if (keys.size() >= 4) break;
    }
    CHECK(!verify_known(*note, keys).has_value());
  }
  if (const auto lines = parse_signature_lines(text)) {
    std::string out;
    for (const Signature& one : *lines) out += format_signature(one);
    CHECK(out == text);
  }
  if (const auto key = parse_vkey(text)) CHECK(format_vkey(*key) == text);
  return 0;
}
