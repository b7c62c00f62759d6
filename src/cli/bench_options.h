// What `muzn bench` can be told. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cli/args.h"

namespace muzn::cli {

enum class BenchOp : std::uint8_t { kGet, kHead, kPut, kList, kDelete };
inline constexpr std::array kBenchOps = {BenchOp::kGet, BenchOp::kHead, BenchOp::kPut,
                                         BenchOp::kList, BenchOp::kDelete};
std::string_view name(BenchOp op);  // "GET"

enum class KeyOrder : std::uint8_t { kInTurn, kUniform, kZipf };

// Sizes of bodies: one of several ranges, each as often as the others, and any size within it.
struct BenchSizes {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges{{4096, 4096}};  // both ends belong

  std::uint64_t pick(std::uint64_t random) const;  // any 64 random bits
  std::uint64_t mean() const;
  std::uint64_t largest() const;
  std::string text() const;
};
// "4KiB", "4KiB-1MiB", "4KiB,64KiB,1MiB-8MiB". Errors: kInvalid.
Result<BenchSizes> parse_sizes(std::string_view text);
// "4096", "4KiB", "1MB"; at most `most`. Errors: kInvalid.
inline constexpr std::uint64_t kBodyMax = 5ULL << 30;  // of one PUT
Result<std::uint64_t> parse_bytes(std::string_view text, std::uint64_t most = kBodyMax);

struct BenchOptions {
  std::vector<std::pair<BenchOp, unsigned>> mix;  // weights above 0
  std::string verb;                               // "get", …, "mixed"
  std::string bucket = "muzn-bench";
  std::string prefix = "bench/";
  std::uint64_t connections = 16;
  std::uint64_t threads = 0;  // 0: what the machine allows
  double seconds = 10;
  double warmup = 1;
  std::uint64_t requests = 0;  // 0: until the seconds are over
  double rate = 0;             // requests a second, planned; 0: as fast as answers come
  BenchSizes sizes;
  std::uint64_t keys = 0;  // 0 until parse_bench() has decided
  KeyOrder order = KeyOrder::kUniform;
  std::uint64_t page = 1000;  // entries of a list
  std::uint64_t seed = 1;
  bool presigned = false;
  bool signed_payload = false;
  bool expect = false;
  bool verify = false;
  bool prepared = false;  // bucket and keys are there
  bool cleanup = false;
  bool insecure = false;
  bool json = false;
  bool csv = false;
  bool progress = false;

  bool has(BenchOp op) const;
};

inline constexpr std::initializer_list<std::string_view> kBenchSwitches = {
    "help",    "presigned", "signed-payload", "expect", "verify",  "prepared",
    "cleanup", "insecure",  "json",           "csv",    "progress"};
// Errors: kInvalid, saying which option and what it takes.
Result<BenchOptions> parse_bench(const Args& args);

}  // namespace muzn::cli
