#include "s3/body.h"

#include <gtest/gtest.h>

#include <deque>

#include "codec/base64.h"
#include "codec/date.h"

namespace muzn::s3 {
namespace {

constexpr std::uint64_t kMax = 1000;

// Gives its pieces one by one.
class PieceSource final : public ByteSource {
 public:
  explicit PieceSource(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}
  Task<Result<std::string_view>> read() override {
    if (pieces_.empty()) co_return std::string_view{};
    last_ = std::move(pieces_.front());
    pieces_.pop_front();
    co_return std::string_view{last_};
  }

 private:
  std::deque<std::string> pieces_;
  std::string last_;
};

http::RequestHead head_of(http::Headers headers, std::uint64_t length) {
  http::RequestHead head;
  head.method = "PUT";
  head.target = "/b/k";
  head.path = "/b/k";
  head.host = "localhost";
  head.headers = std::move(headers);
  head.headers.set("Host", "localhost");
  head.framing = http::Framing::kLength;
  head.content_length = length;
  return head;
}

sigv4::Verified signed_by(http::RequestHead& head, std::string_view payload) {
  const Time now = *codec::parse_iso8601_basic("20261122T140640Z");
  const sigv4::Key key{.access_key = "AK", .secret_key = "SK", .session_token = ""};
  sigv4::sign(head, payload, key, "us-east-1", "s3", now);
  const sigv4::Options options{.region = "us-east-1", .external_hosts = {}};
  auto claim = sigv4::parse_claim(head, options);
  EXPECT_TRUE(claim && *claim);
  auto verified = sigv4::verify(head, **claim, "SK", now, options);
  EXPECT_TRUE(verified);
  return *verified;
}

struct Judged {
  Result<std::string> bytes;
  std::optional<object::Checksum> stored;
  std::optional<Error> refusal;
};

Judged drain(ByteSource& raw, BodyPlan plan, const std::optional<sigv4::Verified>& proof,
             std::optional<crypto::Algorithm> store = std::nullopt) {
  UploadBody body(raw, std::move(plan), proof, store);
  Judged out{.bytes = run_sync(read_all(body, 1U << 20)), .stored = {}, .refusal = {}};
  if (out.bytes) {
    crypto::HasherSet digests(body.wanted());
    digests.update(*out.bytes);
    digests.finish();
    if (auto verdict = body.judge(digests)) out.stored = *verdict;
  }
  out.refusal = body.refusal();
  return out;
}

ErrorCode plan_error(http::RequestHead head, std::uint64_t max = kMax) {
  const auto plan = plan_body(head, std::nullopt, max);
  EXPECT_FALSE(plan);
  return plan ? ErrorCode::kInternalError : plan.error().code;
}

TEST(BodyPlan, RefusesWhatTheHeadAlreadyShowsToBeWrong) {
  struct Case {
    const char* name;
    const char* value;
    ErrorCode code;
  };
  for (const Case& c : {
           Case{"Content-MD5", "YWJyYWNhZGFicmE=", ErrorCode::kInvalidDigest},
           Case{"Content-MD5", "", ErrorCode::kInvalidDigest},
           Case{"x-amz-checksum-foo", "AAAA", ErrorCode::kInvalidRequest},
           Case{"x-amz-checksum-sha256", "bad", ErrorCode::kBadDigest},
           Case{"x-amz-trailer", "x-amz-checksum-foo", ErrorCode::kInvalidRequest},
           Case{"x-amz-sdk-checksum-algorithm", "CRC32", ErrorCode::kInvalidRequest},
           Case{"x-amz-sdk-checksum-algorithm", "FOO", ErrorCode::kInvalidRequest},
       }) {
    http::Headers headers;
    headers.add(c.name, c.value);
    EXPECT_EQ(plan_error(head_of(headers, 3)), c.code) << c.name << ": " << c.value;
  }
}

TEST(BodyPlan, TakesOneChecksumOnly) {
  http::Headers headers;
  headers.add("x-amz-checksum-crc32", "AAAAAA==");
  headers.add("x-amz-checksum-crc32c", "AAAAAA==");
  EXPECT_EQ(plan_error(head_of(headers, 3)), ErrorCode::kInvalidRequest);
}

TEST(BodyPlan, SdkAlgorithmMustAgree) {
  http::Headers headers;
  headers.add("x-amz-checksum-sha1", codec::base64_encode(std::string(20, 'x')));
  headers.add("x-amz-sdk-checksum-algorithm", "CRC32");
  EXPECT_EQ(plan_error(head_of(headers, 3)), ErrorCode::kInvalidRequest);
  headers.set("x-amz-sdk-checksum-algorithm", "sha1");
  const auto plan = plan_body(head_of(headers, 3), std::nullopt, kMax);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->algorithm, crypto::Algorithm::kSha1);
}

TEST(BodyPlan, NeedsALengthWithinTheLimit) {
  http::RequestHead head = head_of({}, 3);
  head.framing = http::Framing::kNone;
  EXPECT_EQ(plan_error(head), ErrorCode::kMissingContentLength);
  EXPECT_EQ(plan_error(head_of({}, kMax + 1)), ErrorCode::kEntityTooLarge);
  head.framing = http::Framing::kChunked;
  const auto plan = plan_body(head, std::nullopt, kMax);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->size);
}

