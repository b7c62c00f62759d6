// aws-chunked bodies: AWS's examples and the rows CH... of the table of bad inputs.
#include "sigv4/chunked.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "sigv4/canonical.h"
#include "unit/sigv4/fixture.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kScope = "20130524/us-east-1/s3/aws4_request";
constexpr std::string_view kTimestamp = "20130524T000000Z";
const std::string kCrc = "x-amz-checksum-crc32c:sOO8/Q==";

std::string key() {
  return derive_signing_key(kSecret, "20130524", "us-east-1", "s3");
}

Verified proof(std::string_view form) {
  http::RequestHead head = request("PUT", "/b/k", {{"Host", "h"}});
  sign(head, form, example_key(), "us-east-1", "s3", kExampleTime);
  auto claim = parse_claim(head, us_east_1());
  return verify(head, **claim, kSecret, kExampleTime, us_east_1()).value();
}

struct Decoded {
  std::string code;  // "" done, "unfinished"
  std::string data;
  Trailers trailers;
  std::size_t rest = 0;  // bytes after the end
};

Decoded decode(const Verified& verified, std::uint64_t length, std::vector<std::string> names,
               std::string_view body, std::size_t piece = std::string::npos) {
  AwsChunkedDecoder decoder(verified, length, std::move(names));
  Decoded out;
  while (!body.empty()) {
    const auto step = decoder.feed(body.substr(0, piece));
    if (!step) {
      out.code = step.error().code;
      return out;
    }
    out.data.append(step->data);
    body.remove_prefix(step->consumed);
    if (step->done) {
      out.trailers = decoder.trailers();
      out.rest = body.size();
      return out;
    }
  }
  out.code = "unfinished";
  return out;
}

// A signer of its own, so that decoder and signer share only the HMAC.
class Body {
 public:
  explicit Body(const Verified& verified) : previous_(verified.claim().signature) {}
  Body& chunk(std::string_view data) {
    const std::string text = "AWS4-HMAC-SHA256-PAYLOAD\n" + std::string(kTimestamp) + "\n" +
                             std::string(kScope) + "\n" + previous_ + "\n" +
                             std::string(kEmptySha256) + "\n" +
                             codec::hex_encode(crypto::sha256(data));
    previous_ = signature_of(key(), text);
    char size[20];
    std::snprintf(size, sizeof(size), "%zx", data.size());
    text_ += std::string(size) + ";chunk-signature=" + previous_ + "\r\n" + std::string(data);
    if (!data.empty()) text_ += "\r\n";
    return *this;
  }
  Body& trailer(const std::string& line, const std::string& ending = "\r\n") {
    const std::string text = "AWS4-HMAC-SHA256-TRAILER\n" + std::string(kTimestamp) + "\n" +
                             std::string(kScope) + "\n" + previous_ + "\n" +
                             codec::hex_encode(crypto::sha256(line + "\n"));
    text_ += line + ending + "x-amz-trailer-signature:" + signature_of(key(), text) + "\r\n";
    return *this;
  }
  std::string end() const { return text_ + "\r\n"; }

 private:
  std::string previous_;
  std::string text_;
};

std::expected<Verified, Refusal> example_proof(std::string_view form,
                                               std::string_view signed_headers,
                                               std::string_view signature, bool trailer) {
  http::RequestHead head = request("PUT", "/examplebucket/chunkObject.txt",
                                   {{"Host", "s3.amazonaws.com"},
                                    {"x-amz-date", kTimestamp},
                                    {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                    {"x-amz-content-sha256", form},
                                    {"Content-Encoding", "aws-chunked"},
                                    {"x-amz-decoded-content-length", "66560"},
                                    {"Content-Length", "66824"}});
  if (trailer) head.headers.add("x-amz-trailer", "x-amz-checksum-crc32c");
  head.headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/" +
                                        std::string(kScope) +
                                        ",SignedHeaders=" + std::string(signed_headers) +
                                        ",Signature=" + std::string(signature));
  auto claim = parse_claim(head, us_east_1());
  if (!claim) return std::unexpected(claim.error());
  return verify(head, claim->value(), kSecret, kExampleTime, us_east_1());
}

