// An object store over stores in memory, a clock that tests move, and seeded randomness.
#pragma once
#include <gtest/gtest.h>

#include <mutex>
#include <random>

#include "blob/mem_store.h"
#include "meta/mem_store.h"
#include "object/store.h"

namespace muzn::object::test {

class FakeClock final : public Clock {
 public:
  Time now() const override { return from_micros(micros_.load()); }
  std::int64_t monotonic_micros() const override { return micros_.load(); }
  void advance(std::int64_t seconds) { micros_ += seconds * 1'000'000; }

 private:
  std::atomic<std::int64_t> micros_ = 1'800'000'000'000'000;
};

class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed = 1) : engine_(seed) {}
  void fill(std::span<char> out) override {
    const std::lock_guard lock(mutex_);
    for (char& c : out) c = static_cast<char>(engine_());
  }

 private:
  std::mutex mutex_;  // guards engine_
  std::mt19937_64 engine_;
};

// Accepts every body, or refuses with a given failure; wants and stores one digest if told so.
class Verifier final : public BodyVerifier {
 public:
  Verifier() = default;
  explicit Verifier(crypto::Algorithm algorithm) : algorithm_(algorithm) {}
  explicit Verifier(Failure failure) : failure_(std::move(failure)) {}

  std::vector<crypto::Algorithm> wanted() const override {
    if (algorithm_) return {*algorithm_};
    return {};
  }
  Outcome<std::optional<Checksum>> judge(const crypto::HasherSet& digests) override {
    if (failure_) return std::unexpected(*failure_);
    if (!algorithm_) return std::optional<Checksum>();
    Checksum out;
    out.algorithm = *algorithm_;
    out.value = digests.get(*algorithm_).value();
    return out;
  }

 private:
  std::optional<crypto::Algorithm> algorithm_;
  std::optional<Failure> failure_;
};

// Gives its pieces, then an error or the end.
class PieceSource final : public ByteSource {
 public:
  explicit PieceSource(std::vector<std::string> pieces, std::optional<Error> end = std::nullopt)
      : pieces_(std::move(pieces)), end_(std::move(end)) {}
  Task<Result<std::string_view>> read() override {
    if (at_ < pieces_.size()) co_return std::string_view{pieces_[at_++]};
    if (end_) co_return std::unexpected(*end_);
    co_return std::string_view{};
  }

 private:
  std::vector<std::string> pieces_;
  std::optional<Error> end_;
  std::size_t at_ = 0;
};

class ObjectTest : public ::testing::Test {
 protected:
  ObjectTest() { reopen(); }

  // As after a crash: another store, of a higher epoch, over the same rows and blobs.
  void reopen(StoreOptions options = {}) {
    store_.reset();
    store_ = run_sync(open_store(rows_, blobs_, pool_, clock_, rng_, options)).value();
  }

  Outcome<Bucket> make_bucket(std::string name, std::string owner = "111111111111") {
    CreateBucket args;
    args.name = std::move(name);
    args.owner = std::move(owner);
    args.region = "eu-test-1";
    return run_sync(store_->create_bucket(std::move(args)));
  }
  static PutArgs put_args(std::string bucket, std::string key) {
    PutArgs args;
    args.bucket = std::move(bucket);
    args.key = std::move(key);
    args.owner = "111111111111";
    args.size_max = 5ULL << 30;
    return args;
  }
  Outcome<Written> put(std::string bucket, std::string key, std::string body,
                       WriteCondition condition = {}) {
    PutArgs args = put_args(std::move(bucket), std::move(key));
    args.size = body.size();
    args.condition = std::move(condition);
    StringSource source(std::move(body));
    Verifier verifier;
    return run_sync(store_->put(std::move(args), source, verifier));
  }
  Outcome<std::unique_ptr<OpenVersion>> open(std::string bucket, std::string key,
                                             std::optional<std::string> version = std::nullopt) {
    return run_sync(store_->open(std::move(bucket), std::move(key), std::move(version)));
  }
  static std::string read(OpenVersion& version, std::uint64_t offset, std::uint64_t length) {
    auto source = run_sync(version.bytes(offset, length)).value();
    return run_sync(read_all(*source, length)).value();
  }
  std::string get(std::string bucket, std::string key) {
    auto opened = open(std::move(bucket), std::move(key)).value();
    return read(*opened, 0, opened->version().size);
  }
  Outcome<Removed> remove(std::string bucket, std::string key, WriteCondition condition = {},
                          std::optional<std::string> version = std::nullopt) {
    RemoveArgs args;
    args.bucket = std::move(bucket);
    args.key = std::move(key);
    args.condition = std::move(condition);
    args.version_id = std::move(version);
    return run_sync(store_->remove(std::move(args)));
  }
  Outcome<Part> put_part(const UploadRef& upload, int number, std::string body) {
    StringSource source(std::move(body));
    Verifier verifier;
    return run_sync(store_->put_part(upload, number, std::nullopt, source, verifier));
  }
  UploadRef begin_upload(std::string bucket, std::string key,
                         std::optional<crypto::Algorithm> algorithm = std::nullopt,
                         ChecksumType type = ChecksumType::kFullObject) {
    CreateUpload args;
    args.bucket = bucket;
    args.key = key;
    args.owner = "111111111111";
    args.initiator = "arn:aws:iam::111111111111:root";
    args.checksum_algorithm = algorithm;
    args.checksum_type = type;
    const auto upload = run_sync(store_->create_upload(std::move(args))).value();
    return {std::move(bucket), std::move(key), upload.id};
  }
  // Rows of a shard whose key begins with `tag`.
  std::vector<meta::Row> rows_of(meta::ShardId shard, char tag) {
    const std::string from(1, tag);
    return run_sync(rows_.scan(shard, from, meta::after_prefix(from), 100'000)).value();
  }

  meta::MemStore rows_;
  blob::MemStore blobs_;
  Pool pool_{2};
  FakeClock clock_;
  SeededRng rng_;
  std::unique_ptr<Store> store_;
};

template <class T>
testing::AssertionResult fails(const Outcome<T>& outcome, Fault fault) {
  if (outcome) return testing::AssertionFailure() << "it succeeded";
  if (outcome.error().fault == fault) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "fault " << static_cast<int>(outcome.error().fault) << ' ' << outcome.error().what;
}

inline constexpr char kBucket[] = "bucket";

}  // namespace muzn::object::test
