#include "crypto/digest.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <variant>

#include "crypto/crc.h"
#include "crypto/openssl.h"

namespace muzn::crypto {
namespace {

// A fetch costs microseconds in OpenSSL 3, so each is made once and kept to the end of the process.
const EVP_MD* fetch(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  CHECK(md != nullptr);
  return md;
}

// nullptr for what OpenSSL does not compute.
const EVP_MD* evp(Algorithm algorithm) {
  static const EVP_MD* const sha1_md = fetch("SHA1");
  static const EVP_MD* const sha256_md = fetch("SHA256");
  static const EVP_MD* const sha512_md = fetch("SHA512");
  switch (algorithm) {
    case Algorithm::kSha1:
      return sha1_md;
    case Algorithm::kSha256:
      return sha256_md;
    case Algorithm::kSha512:
      return sha512_md;
    default:
      return nullptr;
  }
}

struct Xxh64Deleter {
  void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
};
struct Xxh3Deleter {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};
using Evp = Owned<EVP_MD_CTX>;
using Xxh64 = std::unique_ptr<XXH64_state_t, Xxh64Deleter>;
using Xxh3 = std::unique_ptr<XXH3_state_t, Xxh3Deleter>;  // for both widths
using Crc = std::uint64_t;
using Running = std::variant<Crc, Md5, Evp, Xxh64, Xxh3>;

Running start(Algorithm algorithm) {
  if (is_linear(algorithm)) return Crc{0};
  if (algorithm == Algorithm::kMd5) return Md5();
  if (const EVP_MD* md = evp(algorithm)) {
    Evp context(EVP_MD_CTX_new());
    CHECK(context && EVP_DigestInit_ex2(context.get(), md, nullptr) == 1);
    return context;
  }
  if (algorithm == Algorithm::kXxh64) {
    Xxh64 state(XXH64_createState());
    CHECK(state && XXH64_reset(state.get(), 0) == XXH_OK);
    return state;
  }
  CHECK(algorithm == Algorithm::kXxh3 || algorithm == Algorithm::kXxh128);
  Xxh3 state(XXH3_createState());
  CHECK(state);
  // A reset for 64 bits does the same as one for 128.
  CHECK(XXH3_64bits_reset(state.get()) == XXH_OK);
  return state;
}

template <std::size_t N>
std::string to_string(const unsigned char (&bytes)[N]) {
  return {bytes, bytes + N};
}

std::string canonical(XXH64_hash_t hash) {
  XXH64_canonical_t bytes;
  XXH64_canonicalFromHash(&bytes, hash);
  return to_string(bytes.digest);
}

std::string canonical(XXH128_hash_t hash) {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  return to_string(bytes.digest);
}

struct Finisher {
  Algorithm algorithm;

  std::string operator()(Crc crc) const { return crc_bytes(algorithm, crc); }
  std::string operator()(Md5& md5) const { return md5.finish(); }
  std::string operator()(const Evp& context) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum;
    unsigned int size = 0;
    CHECK(EVP_DigestFinal_ex(context.get(), sum.data(), &size) == 1);
    return {sum.data(), sum.data() + size};
  }
  std::string operator()(const Xxh64& state) const { return canonical(XXH64_digest(state.get())); }
  std::string operator()(const Xxh3& state) const {
    if (algorithm == Algorithm::kXxh3) return canonical(XXH3_64bits_digest(state.get()));
    return canonical(XXH3_128bits_digest(state.get()));
  }
};

struct Updater {
  Algorithm algorithm;
  std::string_view bytes;

  void operator()(Crc& crc) const { crc = crc_update(algorithm, crc, bytes); }
  void operator()(Md5& md5) const { md5.update(bytes); }
  void operator()(const Evp& context) const {
    CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  }
  void operator()(const Xxh64& state) const {
    CHECK(XXH64_update(state.get(), bytes.data(), bytes.size()) == XXH_OK);
  }
  void operator()(const Xxh3& state) const {
    CHECK(XXH3_64bits_update(state.get(), bytes.data(), bytes.size()) == XXH_OK);
  }
};

}  // namespace

struct Hasher::State {
  Running running;
};

Hasher::Hasher(Algorithm algorithm)
    : algorithm_(algorithm), state_(std::make_unique<State>(State{start(algorithm)})) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::string_view bytes) {
  CHECK(state_ != nullptr);
  if (bytes.empty()) return;
  std::visit(Updater{algorithm_, bytes}, state_->running);
}

std::string Hasher::finish() {
  CHECK(state_ != nullptr);
  std::string sum = std::visit(Finisher{algorithm_}, state_->running);
  state_.reset();
  return sum;
}

Md5* Hasher::md5() {
  CHECK(state_ != nullptr);
  return std::get_if<Md5>(&state_->running);
}

Cost cost_of(Algorithm algorithm) {
  if (algorithm == Algorithm::kMd5) return Cost::kMd5;
  return evp(algorithm) != nullptr ? Cost::kSha : Cost::kLight;
}

std::string digest(Algorithm algorithm, std::string_view bytes) {
  if (is_linear(algorithm)) return crc_bytes(algorithm, crc_update(algorithm, 0, bytes));
  if (algorithm == Algorithm::kXxh64) return canonical(XXH64(bytes.data(), bytes.size(), 0));
  if (algorithm == Algorithm::kXxh3) return canonical(XXH3_64bits(bytes.data(), bytes.size()));
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

HasherSet::HasherSet(const std::vector<Algorithm>& algorithms) {
  for (const Algorithm algorithm : algorithms) {
    const auto same = [algorithm](const Hasher& hasher) { return hasher.algorithm() == algorithm; };
    if (std::ranges::none_of(hashers_, same)) hashers_.emplace_back(algorithm);
  }
}

void HasherSet::update(std::string_view bytes) {
  for (Hasher& hasher : hashers_) hasher.update(bytes);
}

Md5* HasherSet::md5() {
  for (Hasher& hasher : hashers_) {
    if (Md5* md5 = hasher.md5()) return md5;
  }
  return nullptr;
}

void HasherSet::update(Cost cost, std::string_view bytes) {
  for (Hasher& hasher : hashers_) {
    if (cost_of(hasher.algorithm()) == cost) hasher.update(bytes);
  }
}

bool HasherSet::has(Cost cost) const {
  return std::ranges::any_of(
      hashers_, [cost](const Hasher& hasher) { return cost_of(hasher.algorithm()) == cost; });
}

void HasherSet::finish() {
  for (Hasher& hasher : hashers_) done_.emplace_back(hasher.algorithm(), hasher.finish());
  hashers_.clear();
}

std::optional<std::string> HasherSet::get(Algorithm algorithm) const {
  CHECK(hashers_.empty());
  for (const auto& [done, sum] : done_) {
    if (done == algorithm) return sum;
  }
  return std::nullopt;
}

std::uint64_t xxh3_64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace muzn::crypto
