// What the requests of a benchmark are: which key, which bytes, which head. Pure.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"
#include "cli/bench_options.h"
#include "cli/credentials.h"

namespace muzn::cli {

// SplitMix64: the same numbers for the same seed on every machine.
class BenchRandom {
 public:
  explicit BenchRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return mix(state_ += kStep); }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // below 1

  // A number's own random number.
  static std::uint64_t mix(std::uint64_t x);

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;
  std::uint64_t state_;
};

// Numbers below `count`: each as often as the others, or by Zipf's law with exponent 0.99, as YCSB
// does, where 0 is the most wanted ("Quickly Generating Billion-Record Synthetic Databases", J.
// Gray et al., SIGMOD 1994).
class KeyChoice {
 public:
  KeyChoice(std::uint64_t count, bool zipf);
  std::uint64_t pick(double unit) const;  // REQUIRES: 0 <= unit < 1

 private:
  std::uint64_t count_;
  bool zipf_;
  double zeta_ = 0;
  double eta_ = 0;
};

// The bodies: that of key N is the pattern from a place of its own on, again and again, so that
// whoever knows N and the seed can tell every byte.
class BenchBodies {
 public:
  BenchBodies(const BenchSizes& sizes, std::uint64_t seed);

  std::string_view pattern() const { return pattern_; }
  std::size_t begin_of(std::uint64_t key) const;
  std::uint64_t size_of(std::uint64_t key) const;
  // True: `bytes` are what key's body has from `at` on.
  bool matches(std::uint64_t key, std::uint64_t at, std::string_view bytes) const;
  std::string sha256_of(std::uint64_t key) const;  // hex

 private:
  const BenchSizes sizes_;
  const std::uint64_t seed_;
  std::string pattern_;
};

// "<prefix>000000042".
std::string key_name(const BenchOptions& options, std::uint64_t key);

// The head of a signed request, ready to be sent.
struct BenchTarget {
  std::string_view method;
  std::string path;                          // raw
  std::string query = {};                    // raw
  std::string payload = "UNSIGNED-PAYLOAD";  // x-amz-content-sha256; not of presigned ones
  std::string more = {};                     // unsigned header lines
};
std::string signed_head(const BenchTarget& target, const Connection& where, std::string_view host,
                        bool presigned, Time now);

// Heads of the requests of a run. They are signed once and kept, so that the client is not what is
// measured; one that was kept for minutes is made anew, since signatures in headers grow old.
class BenchHeads {
 public:
  using Head = std::shared_ptr<const std::string>;  // shared because requests under way hold it

  // All are borrowed. `host` is the endpoint's authority.
  BenchHeads(const BenchOptions& options, const Connection& where, std::string host,
             const BenchBodies& bodies)
      : options_(options), where_(where), host_(std::move(host)), bodies_(bodies) {}

  Head get(BenchOp op, std::uint64_t key, Time now);

 private:
  struct Kept {
    Time made;
    Head head;
  };
  BenchTarget target(BenchOp op, std::uint64_t key);

  const BenchOptions& options_;
  const Connection& where_;
  const std::string host_;
  const BenchBodies& bodies_;
  std::unordered_map<std::uint64_t, std::string> digests_;  // of the bodies, by key
  std::unordered_map<std::uint64_t, Kept> kept_;            // by key and operation
};

}  // namespace muzn::cli
