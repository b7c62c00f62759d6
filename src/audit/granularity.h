// How much the log says of what is done with data, of an account or of a bucket. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace muzn::audit {

// Acts are in the log whatever this is.
enum class Granularity : std::uint8_t {
  kOff = 0,      // nothing
  kSummary = 1,  // a leaf for each interval
  kFull = 2,     // every request, in a log of the account's own
};
inline constexpr Granularity kGranularityDefault = Granularity::kSummary;

// "off", "summary", "full".
std::string_view granularity_name(Granularity level);
// nullopt: no such.
std::optional<Granularity> granularity_of(std::string_view name);
// "" of what has no setting of its own.
inline std::string_view granularity_name(std::optional<Granularity> level) {
  return level ? granularity_name(*level) : "";
}

}  // namespace muzn::audit
