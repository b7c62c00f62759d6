// POST Object: what a form becomes, and what the service makes of it.
#include "codec/date.h"
#include "s3/post_form.h"
#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

http::Headers headers_of(const HeaderList& list) {
  http::Headers out;
  for (const auto& [name, value] : list) out.add(name, value);
  return out;
}

TEST(PostForm, FieldsBecomeHeadersOfThatObjectAlone) {
  const auto headers = object_headers_of(headers_of({{"key", "k"},
                                                     {"ACL", "public-read"},
                                                     {"Content-Type", " text/plain "},
                                                     {"X-Amz-Meta-A", "1"},
                                                     {"x-amz-storage-class", "STANDARD_IA"},
                                                     {"x-amz-copy-source", "b/k"},
                                                     {"x-amz-tagging", "a=b"},
                                                     {"x-amz-acl", "public-read-write"},
                                                     {"x-amz-content-sha256", "x"},
                                                     {"if-none-match", "*"},
                                                     {"policy", "p"}}));
  ASSERT_TRUE(headers);
  std::string shown;
  for (const auto header : headers->all()) {
    shown.append(header.name).append("=").append(header.value).append(";");
  }
  EXPECT_EQ(shown,
            "x-amz-acl=public-read;content-type=text/plain;x-amz-meta-a=1;"
            "x-amz-storage-class=STANDARD_IA;");
}

TEST(PostForm, CVE_2020_12059_TagsAreADocument) {
  const auto tags = object_headers_of(
      headers_of({{"tagging",
                   "<Tagging>\n<TagSet><Tag><Key>a b</Key><Value>+=</Value></Tag><Tag><Key>c"
                   "</Key><Value/></Tag></TagSet></Tagging>"}}));
  ASSERT_TRUE(tags) << tags.error().message;
  EXPECT_EQ(tags->get("x-amz-tagging"), "a%20b=%2B%3D&c=");
  for (const char* text :
       {"a=b", "", "<", "<Tagging/>x", "<Tagging><TagSet><Tag/></TagSet></Tagging>", "<Tags/>",
        "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>", "<Tagging><TagSet>"}) {
    const auto refused = object_headers_of(headers_of({{"tagging", text}}));
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformedXML) << text;
  }
}

TEST(PostForm, ValuesMustFitHeaders) {
  for (const auto& field : HeaderList{{"Content-Type", "a\r\nX-Evil: 1"},
                                      {"x-amz-meta-a", std::string("a\0b", 3)},
                                      {"x-amz-meta-a b", "1"},
                                      {"acl", "private\n"}}) {
    const auto headers = object_headers_of(headers_of({field}));
    ASSERT_FALSE(headers) << field.first;
    EXPECT_EQ(headers.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(PostForm, Redirects) {
  const auto to = [](const std::string& url) {
    return redirect_of(headers_of({{"success_action_redirect", url}}), "b", "a/k &", "e")
        .value_or("none");
  };
  const std::string said = "bucket=b&key=a%2Fk%20%26&etag=%22e%22";
  EXPECT_EQ(to("http://h"), "http://h?" + said);
  EXPECT_EQ(to("https://h/p?x=1"), "https://h/p?x=1&" + said);
  EXPECT_EQ(to("https://h/p#f"), "https://h/p?" + said + "#f");
  for (const std::string& bad : {std::string(), std::string("/p"), std::string("javascript:x"),
                                 std::string("http://h/\r\nX: 1"), std::string("http://h/ x"),
                                 std::string("http://h/\xc3\xbc")}) {
    EXPECT_EQ(to(bad), "none") << bad;
  }
  EXPECT_EQ(redirect_of(headers_of({{"redirect", "http://h"}}), "b", "k", "e"),
            "http://h?bucket=b&key=k&etag=%22e%22");
  EXPECT_EQ(redirect_of({}, "b", "k", "e"), std::nullopt);
}

class PostTest : public ObjectBench {
 protected:
  using Fields = HeaderList;

  static std::string form(const Fields& fields, std::string_view file) {
    std::string out;
    for (const auto& [name, value] : fields) {
      out.append("--b\r\nContent-Disposition: form-data; name=\"").append(name);
      out.append("\"\r\n\r\n").append(value).append("\r\n");
    }
    out.append(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d/f.txt\"\r\n\r\n");
    return out.append(file).append("\r\n--b--\r\n");
  }
  // The fields with a policy that has `conditions`, signed by alice.
  static Fields with_policy(Fields fields, const std::string& conditions,
                            const std::string& expiration = "2026-11-23T00:00:00Z") {
    const std::string credential = "AKALICE/20261122/us-east-1/s3/aws4_request";
    const std::string policy = codec::base64_encode(
        R"({"expiration": ")" + expiration + R"(", "conditions": [)" + conditions +
        R"(, {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"x-amz-credential": ")" + credential +
        R"("}, {"x-amz-date": "20261122T000000Z"}]})");
    fields.emplace_back("x-amz-algorithm", "AWS4-HMAC-SHA256");
    fields.emplace_back("x-amz-credential", credential);
    fields.emplace_back("x-amz-date", "20261122T000000Z");
    fields.emplace_back("policy", policy);
    fields.emplace_back(
        "x-amz-signature",
        codec::hex_encode(crypto::hmac_sha256(
            sigv4::derive_signing_key("secret of alice", "20261122", "us-east-1", "s3"), policy)));
    return fields;
  }
  Reply post(const Fields& fields, const std::string& file = "body") {
    return request("POST", "/bkt", form(fields, file),
                   {{"Content-Type", "multipart/form-data; boundary=b"}}, "");
  }
};

