#include "audit/granularity.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace muzn::audit {
namespace {

// In the order of their values. The names are on disk: never change them.
constexpr std::array<std::string_view, 3> kNames = {"off", "summary", "full"};

}  // namespace

std::string_view granularity_name(Granularity level) {
  return kNames.at(static_cast<std::size_t>(level));
}

std::optional<Granularity> granularity_of(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Granularity>(found - kNames.begin());
}

}  // namespace muzn::audit
