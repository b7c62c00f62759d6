#include "cli/bench_tally.h"

#include <fmt/format.h>

#include <algorithm>

namespace muzn::cli {
namespace {

double ms(std::int64_t micros) {
  return static_cast<double>(micros) / 1000;
}

// At most three digits behind the point, and no more than the figure is worth.
std::string duration(std::int64_t micros) {
  if (micros < 10'000) return fmt::format("{:.2f} ms", ms(micros));
  if (micros < 1'000'000) return fmt::format("{:.1f} ms", ms(micros));
  return fmt::format("{:.2f} s", ms(micros) / 1000);
}

std::string row(std::string_view title, const Histogram& histogram, std::string_view rate,
                std::string_view megabytes, std::string_view errors) {
  std::string out = fmt::format("{:<14}{:>12}{:>11}{:>9}", title, rate, megabytes, errors);
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    out += fmt::format("{:>11}", duration(histogram.quantile(q)));
  }
  return out + fmt::format("{:>11}\n", duration(histogram.max()));
}

std::string rows_of(std::string_view title, const BenchCounts& counts, double seconds) {
  std::string out =
      row(title, counts.latency, fmt::format("{:.1f}", static_cast<double>(counts.ok) / seconds),
          fmt::format("{:.2f}", static_cast<double>(counts.bytes) / seconds / 1e6),
          fmt::format("{}", counts.errors_total()));
  if (counts.first_byte.count() > 0) out += row("  first byte", counts.first_byte, "", "", "");
  if (counts.refused.count() > 0) {
    const auto rate = static_cast<double>(counts.refused.count()) / seconds;
    out += row("  refused", counts.refused, fmt::format("{:.1f}", rate), "", "");
  }
  return out;
}

std::string_view order_text(KeyOrder order) {
  switch (order) {
    case KeyOrder::kInTurn:
      return "in turn";
    case KeyOrder::kUniform:
      return "by chance";
    case KeyOrder::kZipf:
      return "by Zipf's law";
  }
  return "";
}

codec::Json json_of(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"mean_ms", histogram.mean() / 1000},
          {"p50_ms", ms(histogram.quantile(0.5))},
          {"p90_ms", ms(histogram.quantile(0.9))},
          {"p99_ms", ms(histogram.quantile(0.99))},
          {"p99.9_ms", ms(histogram.quantile(0.999))},
          {"max_ms", ms(histogram.max())}};
}

codec::Json json_of(const BenchCounts& counts, double seconds) {
  codec::Json errors = codec::Json::array();
  for (const auto& [what, count] : counts.errors) {
    errors.push_back({{"status", what.first}, {"code", what.second}, {"count", count}});
  }
  codec::Json out = {{"requests", counts.ok},
                     {"requests_per_second", static_cast<double>(counts.ok) / seconds},
                     {"bytes", counts.bytes},
                     {"bytes_per_second", static_cast<double>(counts.bytes) / seconds},
                     {"errors", std::move(errors)},
                     {"error_count", counts.errors_total()},
                     {"latency", json_of(counts.latency)}};
  if (counts.first_byte.count() > 0) out["first_byte"] = json_of(counts.first_byte);
  if (counts.refused.count() > 0) out["refused"] = json_of(counts.refused);
  return out;
}

std::string csv_line(std::string_view second, std::string_view op, const BenchCounts& counts) {
  std::string out = fmt::format("{},{},{},{},{},{}", second, op, counts.ok, counts.errors_total(),
                                counts.refused.count(), counts.bytes);
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    out += fmt::format(",{:.3f}", ms(counts.latency.quantile(q)));
  }
  return out + fmt::format(",{:.3f},{:.3f}\n", ms(counts.latency.max()),
                           ms(counts.refused.quantile(0.99)));
}

}  // namespace

std::uint64_t BenchCounts::errors_total() const {
  std::uint64_t out = 0;
  for (const auto& [what, count] : errors) out += count;
  return out;
}

void BenchCounts::add(const BenchCounts& other) {
  ok += other.ok;
  bytes += other.bytes;
  latency.add(other.latency);
  first_byte.add(other.first_byte);
  refused.add(other.refused);
  for (const auto& [what, count] : other.errors) errors[what] += count;
}

bool BenchTally::empty() const {
  return std::ranges::all_of(
      ops, [](const BenchCounts& counts) { return counts.ok == 0 && counts.errors.empty(); });
}