constexpr const char* kUsual = R"({"bucket": "bkt"}, ["starts-with", "$key", "up/"])";

TEST_F(PostTest, StoresTheFile) {
  const Reply reply = post(with_policy({{"key", "up/${filename}"}}, kUsual));
  EXPECT_EQ(reply.outcome(), "204");
  EXPECT_EQ(reply.header("Location"), "http://127.0.0.1:9000/bkt/up/f.txt");
  EXPECT_EQ(get("up/f.txt").body, "body");
  EXPECT_EQ(get("up/f.txt").header("ETag"), reply.header("ETag"));
}

TEST_F(PostTest, TheSizeMustBeInItsRange) {
  const auto fields =
      with_policy({{"key", "up/k"}}, std::string(kUsual) + R"(, ["content-length-range", 2, 4])");
  EXPECT_EQ(post(fields, "1").outcome(), "400 EntityTooSmall");
  EXPECT_EQ(post(fields, "12345").outcome(), "400 EntityTooLarge");
  EXPECT_EQ(get("up/k").outcome(), "404 NoSuchKey");
  EXPECT_EQ(post(fields, "12").outcome(), "204");
  EXPECT_EQ(post(fields, "1234").outcome(), "204");
  EXPECT_EQ(get("up/k").body, "1234");
}

TEST_F(PostTest, ThePolicyIsKept) {
  const Fields key = {{"key", "up/k"}};
  EXPECT_EQ(post(with_policy(key, kUsual, "2026-11-22T00:00:00Z")).outcome(), "403 AccessDenied");
  EXPECT_EQ(post(with_policy({{"key", "other"}}, kUsual)).outcome(), "403 AccessDenied");
  EXPECT_EQ(post(with_policy({key[0], {"acl", "private"}}, kUsual)).outcome(), "403 AccessDenied");
  EXPECT_EQ(post(with_policy(key, R"({"bucket": "b2"}, ["starts-with", "$key", ""])")).outcome(),
            "403 AccessDenied");
  EXPECT_EQ(post(with_policy({key[0], {"bucket", "b2"}},
                             R"({"bucket": "b2"}, ["starts-with", "$key", ""])"))
                .outcome(),
            "403 AccessDenied")
      << "the bucket is where the form went, whatever it says";
  EXPECT_EQ(get("up/k").outcome(), "404 NoSuchKey");
}

TEST_F(PostTest, NobodyWithoutAPolicy) {
  EXPECT_EQ(post({{"key", "k"}}).outcome(), "403 AccessDenied");
  Fields fields = with_policy({{"key", "up/k"}}, kUsual);
  fields.back().second[0] ^= 1;
  EXPECT_EQ(post(fields).outcome(), "403 SignatureDoesNotMatch");
  EXPECT_EQ(request("POST", "/bkt", form(with_policy({{"key", "up/k"}}, kUsual), "x"),
                    {{"Content-Type", "multipart/form-data; boundary=b"}})
                .outcome(),
            "400 InvalidRequest")
      << "credentials beside the form's";
  EXPECT_EQ(request("POST", "/bkt", "x", {}, "").outcome(), "412 PreconditionFailed");
  EXPECT_EQ(request("POST", "/bkt", "x", {{"Content-Type", "multipart/form-data"}}, "").outcome(),
            "400 MalformedPOSTRequest");
}

}  // namespace
}  // namespace muzn::s3
