// Requests to a witness. What is taken has one form, and a log whose key is not known gets nothing.
#include <cstdint>
#include <string_view>

#include "merkle/ruling.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto request = parse_add_checkpoint(text);
  if (!request) return 0;
  CHECK(format_add_checkpoint(*request) == text);
  CHECK(rule_on(*request, {}, std::nullopt).verdict == Verdict::kUnknownLog);
  const VerifierKey key = make_verifier_key("log.example", KeyType::kEd25519, std::string(32, 'k'));
  CHECK(rule_on(*request, {&key, 1}, std::nullopt).verdict == Verdict::kUnsigned);
  return 0;
}
