// The rows of the table of bad inputs for the Authorization header (AU...), and their relatives.
#include <gtest/gtest.h>

#include "unit/sigv4/fixture.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kTrailerForm = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

std::string code_with(std::string_view authorization) {
  http::RequestHead head = signed_get();
  head.headers.set("Authorization", authorization);
  return code_of(head);
}

TEST(Header, NoCredentialsIsAnonymous) {  // AU001
  EXPECT_EQ(code_of(request("PUT", "/b/k", {{"Host", "h"}})), "anonymous");
  EXPECT_EQ(code_with(""), "anonymous");
  EXPECT_EQ(code_of(request("GET", "/b?list-type=2&prefix=a%2Fb", {{"Host", "h"}})), "anonymous");
}

TEST(Header, NotAnAuthorization) {  // AU003
  EXPECT_EQ(code_with("invalid_header"), "InvalidArgument");
  EXPECT_EQ(code_with("AWS4-HMAC-SHA256"), "InvalidArgument");
  EXPECT_EQ(code_with("Basic dXNlcjpwYXNz"), "InvalidArgument");
}

TEST(Header, OtherMechanisms) {  // AU005
  EXPECT_EQ(code_with("AWS AK:c2ln"), "InvalidRequest");
  EXPECT_EQ(code_with("AWS4-HMAC-SHA1 Credential=a"), "InvalidRequest");
  EXPECT_EQ(code_with("AWS4-ECDSA-P256-SHA256 Credential=a"), "InvalidRequest");
}

TEST(Header, Components) {  // AU007, AU009
  const auto get = signed_get();
  for (const auto& [from, to] :
       {std::pair{"SignedHeaders=", "SignedHeaders-"}, std::pair{"SignedHeaders=", "missing="},
        std::pair{"Credential=", "credential="},
        std::pair{", Signature=", ", Signature=a, Signature="},
        std::pair{", Signature=", ", Extra=1, Signature="},
        std::pair{"SignedHeaders=host", "SignedHeaders="},
        std::pair{"SignedHeaders=host;", "SignedHeaders=host;;"},
        std::pair{"AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 ,"}}) {
    EXPECT_EQ(code_of(with_authorization(get, from, to)), "AuthorizationHeaderMalformed") << to;
  }
  EXPECT_EQ(code_with("AWS4-HMAC-SHA256 "), "AuthorizationHeaderMalformed");
  EXPECT_EQ(code_with("AWS4-HMAC-SHA256 Signature=ab"), "AuthorizationHeaderMalformed");
}

TEST(Header, SignedHeadersAreFewAndDifferent) {
  const auto get = signed_get();
  EXPECT_EQ(code_of(with_authorization(get, "host;", "host;Host;")),
            "AuthorizationHeaderMalformed");
  std::string many;
  for (int i = 0; i < 200; ++i) many += "h" + std::to_string(i) + ";";
  EXPECT_EQ(code_of(with_authorization(get, "host;", "host;" + many)),
            "AuthorizationHeaderMalformed");
}

TEST(Header, ComponentsMayStandInAnyOrderAndWithoutSpaces) {
  const auto head = signed_get();
  const std::string text(*head.headers.get("Authorization"));
  auto tight = head;
  tight.headers.set("Authorization", replaced(replaced(text, ", ", ","), ", ", ","));
  EXPECT_EQ(code_of(tight), "");
  const std::size_t signature = text.find(", Signature=");
  auto turned = head;
  turned.headers.set("Authorization", "AWS4-HMAC-SHA256 " + text.substr(signature + 2) + " ,  " +
                                          text.substr(17, signature - 17));
  EXPECT_EQ(code_of(turned), "");
}

TEST(Header, Credential) {  // AU011, AU013, AU015
  const auto get = signed_get();
  for (const auto& [from, to] :
       {std::pair{"/s3/aws4_request", "/s3"}, std::pair{"/s3/", "/ec2/"},
        std::pair{"/aws4_request", "/aws_request"}, std::pair{"/20130524/", "/3223423234/"},
        std::pair{"/20130524/", "/20131324/"}, std::pair{"/20130524/", "/201305/"},
        std::pair{"/aws4_request", "/aws4_request/x"}, std::pair{"AKIAIOSFODNN7EXAMPLE/", "/"},
        std::pair{"/us-east-1/", "/"}, std::pair{"/20130524/", "/20130525/"}}) {
    EXPECT_EQ(code_of(with_authorization(get, from, to)), "AuthorizationHeaderMalformed") << to;
  }
}

