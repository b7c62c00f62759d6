#include "server/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace muzn::server {
namespace {

constexpr std::string_view kUnknown = "unknown";

void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
  counter.fetch_add(amount, std::memory_order_relaxed);
}
std::uint64_t read(const std::atomic<std::uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}
void describe(std::string& out, std::string_view name, std::string_view help,
              std::string_view type) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void add_histogram(std::string& out, const Gauge& gauge) {
  const auto to = std::back_inserter(out);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < gauge.steps.steps.size(); ++i) {
    sum += gauge.steps.steps.at(i);
    const auto& bounds = LatencyCounts::kBounds;
    const auto bound = i < bounds.size() ? fmt::format("{}", bounds.at(i)) : "+Inf";
    fmt::format_to(to, "{}_bucket{{le=\"{}\"}} {}\n", gauge.name, bound, sum);
  }
  fmt::format_to(to, "{0}_sum {1}\n{0}_count {2}\n", gauge.name, gauge.value, sum);
}

}  // namespace

Metrics::Metrics(const std::vector<std::string_view>& operations) {
  cells_.emplace(kUnknown, std::make_unique<Cell>());
  for (const auto name : operations) cells_.emplace(name, std::make_unique<Cell>());
}

void Metrics::end(const audit::Record& record) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  auto found = cells_.find(record.operation);
  if (found == cells_.end()) found = cells_.find(kUnknown);
  Cell& cell = *found->second;
  const auto status = std::ranges::find(kStatuses, record.status) - kStatuses.begin();
  add(cell.statuses.at(static_cast<std::size_t>(status)), 1);
  const double seconds = static_cast<double>(record.duration_micros) / 1e6;
  const auto bucket = std::ranges::lower_bound(kBounds, seconds) - kBounds.begin();
  add(cell.buckets.at(static_cast<std::size_t>(bucket)), 1);
  add(cell.micros, static_cast<std::uint64_t>(std::max<std::int64_t>(record.duration_micros, 0)));
  add(cell.bytes_in, record.bytes_in);
  add(cell.bytes_out, record.bytes_out);
}

std::string Metrics::text(const std::vector<Gauge>& gauges) const {
  std::string out;
  const auto to = std::back_inserter(out);
  describe(out, "muzn_requests_total", "Requests by operation and HTTP status.", "counter");
  for (const auto& [name, cell] : cells_) {
    for (std::size_t i = 0; i < cell->statuses.size(); ++i) {
      const auto count = read(cell->statuses.at(i));
      if (count == 0) continue;
      const auto status =
          i < kStatuses.size() ? std::to_string(kStatuses.at(i)) : std::string("other");
      fmt::format_to(to, "muzn_requests_total{{operation=\"{}\",status=\"{}\"}} {}\n", name, status,
                     count);
    }
  }
  describe(out, "muzn_request_seconds", "Time from a request's head to its answer's last byte.",
           "histogram");
  for (const auto& [name, cell] : cells_) {
    std::uint64_t sum = 0;
    std::string lines;
    for (std::size_t i = 0; i < cell->buckets.size(); ++i) {
      sum += read(cell->buckets.at(i));
      const auto bound = i < kBounds.size() ? fmt::format("{}", kBounds.at(i)) : "+Inf";
      lines += fmt::format("muzn_request_seconds_bucket{{operation=\"{}\",le=\"{}\"}} {}\n", name,
                           bound, sum);
    }
    if (sum == 0) continue;
    out += lines;
    fmt::format_to(to, "muzn_request_seconds_sum{{operation=\"{}\"}} {}\n", name,
                   static_cast<double>(read(cell->micros)) / 1e6);
    fmt::format_to(to, "muzn_request_seconds_count{{operation=\"{}\"}} {}\n", name, sum);
  }
  describe(out, "muzn_request_bytes_total", "Body bytes by operation and direction.", "counter");
  for (const auto& [name, cell] : cells_) {
    const auto in = read(cell->bytes_in);
    const auto sent = read(cell->bytes_out);
    if (in == 0 && sent == 0) continue;
    fmt::format_to(to, "muzn_request_bytes_total{{operation=\"{}\",direction=\"in\"}} {}\n", name,
                   in);
    fmt::format_to(to, "muzn_request_bytes_total{{operation=\"{}\",direction=\"out\"}} {}\n", name,
                   sent);
  }
  describe(out, "muzn_requests_in_flight", "Requests running now.", "gauge");
  fmt::format_to(to, "muzn_requests_in_flight {}\n", in_flight());
  for (const auto& gauge : gauges) {
    describe(out, gauge.name, gauge.help, gauge.type);
    if (gauge.type == "histogram") {
      add_histogram(out, gauge);
    } else {
      fmt::format_to(to, "{} {}\n", gauge.name, gauge.value);
    }
  }
  return out;
}

}  // namespace muzn::server
