#include "server/scrub_pace.h"

#include <algorithm>

namespace muzn::server {

std::int64_t ScrubPace::spend(std::uint64_t bytes, bool busy, std::int64_t now_micros) {
  const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_per_second_) *
                         (busy ? kBusyFactor : 1);
  paid_until_micros_ = std::max(paid_until_micros_, now_micros - kBurstMicros) +
                       static_cast<std::int64_t>(seconds * 1e6);
  return std::max<std::int64_t>(paid_until_micros_ - now_micros, 0);
}

}  // namespace muzn::server
