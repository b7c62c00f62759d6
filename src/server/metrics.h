// Counters and histograms of requests, and the Prometheus text of /-/metrics.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/latency.h"

namespace muzn::server {

// One more figure for the text, read when asked for.
struct Gauge {
  std::string_view name;  // "muzn_engine_commits_total"
  std::string_view help;
  std::string_view type;     // "gauge", "counter" or "histogram"
  double value = 0;          // of a histogram: the sum, in seconds
  LatencyCounts steps = {};  // of a histogram
};

class Metrics {
 public:
  // All operation names that may occur; others are counted as "unknown".
  explicit Metrics(const std::vector<std::string_view>& operations);

  void begin() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  // Ends a request that began. Threads: safe, no lock.
  void end(const audit::Record& record);
  std::uint64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

  // Prometheus text format 0.0.4.
  std::string text(const std::vector<Gauge>& gauges) const;

 private:
  // Seconds; a request of 4 KiB takes about a millisecond, one of 5 GiB some ten seconds.
  static constexpr std::array kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  60.0};
  static constexpr std::array kStatuses = {200, 204, 206, 304, 400, 403, 404, 405, 408, 409,
                                           411, 412, 414, 416, 431, 500, 501, 503, 507};
  struct Cell {
    std::array<std::atomic<std::uint64_t>, kStatuses.size() + 1> statuses{};  // last: others
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets{};
    std::atomic<std::uint64_t> micros{0};
    std::atomic<std::uint64_t> bytes_in{0};
    std::atomic<std::uint64_t> bytes_out{0};
  };

  // Filled by the constructor, then only cells change, so lookups need no lock.
  std::map<std::string, std::unique_ptr<Cell>, std::less<>> cells_;
  std::atomic<std::uint64_t> in_flight_{0};
};

}  // namespace muzn::server
