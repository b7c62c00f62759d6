#include <algorithm>

#include "base/task_group.h"
#include "codec/base64.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class PutGet : public ObjectTest {
 protected:
  PutGet() { bucket_ = make_bucket(kBucket).value(); }
  Bucket bucket_;
};

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + i / 251);
  return out;
}

TEST_F(PutGet, BodiesOfEverySizeComeBack) {
  const std::vector<std::size_t> sizes{0,       1,       16'383,  16'384,  16'385,   65'536,
                                       262'143, 262'144, 262'145, 700'001, 3'000'000};
  for (const std::size_t size : sizes) {
    const std::string body = pattern(size);
    const auto written = put(kBucket, "k", body);
    ASSERT_TRUE(written) << written.error().what;
    EXPECT_EQ(written->etag, codec::hex_encode(crypto::md5(body)));
    EXPECT_EQ(written->size, size);
    EXPECT_EQ(get(kBucket, "k"), body) << size;
  }
}

// Gives pieces of odd sizes, by turns into the reader's memory and out of its own.
class OddSource final : public ByteSource {
 public:
  explicit OddSource(std::string bytes, std::size_t fails_at = std::string::npos)
      : bytes_(std::move(bytes)), fails_at_(fails_at) {}
  Task<Result<std::string_view>> read() override {
    if (at_ >= fails_at_) co_return fail(Code::kClosed, "gone");
    given_ = bytes_.substr(at_, 1 + at_ % 300'000);
    at_ += given_.size();
    co_return std::string_view(given_);
  }
  Task<Result<std::string_view>> read_into(std::span<char> into) override {
    EXPECT_FALSE(into.empty());
    if (at_ % 3 == 0 || at_ >= fails_at_) co_return co_await read();
    const std::string piece = bytes_.substr(at_, std::min<std::size_t>(into.size(), 70'000));
    std::ranges::copy(piece, into.begin());
    at_ += piece.size();
    co_return std::string_view{into.data(), piece.size()};
  }

 private:
  const std::string bytes_;
  const std::size_t fails_at_;
  std::string given_;
  std::size_t at_ = 0;
};

PutArgs args_of(std::string key) {
  PutArgs out;
  out.bucket = kBucket;
  out.key = std::move(key);
  out.size_max = 1U << 30;
  return out;
}

TEST_F(PutGet, BodiesOfManyPiecesComeBack) {
  constexpr std::size_t kMiB = 1U << 20;
  for (const std::size_t size :
       {kMiB - 1, kMiB, kMiB + 1, 4 * kMiB, 4 * kMiB + 65'536, 5 * kMiB + 3, 9 * kMiB - 4095}) {
    for (const bool is_declared : {true, false}) {
      const std::string body = pattern(size);
      PutArgs args = args_of("k");
      if (is_declared) args.size = size;
      OddSource source(body);
      Verifier verifier(crypto::Algorithm::kSha256);
      const auto written = run_sync(store_->put(args, source, verifier));
      ASSERT_TRUE(written) << written.error().what;
      EXPECT_EQ(written->etag, codec::hex_encode(crypto::md5(body)));
      EXPECT_EQ(written->checksum->value, crypto::sha256(body));
      ASSERT_EQ(get(kBucket, "k"), body) << size;
    }
  }
}

// Wherever it breaks off: while pieces before it are hashed and written.
TEST_F(PutGet, ABodyThatBreaksOffLeavesNothing) {
  const std::string body = pattern(5'000'000);
  for (const std::size_t at : {0U, 1U, 20'000U, 1'048'576U, 1'100'000U, 3'000'000U, 4'999'999U}) {
    PutArgs args = args_of("k");
    if (at % 2 == 0) args.size = body.size();
    OddSource source(body, at);
    Verifier verifier;
    const auto written = run_sync(store_->put(args, source, verifier));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().fault, Fault::kIncompleteBody) << at;
    EXPECT_EQ(blobs_.count_for_test(), 0U);
    EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
  }
}

Task<void> put_one(Store* store, std::size_t size, std::string key, bool* is_right) {
  const std::string body = pattern(size);
  OddSource source(body);
  Verifier verifier;
  PutArgs args = args_of(std::move(key));
  args.size = size;
  const auto written = co_await store->put(args, source, verifier);
  *is_right = written && written->etag == codec::hex_encode(crypto::md5(body));
}

// More at once than there are buffers: nobody waits for ever, and no digest is another's.
Task<std::size_t> put_many(Store* store, std::size_t count) {
  const auto is_right = std::make_unique<bool[]>(count);
  TaskGroup group;
  for (std::size_t i = 0; i < count; ++i) {
    co_await group.start(put_one(store, 200'000 + 10'007 * i, std::to_string(i), &is_right[i]));
  }
  co_await group.until(0);
  co_return static_cast<std::size_t>(std::count(is_right.get(), is_right.get() + count, true));
}

TEST_F(PutGet, MoreBodiesThanBuffers) {
  EXPECT_EQ(run_sync(put_many(store_.get(), 150)), 150U);
}

TEST_F(PutGet, RangesReadExactly) {
  const std::string body = pattern(600'000);
  ASSERT_TRUE(put(kBucket, "k", body));
  auto opened = open(kBucket, "k").value();
  for (const auto& [offset, length] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 0}, {0, 1}, {599'999, 1}, {65'535, 2}, {100'000, 400'000}, {600'000, 0}}) {
    EXPECT_EQ(read(*opened, offset, length), body.substr(offset, length));
  }
}

TEST_F(PutGet, SmallBodyIsExactlyOneCommit) {
  const auto before = rows_.figures().commits;
  ASSERT_TRUE(put(kBucket, "k", pattern(16'384)));
  EXPECT_EQ(rows_.figures().commits, before + 1);
  EXPECT_EQ(blobs_.count_for_test(), 0U);
}

TEST_F(PutGet, LargeBodyIsPendingThenPublished) {
  ASSERT_TRUE(put(kBucket, "k", pattern(16'385)));
  EXPECT_EQ(blobs_.count_for_test(), 1U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
}

TEST_F(PutGet, KeysOfAnyBytesLieSideBySide) {
  const std::vector<std::string> keys{
      "a",  "a/b",  "a/b/c",    std::string("a\0", 2), std::string("a\0b", 3), "..",
      "//", "\xff", "\xff\xff", std::string(1024, 'k')};
  for (const auto& key : keys) ASSERT_TRUE(put(kBucket, key, "body of " + key));
  for (const auto& key : keys) EXPECT_EQ(get(kBucket, key), "body of " + key);
}

TEST_F(PutGet, AttributesComeBack) {
  PutArgs args = put_args(kBucket, "k");
  args.attributes.content_type = "text/plain";
  args.attributes.user_metadata = {{"a", "1"}, {"b", ""}};
  args.attributes.tags = {{"t", "v"}};
  StringSource source("abc");
  Verifier verifier(crypto::Algorithm::kCrc32);
  ASSERT_TRUE(run_sync(store_->put(args, source, verifier)));
  auto opened = open(kBucket, "k").value();
  EXPECT_EQ(opened->version().attributes, args.attributes);
  EXPECT_EQ(opened->version().owner, "111111111111");
  ASSERT_TRUE(opened->version().checksum);
  EXPECT_EQ(opened->version().checksum->value, crypto::digest(crypto::Algorithm::kCrc32, "abc"));
}

TEST_F(PutGet, WrongLengthsAndBrokenBodiesLeaveNothing) {
  const std::string half = pattern(300'000);
  struct Case {
    std::optional<std::uint64_t> size;
    std::uint64_t size_max;
    std::optional<Error> end;
    Fault fault;
  };
  const std::vector<Case> cases{
      {400'000, 1U << 30, std::nullopt, Fault::kIncompleteBody},
      {200'000, 1U << 30, std::nullopt, Fault::kIncompleteBody},
      {std::nullopt, 299'999, std::nullopt, Fault::kEntityTooLarge},
      {300'000, 299'999, std::nullopt, Fault::kEntityTooLarge},
      {std::nullopt, 1U << 30, Error{Code::kClosed, "gone"}, Fault::kIncompleteBody},
      {std::nullopt, 1U << 30, Error{Code::kInvalid, "BadChunk"}, Fault::kRejected},
      {std::nullopt, 1U << 30, Error{Code::kTimeout, "slow"}, Fault::kStorage},
  };
  for (const Case& one : cases) {
    PutArgs args = put_args(kBucket, "k");
    args.size = one.size;
    args.size_max = one.size_max;
    PieceSource source({half}, one.end);
    Verifier verifier;
    const auto written = run_sync(store_->put(args, source, verifier));
    EXPECT_TRUE(fails(written, one.fault));
    if (one.end && one.fault != Fault::kIncompleteBody) {
      EXPECT_EQ(written.error().what, one.end->what);
    }
  }
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
}

TEST_F(PutGet, RefusedBodyLeavesNothing) {
  StringSource source(pattern(300'000));
  Verifier verifier(Failure(Fault::kBadDigest, "Content-MD5"));
  EXPECT_TRUE(
      fails(run_sync(store_->put(put_args(kBucket, "k"), source, verifier)), Fault::kBadDigest));
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
}

TEST_F(PutGet, ConditionsAreJudgedAtCommit) {
  WriteCondition none;
  none.if_none_match = "*";
  const auto first = put(kBucket, "k", "one", none);
  ASSERT_TRUE(first);
  EXPECT_TRUE(fails(put(kBucket, "k", "two", none), Fault::kPreconditionFailed));
  WriteCondition match;
  match.if_match = "\"" + first->etag + "\"";
  ASSERT_TRUE(put(kBucket, "k", "two", match));
  EXPECT_TRUE(fails(put(kBucket, "k", "three", match), Fault::kPreconditionFailed));
  EXPECT_TRUE(fails(put(kBucket, "absent", "x", match), Fault::kNoSuchKey));
  EXPECT_TRUE(fails(put(kBucket, "k", pattern(100'000), match), Fault::kPreconditionFailed));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  EXPECT_EQ(get(kBucket, "k"), "two");
}

TEST_F(PutGet, OverwriteAndRemoveCountAndMakeGarbage) {
  ASSERT_TRUE(put(kBucket, "k", pattern(100'000)));
  ASSERT_TRUE(put(kBucket, "k", pattern(20)));
  ASSERT_TRUE(put(kBucket, "l", pattern(7)));
  auto usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, 2);
  EXPECT_EQ(usage.bytes, 27);
  EXPECT_EQ(rows_of(bucket_.shard, 'g').size(), 1U);
  EXPECT_EQ(rows_of(bucket_.shard, 'B').size(), 2U);
  EXPECT_EQ(rows_of(bucket_.shard, 't').size(), 2U);
  ASSERT_TRUE(remove(kBucket, "k"));
  ASSERT_TRUE(remove(kBucket, "l"));
  usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, 0);
  EXPECT_EQ(usage.bytes, 0);
  for (const char tag : {'H', 'B', 't', 'p', 'V', 'M'}) {
    EXPECT_TRUE(rows_of(bucket_.shard, tag).empty()) << tag;
  }
}

TEST_F(PutGet, OpenVersionSurvivesOverwriteAndRemoval) {
  for (const std::size_t size : {100UL, 100'000UL}) {
    const std::string body = pattern(size);
    ASSERT_TRUE(put(kBucket, "k", body));
    auto opened = open(kBucket, "k").value();
    ASSERT_TRUE(put(kBucket, "k", "other"));
    ASSERT_TRUE(remove(kBucket, "k"));
    ASSERT_TRUE(run_sync(store_->sweep()));
    EXPECT_EQ(read(*opened, 0, size), body);
  }
}

TEST_F(PutGet, StampsRiseThoughTheClockStands) {
  ASSERT_TRUE(put(kBucket, "k", "a"));
  const auto first = open(kBucket, "k").value()->version().stamp;
  ASSERT_TRUE(put(kBucket, "k", "b"));
  EXPECT_GT(open(kBucket, "k").value()->version().stamp, first);
}

TEST_F(PutGet, NullVersionIsNamedAndOthersAreNot) {
  ASSERT_TRUE(put(kBucket, "k", "a"));
  EXPECT_TRUE(open(kBucket, "k", "null"));
  EXPECT_TRUE(fails(open(kBucket, "k", "abc"), Fault::kNoSuchVersion));
  EXPECT_TRUE(fails(open(kBucket, "k", ""), Fault::kNoSuchVersion));
  EXPECT_TRUE(fails(open(kBucket, "l", "null"), Fault::kNoSuchVersion));
  EXPECT_TRUE(remove(kBucket, "k", {}, "abc"));
  EXPECT_TRUE(open(kBucket, "k"));
  EXPECT_TRUE(remove(kBucket, "k", {}, "null"));
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
}

TEST_F(PutGet, RemoveJudgesItsConditionsOnWhatIsThere) {
  WriteCondition bad;
  bad.if_match_size = 9;
  EXPECT_TRUE(remove(kBucket, "k", bad));  // nothing there: success
  ASSERT_TRUE(put(kBucket, "k", "abc"));
  EXPECT_TRUE(fails(remove(kBucket, "k", bad), Fault::kPreconditionFailed));
  WriteCondition good;
  good.if_match_size = 3;
  good.if_match = "*";
  good.if_match_modified = from_seconds(to_micros(clock_.now()) / 1'000'000);
  EXPECT_TRUE(remove(kBucket, "k", good));
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
}

TEST_F(PutGet, MissingBucket) {
  EXPECT_TRUE(fails(put("nope", "k", "a"), Fault::kNoSuchBucket));
  EXPECT_TRUE(fails(open("nope", "k"), Fault::kNoSuchBucket));
  EXPECT_TRUE(fails(remove("nope", "k"), Fault::kNoSuchBucket));
}

TEST_F(PutGet, LostInlineBodyIsCorruptNotEmpty) {
  ASSERT_TRUE(put(kBucket, "k", "abc"));
  meta::Commit commit;
  commit.shard = bucket_.shard;
  commit.erase(rows_of(bucket_.shard, 'B').front().key);
  ASSERT_TRUE(run_sync(rows_.commit(commit)));
  const auto opened = open(kBucket, "k");
  ASSERT_TRUE(fails(opened, Fault::kStorage));
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::object::test
