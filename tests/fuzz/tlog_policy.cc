// Trust policies. Whatever is taken can be judged, and more cosignatures never undo a quorum.
#include <cstdint>
#include <string_view>

#include "merkle/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::merkle;
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto policy = parse_policy(text);
  if (!policy) return 0;
  std::vector<bool> cosigned(policy->witnesses.size(), false);
  bool is_met = has_quorum(*policy, cosigned);
  CHECK(is_met == !policy->needs_witnesses);
  for (std::size_t i = 0; i < cosigned.size(); ++i) {
    cosigned[i] = true;
    const bool now = has_quorum(*policy, cosigned);
    CHECK(now || !is_met);
    is_met = now;
  }
  CHECK(is_met);
  return 0;
}
