#include "cli/bench_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "codec/base64.h"
#include "codec/uri.h"
#include "crypto/digest.h"

namespace muzn::cli {
namespace {

constexpr double kTheta = 0.99;
// A prime, so that the places where bodies begin are spread; one MiB of it fits in few sends.
constexpr std::size_t kPatternBytes = 1'048'583;
constexpr std::size_t kKeptMax = 200'000;          // heads; some 100 MB
constexpr std::int64_t kKeptMicros = 300'000'000;  // AWS lets a header's signature live 15 minutes
constexpr std::int64_t kPresignedSeconds = 604'800;

std::string make_pattern(std::uint64_t seed) {
  std::string out;
  out.reserve(kPatternBytes + 8);
  BenchRandom random(seed);
  while (out.size() < kPatternBytes) {
    const std::uint64_t word = random.next();
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(word >> shift);
  }
  out.resize(kPatternBytes);
  return out;
}

}  // namespace

std::uint64_t BenchRandom::mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

KeyChoice::KeyChoice(std::uint64_t count, bool zipf) : count_(count), zipf_(zipf && count > 2) {
  if (!zipf_) return;
  for (std::uint64_t i = 1; i <= count; ++i) zeta_ += std::pow(static_cast<double>(i), -kTheta);
  const double zeta_of_two = 1 + std::pow(2.0, -kTheta);
  eta_ = (1 - std::pow(2 / static_cast<double>(count), 1 - kTheta)) / (1 - zeta_of_two / zeta_);
}

std::uint64_t KeyChoice::pick(double unit) const {
  const auto count = static_cast<double>(count_);
  double out = unit * count;
  if (zipf_) {
    const double place = unit * zeta_;
    if (place < 1) return 0;
    if (place < 1 + std::pow(0.5, kTheta)) return 1;
    out = count * std::pow(eta_ * unit - eta_ + 1, 1 / (1 - kTheta));
  }
  return std::min(static_cast<std::uint64_t>(out), count_ - 1);
}

BenchBodies::BenchBodies(const BenchSizes& sizes, std::uint64_t seed)
    : sizes_(sizes), seed_(seed), pattern_(make_pattern(seed)) {}

std::size_t BenchBodies::begin_of(std::uint64_t key) const {
  return static_cast<std::size_t>(BenchRandom(seed_ ^ key).next() % pattern_.size());
}

std::uint64_t BenchBodies::size_of(std::uint64_t key) const {
  return sizes_.pick(BenchRandom(~seed_ ^ key).next());
}

bool BenchBodies::matches(std::uint64_t key, std::uint64_t at, std::string_view bytes) const {
  if (at + bytes.size() > size_of(key)) return false;
  while (!bytes.empty()) {
    const auto place = static_cast<std::size_t>((begin_of(key) + at) % pattern_.size());
    const auto piece = std::string_view(pattern_).substr(place, bytes.size());
    if (!bytes.starts_with(piece)) return false;
    bytes.remove_prefix(piece.size());
    at += piece.size();
  }
  return true;
}

std::string BenchBodies::sha256_of(std::uint64_t key) const {
  crypto::HasherSet hashers({crypto::Algorithm::kSha256});
  const std::uint64_t size = size_of(key);
  for (std::uint64_t at = 0; at < size;) {
    const auto place = static_cast<std::size_t>((begin_of(key) + at) % pattern_.size());
    auto piece = std::string_view(pattern_).substr(place);
    piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size - at, SIZE_MAX)));
    hashers.update(piece);
    at += piece.size();
  }
  hashers.finish();
  return codec::hex_encode(hashers.get(crypto::Algorithm::kSha256).value_or(""));
}

std::string key_name(const BenchOptions& options, std::uint64_t key) {
  return fmt::format("{}{:09}", options.prefix, key);
}

std::string signed_head(const BenchTarget& target, const Connection& where, std::string_view host,
                        bool presigned, Time now) {
  http::RequestHead head;
  head.method = target.method;
  head.path = target.path;
  head.query = target.query;
  head.host = host;
  if (presigned) {
    head.query = sigv4::presign(target.method, host, target.path, target.query, where.key,
                                where.region, kPresignedSeconds, now);
  } else {
    sigv4::sign(head, target.payload, where.key, where.region, "s3", now);
  }
  std::string out = fmt::format("{} {}{}{} HTTP/1.1\r\nHost: {}\r\n", head.method, head.path,
                                head.query.empty() ? "" : "?", head.query, host);
  for (const auto header : head.headers.all()) {
    out += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  return out + target.more + "\r\n";
}

BenchTarget BenchHeads::target(BenchOp op, std::uint64_t key) {
  BenchTarget out;
  const std::string bucket = "/" + options_.bucket;
  out.path = bucket + "/" + codec::uri_encode(key_name(options_, key), false);
  switch (op) {
    case BenchOp::kGet:
      out.method = "GET";
      break;
    case BenchOp::kHead:
      out.method = "HEAD";
      break;
    case BenchOp::kDelete:
      out.method = "DELETE";
      break;
    case BenchOp::kList:
      out.method = "GET";
      out.path = bucket;
      out.query = fmt::format("list-type=2&max-keys={}&prefix={}&start-after={}", options_.page,
                              codec::uri_encode(options_.prefix, true),
                              codec::uri_encode(key_name(options_, key), true));
      break;
    case BenchOp::kPut:
      out.method = "PUT";
      out.more = fmt::format("Content-Length: {}\r\n", bodies_.size_of(key));
      if (options_.expect) out.more += "Expect: 100-continue\r\n";
      if (options_.signed_payload) {
        const auto [found, fresh] = digests_.try_emplace(key);
        if (fresh) found->second = bodies_.sha256_of(key);
        out.payload = found->second;
      }
      break;
  }
  return out;
}

BenchHeads::Head BenchHeads::get(BenchOp op, std::uint64_t key, Time now) {
  const std::uint64_t id = key * kBenchOps.size() + static_cast<std::uint64_t>(op);
  const auto found = kept_.find(id);
  if (found != kept_.end() && to_micros(now) - to_micros(found->second.made) < kKeptMicros) {
    return found->second.head;
  }
  auto head = std::make_shared<const std::string>(
      signed_head(target(op, key), where_, host_, options_.presigned, now));
  if (found != kept_.end() || kept_.size() < kKeptMax) kept_[id] = {now, head};
  return head;
}

}  // namespace muzn::cli