TEST(BodyPlan, AwsChunkedNeedsItsDecodedLength) {
  for (const char* length : {"", "x", "-1", "+3"}) {
    http::Headers headers;
    if (*length != '\0') headers.add("x-amz-decoded-content-length", length);
    http::RequestHead head = head_of(headers, 50);
    const auto proof = signed_by(head, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    const auto plan = plan_body(head, proof, kMax);
    ASSERT_FALSE(plan) << length;
    EXPECT_EQ(plan.error().code, ErrorCode::kMissingContentLength);
  }
}

TEST(BodyPlan, DocumentMayBeAbsent) {
  http::RequestHead head = head_of({}, 0);
  head.framing = http::Framing::kNone;
  const auto plan = plan_document(head, std::nullopt, kMax, true);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->size, 0U);
}

TEST(UploadBody, StoresWhatTheClientGaveOrWhatIsAskedFor) {
  http::Headers headers;
  headers.add("x-amz-checksum-crc32",
              codec::base64_encode(crypto::digest(crypto::Algorithm::kCrc32, "abc")));
  headers.add("Content-MD5", codec::base64_encode(crypto::md5("abc")));
  const auto plan = plan_body(head_of(headers, 3), std::nullopt, kMax);
  ASSERT_TRUE(plan);
  PieceSource raw({"ab", "c"});
  const Judged given = drain(raw, *plan, std::nullopt);
  EXPECT_EQ(*given.bytes, "abc");
  ASSERT_TRUE(given.stored);
  EXPECT_EQ(given.stored->algorithm, crypto::Algorithm::kCrc32);

  PieceSource again({"abc"});
  const Judged computed = drain(again, *plan, std::nullopt, crypto::Algorithm::kCrc64Nvme);
  ASSERT_TRUE(computed.stored);
  EXPECT_EQ(computed.stored->value, crypto::digest(crypto::Algorithm::kCrc64Nvme, "abc"));
}

TEST(UploadBody, RefusesOtherBytes) {
  for (const auto& [name, digest, code] :
       {std::tuple("Content-MD5", crypto::md5("abc"), ErrorCode::kBadDigest),
        std::tuple("x-amz-checksum-crc64nvme", crypto::digest(crypto::Algorithm::kCrc64Nvme, "abc"),
                   ErrorCode::kBadDigest)}) {
    http::Headers headers;
    headers.add(name, codec::base64_encode(digest));
    const auto plan = plan_body(head_of(headers, 3), std::nullopt, kMax);
    ASSERT_TRUE(plan);
    PieceSource raw({"abd"});
    const Judged judged = drain(raw, *plan, std::nullopt);
    ASSERT_TRUE(judged.refusal) << name;
    EXPECT_EQ(judged.refusal->code, code) << name;
  }
}