std::string example_body(std::string_view first, std::string_view second, std::string_view last) {
  std::string body = "10000;chunk-signature=" + std::string(first) + "\r\n";
  body.append(65'536, 'a').append("\r\n400;chunk-signature=").append(second).append("\r\n");
  body.append(1024, 'a').append("\r\n0;chunk-signature=").append(last).append("\r\n");
  return body;
}

// "Transferring Payload in Multiple Chunks", example of PUT Object.
TEST(Chunked, ExampleOfSignedChunks) {
  const auto verified =
      example_proof("STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                    "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                    "x-amz-decoded-content-length;x-amz-storage-class",
                    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", false);
  ASSERT_TRUE(verified.has_value()) << verified.error().canonical_request;
  const std::string body =
      example_body("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
                   "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                   "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") +
      "\r\n";
  ASSERT_EQ(body.size(), 66'824U);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, body.size()}) {
    const Decoded decoded = decode(*verified, 66'560, {}, body, piece);
    EXPECT_EQ(decoded.code, "");
    EXPECT_EQ(decoded.data, std::string(66'560, 'a'));
  }
}

// "Including Trailing Headers (Chunked Upload)", example of PUT Object. It ends the trailer with a
// bare LF and an empty line; SDKs write CRLF.
TEST(Chunked, ExampleOfSignedTrailer) {
  const auto verified = example_proof(
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
      "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
      "x-amz-storage-class;x-amz-trailer",
      "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", true);
  ASSERT_TRUE(verified.has_value()) << verified.error().canonical_request;
  const std::string start =
      example_body("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
                   "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
                   "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992") +
      kCrc;
  const std::string end =
      "x-amz-trailer-signature:"
      "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
  for (const std::string_view ending : {"\r\n", "\n\r\n", "\n"}) {
    std::string body = start;
    body.append(ending).append(end);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, body.size()}) {
      const Decoded decoded = decode(*verified, 66'560, {"x-amz-checksum-crc32c"}, body, piece);
      EXPECT_EQ(decoded.code, "");
      EXPECT_EQ(decoded.data.size(), 66'560U);
      EXPECT_EQ(decoded.trailers, (Trailers{{"x-amz-checksum-crc32c", "sOO8/Q=="}}));
      EXPECT_EQ(decoded.rest, 0U);
    }
  }
}

const std::vector<std::string> kNames = {"x-amz-checksum-crc32c"};

TEST(Chunked, UnsignedTrailer) {
  const Verified verified = proof("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  // The last form is that of minio-go, with an empty line of its own before the end.
  for (const std::string& end :
       {kCrc + "\r\n\r\n", std::string("X-Amz-Checksum-CRC32C: sOO8/Q== \r\n\r\n"),
        kCrc + "\n\r\n\r\n"}) {
    const std::string body = "3\r\nabc\r\n2\r\nde\r\n0\r\n" + end;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, body.size()}) {
      const Decoded decoded = decode(verified, 5, kNames, body, piece);
      EXPECT_EQ(decoded.code, "") << end;
      EXPECT_EQ(decoded.data, "abcde");
      EXPECT_EQ(decoded.rest, 0U);
      EXPECT_EQ(decoded.trailers, (Trailers{{"x-amz-checksum-crc32c", "sOO8/Q=="}}));
    }
  }
  EXPECT_EQ(decode(verified, 0, {}, "0\r\n\r\n").code, "");
  EXPECT_EQ(decode(verified, 0, {}, "0\r\n\r\nGET").rest, 3U);
}

TEST(Chunked, Framing) {  // CH001, CH005, CH009, CH021
  const Verified verified = proof("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  for (const std::string& body :
       {std::string("3;ext=1\r\nabc\r\n"), std::string("x\r\n"), std::string("\r\n"),
        std::string("-1\r\n"), std::string("0x3\r\nabc\r\n"), std::string(" 3\r\nabc\r\n"),
        std::string("3 \r\nabc\r\n"), std::string("3\nabc\r\n"), std::string("3\r\nabcd\r\n"),
        std::string("3\r\nabc\n\r\n"), std::string("3\r\nab\r\n"), std::string("4\r\nabcd\r\n"),
        std::string("00000000000000003\r\nabc\r\n"), std::string("ffffffffffffffff\r\n"),
        std::string("2\r\nab\r\n0\r\n\r\n"), std::string(1 << 20, '1'),
        std::string("3\r\nabc\r\n1\r\nd\r\n"), std::string("\0\xff junk\r\n", 9)}) {
    EXPECT_EQ(decode(verified, 3, {}, body).code, "IncompleteBody") << body.substr(0, 40);
    EXPECT_EQ(decode(verified, 3, {}, body, 1).code, "IncompleteBody") << body.substr(0, 40);
  }
  EXPECT_EQ(decode(verified, 3, {}, "3\r\nabc\r\n").code, "unfinished");
  EXPECT_EQ(decode(verified, 3, {}, "3\r\nabc\r\n0\r\n").code, "unfinished");

  const Verified with_signature = proof("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const std::string good = Body(with_signature).chunk("abc").chunk("").end();
  EXPECT_EQ(decode(with_signature, 3, {}, good).code, "");
  for (const auto& [from, to] : {std::pair{";", ":"}, std::pair{";chunk-signature=", ""},
                                 std::pair{"chunk-signature=", "chunk-signature=0"},
                                 std::pair{"chunk-signature", "chunk_signature"}}) {
    EXPECT_EQ(decode(with_signature, 3, {}, replaced(good, from, to)).code, "IncompleteBody");
  }
  EXPECT_EQ(decode(with_signature, 3, {}, "3\r\nabc\r\n0\r\n\r\n").code, "IncompleteBody");
  EXPECT_EQ(
      decode(with_signature, 3, kNames, replaced(good, "\r\n\r\n", "\r\n" + kCrc + "\r\n\r\n"))
          .code,
      "IncompleteBody");
}

TEST(Chunked, CVE_2021_21390_EveryChunkIsProved) {  // CH003
  const Verified verified = proof("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  Body body(verified);
  for (int i = 0; i < 5; ++i) body.chunk(std::string(8192, static_cast<char>('a' + i)));
  const std::string good = body.chunk("").end();
  EXPECT_EQ(decode(verified, 5 * 8192, {}, good).code, "");
  const std::size_t chunk = std::string_view("2000;chunk-signature=\r\n\r\n").size() + 64 + 8192;
  for (std::size_t i = 0; i < 6; ++i) {
    std::string flipped = good;
    flipped[i * chunk + 30] = flipped[i * chunk + 30] == 'a' ? 'b' : 'a';
    EXPECT_EQ(decode(verified, 5 * 8192, {}, flipped).code, "SignatureDoesNotMatch") << i;
    if (i == 5) continue;
    std::string other = good;
    other[i * chunk + 100] = '!';
    EXPECT_EQ(decode(verified, 5 * 8192, {}, other).code, "SignatureDoesNotMatch") << i;
    std::string dropped = good;
    dropped.erase(i * chunk, chunk);
    EXPECT_EQ(decode(verified, 4 * 8192, {}, dropped).code, "SignatureDoesNotMatch") << i;
    std::string repeated = good;
    repeated.insert(i * chunk, good.substr(i * chunk, chunk));
    EXPECT_EQ(decode(verified, 6 * 8192, {}, repeated).code, "SignatureDoesNotMatch") << i;
  }
  std::string swapped = good.substr(chunk, chunk) + good.substr(0, chunk) + good.substr(2 * chunk);
  EXPECT_EQ(decode(verified, 5 * 8192, {}, swapped).code, "SignatureDoesNotMatch");
}

TEST(Chunked, OnlyTheLastChunkMayBeShort) {  // CH007
  const Verified verified = proof("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const std::string large(8192, 'a');
  EXPECT_EQ(
      decode(verified, 8195, {}, Body(verified).chunk(large).chunk("abc").chunk("").end()).code,
      "");
  EXPECT_EQ(
      decode(verified, 8195, {}, Body(verified).chunk("abc").chunk(large).chunk("").end()).code,
      "InvalidChunkSizeError");
  EXPECT_EQ(decode(verified, 4, {}, Body(verified).chunk("abc").chunk("d").chunk("").end()).code,
            "InvalidChunkSizeError");
}

TEST(Chunked, Trailers) {  // CH013, CH019
  const Verified verified = proof("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  for (const std::string& trailers :
       {std::string("no colon\r\n"), std::string(":value\r\n"), std::string("x amz:v\r\n"),
        kCrc + "\r\n" + kCrc + "\r\n", kCrc + "\r\nContent-Length: 3\r\n", kCrc + "\r\nHost: h\r\n",
        kCrc + "\r\nAuthorization: x\r\n", std::string(),
        std::string("x-amz-checksum-crc32:AAAAAA==\r\n"), " " + kCrc + "\r\n", kCrc + "\r\r\n",
        std::string("x-amz-checksum-crc32c : a\r\n"), kCrc + std::string(1, '\0') + "\r\n",
        kCrc + "\r\nx-amz-trailer-signature:" + std::string(64, 'a') + "\r\n",
        "x-amz-checksum-crc32c:" + std::string(9000, 'a') + "\r\n"}) {
    const std::string body = "0\r\n" + trailers + "\r\n";
    EXPECT_EQ(decode(verified, 0, kNames, body).code, "MalformedTrailerError") << trailers;
    EXPECT_EQ(decode(verified, 0, kNames, body, 1).code, "MalformedTrailerError") << trailers;
  }
  EXPECT_EQ(decode(verified, 0, {}, "0\r\n" + kCrc + "\r\n\r\n").code, "MalformedTrailerError");
  EXPECT_EQ(decode(verified, 0, kNames, "0\r\n" + kCrc + "\n\n").code, "MalformedTrailerError");
}

TEST(Chunked, TrailersAreProved) {
  const Verified verified = proof("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
  const std::string good = Body(verified).chunk("abc").chunk("").trailer(kCrc).end();
  EXPECT_EQ(decode(verified, 3, kNames, good).code, "");
  EXPECT_EQ(decode(verified, 3, kNames, replaced(good, "sOO8", "tOO8")).code,
            "SignatureDoesNotMatch");
  EXPECT_EQ(
      decode(verified, 3, kNames, replaced(good, "trailer-signature:", "trailer-signature:0")).code,
      "SignatureDoesNotMatch");
  const std::string line = good.substr(good.find("x-amz-trailer-signature"));
  EXPECT_EQ(decode(verified, 3, kNames, replaced(good, line, "\r\n")).code,
            "MalformedTrailerError");
  EXPECT_EQ(decode(verified, 3, kNames, replaced(good, kCrc + "\r\n", "")).code,
            "MalformedTrailerError");
  EXPECT_EQ(
      decode(verified, 3, kNames, replaced(good, "x-amz-trailer-signature", "x-amz-trailer")).code,
      "MalformedTrailerError");
  const std::string after = good.substr(0, good.size() - 2) + "x-amz-checksum-sha1:a\r\n\r\n";
  EXPECT_EQ(decode(verified, 3, {kNames[0], "x-amz-checksum-sha1"}, after).code,
            "MalformedTrailerError");
}

TEST(Chunked, EveryBitOfASmallBodyCounts) {
  const Verified verified = proof("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
  const std::string good = Body(verified).chunk("abc").chunk("").trailer(kCrc).end();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = good;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const Decoded decoded = decode(verified, 3, kNames, changed);
      // The case of a trailer's name and white space after its value mean nothing.
      if (decoded.code.empty()) {
        EXPECT_GE(i, good.find(kCrc)) << changed;
        EXPECT_EQ(decoded.data, "abc");
        EXPECT_EQ(decoded.trailers, (Trailers{{"x-amz-checksum-crc32c", "sOO8/Q=="}}));
      }
    }
  }
}

}  // namespace
}  // namespace muzn::sigv4
