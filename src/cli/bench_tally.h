// What came of the requests of a benchmark, and how it is told. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/histogram.h"
#include "cli/bench_options.h"
#include "codec/json.h"

namespace muzn::cli {

// The "code" of a success whose body has other bytes than were put.
inline constexpr std::string_view kWrongBytes = "WrongBytes";

struct BenchCounts {
  std::uint64_t ok = 0;
  std::uint64_t bytes = 0;  // of bodies that went or came whole
  Histogram latency;        // of what succeeded, from the planned begin to the last byte
  Histogram first_byte;     // of the same, to the first byte of the answer
  Histogram refused;        // of 503, from the real begin: what the server took to refuse
  // By status (0: no answer) and S3 code or reason.
  std::map<std::pair<int, std::string>, std::uint64_t> errors;

  std::uint64_t errors_total() const;
  void add(const BenchCounts& other);
};

struct BenchTally {
  std::array<BenchCounts, kBenchOps.size()> ops;

  BenchCounts& of(BenchOp op) { return ops.at(static_cast<std::size_t>(op)); }
  const BenchCounts& of(BenchOp op) const { return ops.at(static_cast<std::size_t>(op)); }
  bool empty() const;
  BenchCounts all() const;
  void add(const BenchTally& other);
};

// The <Code> of an S3 error document, or "" when there is none.
std::string error_code(std::string_view document);

struct BenchReport {
  BenchTally tally;
  double seconds = 0;  // that were measured
  std::uint64_t threads = 1;
  std::uint64_t unsent = 0;  // planned by --rate, but no connection was free
  std::string endpoint;
};

// For people.
std::string text_report(const BenchOptions& options, const BenchReport& report);
codec::Json json_report(const BenchOptions& options, const BenchReport& report);

// CSV: a line for each second and operation, and in the end one for each operation with "total".
std::string csv_header();
std::string csv_lines(std::string_view second, const BenchTally& tally, bool also_all);
// One line on how far it is.
std::string progress_line(double second, const BenchTally& of_the_second);

}  // namespace muzn::cli