TEST(Header, WrongRegionNamesTheRightOne) {
  const auto head = with_authorization(signed_get(), "us-east-1", "eu-west-1");
  const Refusal refusal = judge(head, kExampleTime, us_east_1()).refusal;
  EXPECT_EQ(refusal.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal.expected_region, "us-east-1");
  EXPECT_EQ(refusal.message,
            "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting "
            "'us-east-1'");
}

TEST(Header, UnknownKeyIsJudgedByTheCaller) {  // AU017
  EXPECT_EQ(code_of(with_authorization(signed_get(), "AKIA", "AKIB")), "InvalidAccessKeyId");
}

http::RequestHead dated(std::string_view name, std::string_view date) {
  http::RequestHead head = request("GET", "/test.txt", {{"Host", "h"}});
  for (const http::Header header : signed_get().headers.all()) {
    if (header.name != "X-Amz-Date" && header.name != "Host") {
      head.headers.add(header.name, header.value);
    }
  }
  if (!name.empty()) head.headers.add(name, date);
  return head;
}

TEST(Header, Dates) {  // AU019, AU023
  EXPECT_EQ(code_of(dated("", "")), "AccessDenied");
  EXPECT_EQ(code_of(dated("X-Amz-Date", "")), "AccessDenied");
  EXPECT_EQ(code_of(dated("X-Amz-Date", "Bad Date")), "AccessDenied");
  EXPECT_EQ(code_of(dated("X-Amz-Date", "20130231T000000Z")), "AccessDenied");
  EXPECT_EQ(code_of(dated("X-Amz-Date", "99991231T235959Z")), "RequestTimeTooSkewed");
  EXPECT_EQ(code_of(dated("X-Amz-Date", "00000101T000000Z")), "RequestTimeTooSkewed");
  EXPECT_EQ(code_of(dated("Date", "Tue, 07 Jul 2009 21:53:04 GMT")), "RequestTimeTooSkewed");
  http::RequestHead twice = signed_get();
  twice.headers.add("x-amz-date", "20130524T000000Z");
  EXPECT_EQ(code_of(twice), "AccessDenied");
}

TEST(Header, DateStandsInForAmzDate) {
  for (const std::string_view date :
       {"Fri, 24 May 2013 00:00:00 GMT", "Fri, 24 May 2013 00:00:00 -0000", "20130524T000000Z"}) {
    const auto head = dated("Date", date);
    const auto claim = parse_claim(head, us_east_1());
    ASSERT_TRUE(claim.has_value() && claim->has_value()) << date;
    EXPECT_EQ((*claim)->time, kExampleTime) << date;
  }
}

TEST(Header, Skew) {  // AU021
  using std::chrono::seconds;
  const auto head = signed_get();
  EXPECT_EQ(code_of(head, kExampleTime + seconds(900)), "");
  EXPECT_EQ(code_of(head, kExampleTime - seconds(900)), "");
  EXPECT_EQ(code_of(head, kExampleTime + seconds(901)), "RequestTimeTooSkewed");
  EXPECT_EQ(code_of(head, kExampleTime - seconds(901)), "RequestTimeTooSkewed");
}

