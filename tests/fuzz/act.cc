// Acts as the store holds them: what reads must write back the same bytes' meaning.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "control/state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muzn::control::act_from_json;
  using muzn::control::act_to_json;
  // libFuzzer hands out bytes; they are characters here.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto act = act_from_json(text);
  if (!act) {
    CHECK(!act.error().what.empty());
    return 0;
  }
  const std::string canonical = act_to_json(*act);
  const auto again = act_from_json(canonical);
  CHECK(again.has_value());
  CHECK(*again == *act);
  CHECK(act_to_json(*again) == canonical);
  // Applying anything never breaks a state.
  muzn::control::State state;
  const auto applied = muzn::control::apply_in_place(state, *act);
  CHECK(applied.has_value() == (state.acts == 1));
  return 0;
}