BenchCounts BenchTally::all() const {
  BenchCounts out;
  for (const auto& counts : ops) out.add(counts);
  return out;
}

void BenchTally::add(const BenchTally& other) {
  for (const BenchOp op : kBenchOps) of(op).add(other.of(op));
}

std::string error_code(std::string_view document) {
  constexpr std::string_view kBegin = "<Code>";
  const auto begin = document.find(kBegin);
  if (begin == std::string_view::npos) return "";
  document.remove_prefix(begin + kBegin.size());
  const auto end = document.find('<');
  if (end == std::string_view::npos || end > 64) return "";
  std::string out(document.substr(0, end));
  for (char& c : out) {  // it may end up on a terminal
    if (c <= 0x20 || c >= 0x7f) c = '?';
  }
  return out;
}

std::string text_report(const BenchOptions& options, const BenchReport& report) {
  const double seconds = std::max(report.seconds, 1e-6);
  std::string out = fmt::format(
      "{} at {}: {} keys of {}, {}; {} connections, {} thread{}, {:.1f} s", options.verb,
      report.endpoint, options.keys, options.sizes.text(), order_text(options.order),
      options.connections, report.threads, report.threads == 1 ? "" : "s", seconds);
  if (options.rate > 0) out += fmt::format(", {:g} requests/s offered", options.rate);
  out += fmt::format("\n\n{:<14}{:>12}{:>11}{:>9}{:>11}{:>11}{:>11}{:>11}{:>11}\n", "",
                     "requests/s", "MB/s", "errors", "p50", "p90", "p99", "p99.9", "max");
  int shown = 0;
  for (const BenchOp op : kBenchOps) {
    const BenchCounts& counts = report.tally.of(op);
    if (counts.ok == 0 && counts.errors.empty()) continue;
    out += rows_of(name(op), counts, seconds);
    ++shown;
  }
  const BenchCounts all = report.tally.all();
  if (shown > 1) out += rows_of("all", all, seconds);
  for (const auto& [what, count] : all.errors) {
    const auto status = what.first == 0 ? std::string("no answer") : std::to_string(what.first);
    out += fmt::format("\n{} {}: {}", status, what.second, count);
  }
  if (!all.errors.empty()) out += "\n";
  if (report.unsent > 0) {
    out += fmt::format(
        "\n{} planned requests were never sent: no connection was free. Raise --connections to "
        "offer all of --rate.\n",
        report.unsent);
  }
  return out;
}

codec::Json json_report(const BenchOptions& options, const BenchReport& report) {
  const double seconds = std::max(report.seconds, 1e-6);
  codec::Json operations = codec::Json::object();
  for (const BenchOp op : kBenchOps) {
    const BenchCounts& counts = report.tally.of(op);
    if (counts.ok == 0 && counts.errors.empty()) continue;
    operations[std::string(name(op))] = json_of(counts, seconds);
  }
  return {{"benchmark", options.verb},
          {"endpoint", report.endpoint},
          {"connections", options.connections},
          {"threads", report.threads},
          {"keys", options.keys},
          {"size", options.sizes.text()},
          {"offered_per_second", options.rate},
          {"seconds", seconds},
          {"unsent", report.unsent},
          {"operations", std::move(operations)},
          {"all", json_of(report.tally.all(), seconds)}};
}

std::string csv_header() {
  return "second,operation,requests,errors,refused,bytes,p50_ms,p90_ms,p99_ms,p99.9_ms,max_ms,"
         "refused_p99_ms\n";
}

std::string csv_lines(std::string_view second, const BenchTally& tally, bool also_all) {
  std::string out;
  for (const BenchOp op : kBenchOps) {
    const BenchCounts& counts = tally.of(op);
    if (counts.ok == 0 && counts.errors.empty()) continue;
    out += csv_line(second, name(op), counts);
  }
  if (also_all) out += csv_line(second, "ALL", tally.all());
  return out;
}

std::string progress_line(double second, const BenchTally& of_the_second) {
  const BenchCounts all = of_the_second.all();
  return fmt::format("{:>5.0f} s  {:>10} requests/s  {:>9.2f} MB/s  {:>7} errors  p99 {}", second,
                     all.ok, static_cast<double>(all.bytes) / 1e6, all.errors_total(),
                     duration(all.latency.quantile(0.99)));
}

}  // namespace muzn::cli