TEST(Header, PayloadHash) {  // AU025, AU039
  EXPECT_EQ(code_of(signed_get("/k", "PUT", "invalid_sha256")), "InvalidArgument");
  EXPECT_EQ(code_of(signed_get("/k", "PUT", "")), "InvalidArgument");
  EXPECT_EQ(code_of(signed_get("/k", "PUT", "UNSIGNED-PAYLOAD")), "");
  EXPECT_EQ(code_of(signed_get("/k", "PUT", kTrailerForm)), "");
  EXPECT_EQ(code_of(signed_get("/b", "GET", kTrailerForm)), "InvalidRequest");
  EXPECT_EQ(code_of(signed_get("/b", "POST", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")),
            "InvalidRequest");
  http::RequestHead without =
      request("GET", "/b", {{"Host", "h"}, {"X-Amz-Date", "20130524T000000Z"}});
  without.headers.add("Authorization", *signed_get().headers.get("Authorization"));
  EXPECT_EQ(code_of(without), "InvalidRequest");
}

TEST(Header, UnsignedHeaders) {  // AU027
  for (const std::string_view name : {"x-amz-copy-source", "X-Amz-Tagging", "x-amz-anything"}) {
    http::RequestHead head = signed_get("/b/k", "PUT");
    head.headers.add(name, "v");
    const Refusal refusal = judge(head, kExampleTime, us_east_1()).refusal;
    EXPECT_EQ(refusal.code, "AccessDenied");
    EXPECT_TRUE(http::equal_ignoring_case(refusal.headers_not_signed, name));
  }
  http::RequestHead free = signed_get("/b/k", "PUT");
  free.headers.add("Content-Type", "text/plain");
  free.headers.add("Content-MD5", "x");
  EXPECT_EQ(code_of(free), "");
  EXPECT_EQ(code_of(with_authorization(signed_get(), "host;range", "range")), "AccessDenied");
}

TEST(Header, SignedHeaderThatIsNotThere) {  // AU029
  EXPECT_EQ(code_of(with_authorization(signed_get(), "host;range;", "host;if-match;range;")),
            "SignatureDoesNotMatch");
}

TEST(Header, MissingHeaderIsRefusedEvenWhenSignedAsEmpty) {
  http::RequestHead head = request("GET", "/k", {{"Host", "h"}, {"If-Match", ""}});
  sign(head, kEmptySha256, example_key(), "us-east-1", "s3", kExampleTime);
  EXPECT_EQ(code_of(head), "");
  http::RequestHead without = request("GET", "/k", {{"Host", "h"}});
  for (const http::Header header : head.headers.all()) {
    if (header.name != "Host" && header.name != "If-Match") {
      without.headers.add(header.name, header.value);
    }
  }
  EXPECT_EQ(code_of(without), "SignatureDoesNotMatch");
}

TEST(Header, SignaturesOfOtherForms) {  // AU031
  const auto head = signed_get();
  const std::string text(*head.headers.get("Authorization"));
  const std::string start = text.substr(0, text.size() - 64);
  for (const std::string& signature :
       {text.substr(start.size(), 63), text.substr(start.size()) + "0", std::string(64, 'z'),
        std::string(), std::string(64, '0')}) {
    EXPECT_EQ(code_with(start + signature), "SignatureDoesNotMatch") << signature;
  }
}

TEST(Header, TwoMechanisms) {  // AU033
  const std::string valid(*signed_get().headers.get("Authorization"));
  http::RequestHead two = signed_get();
  two.headers.add("authorization", "AWS4-HMAC-SHA256 x");
  EXPECT_EQ(code_of(two), "InvalidArgument");
  http::RequestHead both = presigned();
  both.headers.add("Authorization", valid);
  EXPECT_EQ(code_of(both), "InvalidArgument");
  EXPECT_EQ(code_of(with_query(both, "X-Amz-Algorithm", "X%2DAmz-Algorithm")), "InvalidArgument");
  EXPECT_EQ(code_of(with_query(both, "X-Amz-Signature", "Other")), "InvalidArgument");
}

TEST(Header, MadeUpSignatureOfAStreamingUpload) {  // AU035, AU037
  http::RequestHead head = signed_get("/b/k", "PUT", kTrailerForm);
  const std::string text(*head.headers.get("Authorization"));
  head.headers.set("Authorization", text.substr(0, text.size() - 64) + std::string(64, 'a'));
  EXPECT_EQ(code_of(head), "SignatureDoesNotMatch");

  http::RequestHead query = presigned("PUT");
  query.query.replace(query.query.size() - 64, 64, std::string(64, 'a'));
  query.headers.add("x-amz-content-sha256", kTrailerForm);
  EXPECT_EQ(code_of(query), "SignatureDoesNotMatch");
}

TEST(Header, PathIsEncodedOnce) {  // AU045
  http::RequestHead twice = signed_get("/b/a%2Fb");
  twice.path = "/b/a%252Fb";
  EXPECT_EQ(code_of(twice), "SignatureDoesNotMatch");
  http::RequestHead slash = signed_get("/b/a%2Fb");
  slash.path = "/b/a/b";
  EXPECT_EQ(code_of(slash), "SignatureDoesNotMatch");
  http::RequestHead plus = signed_get("/b/a%2Bb%C3%A9%7E");
  plus.path = "/b/a+b%c3%a9~";
  EXPECT_EQ(code_of(plus), "");
}

TEST(Header, QueryOrderDoesNotMatter) {  // AU047
  http::RequestHead head = signed_get("/b?prefix=a%20b&list-type=2&acl&x=2&x=1");
  head.query = "x=1&acl=&list-type=2&prefix=a+b&&x=2";
  EXPECT_EQ(code_of(head), "");
  head.query = "x=1&acl=&list-type=2&prefix=a+b";
  EXPECT_EQ(code_of(head), "SignatureDoesNotMatch");
}

TEST(Header, HostAndExternalHosts) {  // AU049
  http::RequestHead head = signed_get();
  head.host = "examplebucket.s3.amazonaws.com:9000";
  const Outcome outcome = judge(head, kExampleTime, us_east_1());
  EXPECT_EQ(outcome.code, "SignatureDoesNotMatch");
  EXPECT_NE(outcome.refusal.canonical_request.find("\nhost:examplebucket.s3.amazonaws.com:9000\n"),
            std::string::npos);
  EXPECT_TRUE(outcome.refusal.string_to_sign.starts_with("AWS4-HMAC-SHA256\n20130524T000000Z\n"));
  EXPECT_EQ(outcome.refusal.access_key, kAccessKey);
  EXPECT_EQ(outcome.refusal.signature_provided.size(), 64U);
  Options options = us_east_1();
  options.external_hosts = {"", "other.example", "examplebucket.s3.amazonaws.com"};
  EXPECT_EQ(code_of(head, kExampleTime, options), "");
}

TEST(Header, ValuesAreTrimmedAndJoined) {
  http::RequestHead head = request("PUT", "/k",
                                   {{"Host", "h"},
                                    {"X-Amz-Meta-A", " one   two "},
                                    {"x-amz-meta-a", "three\t four"},
                                    {"X-AMZ-Meta-B", ""}});
  sign(head, "UNSIGNED-PAYLOAD", example_key(), "us-east-1", "s3", kExampleTime);
  EXPECT_EQ(code_of(head), "");
  http::RequestHead same = head;
  same.headers.set("x-amz-meta-a", "one two,three four");
  EXPECT_EQ(code_of(same), "");
  same.headers.set("x-amz-meta-a", "three four,one two");
  EXPECT_EQ(code_of(same), "SignatureDoesNotMatch");
}

TEST(Header, SessionTokenIsClaimed) {
  http::RequestHead head = request("GET", "/k", {{"Host", "h"}});
  Key key = example_key();
  key.session_token = "token";
  sign(head, kEmptySha256, key, "us-east-1", "s3", kExampleTime);
  EXPECT_EQ(parse_claim(head, us_east_1())->value().session_token, "token");
  EXPECT_EQ(code_of(head), "");
}

// Any changed byte of what was signed is refused; nothing else is ever proved.
TEST(Header, EveryBitCounts) {
  const auto head = signed_get("/test.txt?list-type=2&prefix=J");
  const std::string text(*head.headers.get("Authorization"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 7; ++bit) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      http::RequestHead other = head;
      other.headers.set("Authorization", changed);
      const std::string code = code_of(other);
      // Signed header names are without case; a space before a component is no part of it.
      const bool same_meaning =
          (bit == 5 && i > text.find("SignedHeaders=") && i < text.find(", Signature=")) ||
          changed[i] == '\t';
      EXPECT_TRUE(same_meaning || !code.empty()) << changed;
    }
  }
  for (std::size_t i = 0; i < head.path.size(); ++i) {
    http::RequestHead other = head;
    other.path[i] = static_cast<char>(other.path[i] ^ 1);
    EXPECT_EQ(code_of(other), "SignatureDoesNotMatch");
  }
}

TEST(Header, OtherMethodOrSecret) {
  http::RequestHead head = signed_get();
  head.method = "DELETE";
  EXPECT_EQ(code_of(head), "SignatureDoesNotMatch");
  const auto claim = parse_claim(signed_get(), us_east_1());
  EXPECT_FALSE(verify(signed_get(), **claim, "", kExampleTime, us_east_1()).has_value());
  EXPECT_TRUE(verify(signed_get(), **claim, kSecret, kExampleTime, us_east_1()).has_value());
}

}  // namespace
}  // namespace muzn::sigv4