TEST(UploadBody, RefusesAnotherPayloadHash) {
  http::RequestHead head = head_of({}, 3);
  const auto proof = signed_by(head, codec::hex_encode(crypto::sha256("abc")));
  const auto plan = plan_body(head, proof, kMax);
  ASSERT_TRUE(plan);
  PieceSource raw({"abd"});
  const Judged judged = drain(raw, *plan, proof);
  ASSERT_TRUE(judged.refusal);
  EXPECT_EQ(judged.refusal->code, ErrorCode::kXAmzContentSHA256Mismatch);
}

TEST(UploadBody, StopsABodyWithoutSizeAtTheLimit) {
  http::RequestHead head = head_of({}, 0);
  head.framing = http::Framing::kChunked;
  const auto plan = plan_body(head, std::nullopt, 5);
  ASSERT_TRUE(plan);
  PieceSource raw({"abc", "def"});
  const Judged judged = drain(raw, *plan, std::nullopt);
  EXPECT_FALSE(judged.bytes);
  ASSERT_TRUE(judged.refusal);
  EXPECT_EQ(judged.refusal->code, ErrorCode::kEntityTooLarge);
}

// A body of unsigned chunks whose trailer is `digest`, cut into pieces of `step` bytes.
Judged trailing(std::string_view digest, std::size_t step, std::string_view tail = "\r\n") {
  http::Headers headers;
  headers.add("x-amz-decoded-content-length", "3");
  headers.add("x-amz-trailer", "x-amz-checksum-crc32");
  headers.add("x-amz-sdk-checksum-algorithm", "CRC32");
  const std::string wire =
      "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:" + std::string(digest) + "\r\n" + std::string(tail);
  http::RequestHead head = head_of(headers, wire.size());
  const auto proof = signed_by(head, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  const auto plan = plan_body(head, proof, kMax);
  EXPECT_TRUE(plan && plan->trailer == crypto::Algorithm::kCrc32);
  std::deque<std::string> pieces;
  for (std::size_t at = 0; at < wire.size(); at += step) pieces.push_back(wire.substr(at, step));
  PieceSource raw(std::move(pieces));
  return drain(raw, *plan, proof);
}

TEST(UploadBody, DecodesChunksAndTheirTrailerInPiecesOfAnySize) {
  const std::string good = codec::base64_encode(crypto::digest(crypto::Algorithm::kCrc32, "abc"));
  for (const std::size_t step : {1U, 2U, 3U, 5U, 7U, 100U}) {
    const Judged judged = trailing(good, step);
    ASSERT_TRUE(judged.bytes) << step;
    EXPECT_EQ(*judged.bytes, "abc");
    EXPECT_FALSE(judged.refusal) << step;
    ASSERT_TRUE(judged.stored);
    EXPECT_EQ(judged.stored->algorithm, crypto::Algorithm::kCrc32);
  }
}

TEST(UploadBody, RefusesATrailerOfAnotherBody) {
  const Judged judged = trailing("AAAAAA==", 100);
  ASSERT_TRUE(judged.refusal);
  EXPECT_EQ(judged.refusal->code, ErrorCode::kBadDigest);
}

TEST(UploadBody, RefusesWhatFollowsTheLastChunkOrIsMissing) {
  const std::string good = codec::base64_encode(crypto::digest(crypto::Algorithm::kCrc32, "abc"));
  for (const char* tail : {"", "\r\nx"}) {
    const Judged judged = trailing(good, 4, tail);
    EXPECT_FALSE(judged.bytes);
    ASSERT_TRUE(judged.refusal);
    EXPECT_EQ(judged.refusal->code, ErrorCode::kIncompleteBody);
  }
}

}  // namespace
}  // namespace muzn::s3
