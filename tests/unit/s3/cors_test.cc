// CORS: the document and its rules, matching, and what requests are answered.
#include "s3/cors.h"

#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

std::string cors(std::string_view rules) {
  return "<CORSConfiguration>" + std::string(rules) + "</CORSConfiguration>";
}
std::string rule(std::string_view method, std::string_view origin, std::string_view more = "") {
  return "<CORSRule><AllowedMethod>" + std::string(method) + "</AllowedMethod><AllowedOrigin>" +
         std::string(origin) + "</AllowedOrigin>" + std::string(more) + "</CORSRule>";
}
std::string verdict(const std::string& document) {
  const auto rules = parse_cors(document);
  return rules ? "good" : std::string(name(rules.error().code));
}

TEST(CorsDocument, ReadsAndWritesTheSame) {
  const std::string full =
      "<CORSRule><ID>one</ID><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>"
      "<AllowedOrigin>https://*.example.org</AllowedOrigin><AllowedOrigin>http://a</AllowedOrigin>"
      "<AllowedHeader>*</AllowedHeader><AllowedHeader>x-amz-*</AllowedHeader>"
      "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>";
  const auto rules = parse_cors(cors(full + rule("HEAD", "*")));
  ASSERT_TRUE(rules);
  ASSERT_EQ(rules->size(), 2U);
  EXPECT_EQ(rules->front().max_age_seconds, 3000U);
  EXPECT_NE(cors_document(*rules).find(full), std::string::npos) << cors_document(*rules);
  EXPECT_EQ(parse_cors(cors_document(*rules)), *rules);
}

TEST(CorsDocument, RefusesWhatAwsRefuses) {
  EXPECT_EQ(verdict(cors(rule("GET", "*"))), "good");
  for (const std::string& document :
       {std::string(), std::string("<x/>"), cors(""), cors("<Other/>"), cors("<CORSRule/>"),
        cors("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>"),
        cors("<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"), cors(rule("GET", "")),
        cors(rule("GET", "a\nb")), cors(rule("GET", " a")),
        cors(rule("GET", "a", "<MaxAgeSeconds>-1</MaxAgeSeconds>")),
        cors(rule("GET", "a", "<MaxAgeSeconds>4294967296</MaxAgeSeconds>")),
        cors(rule("GET", "a", "<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>1</MaxAgeSeconds>")),
        cors(rule("GET", "a", "<ID>a</ID><ID>b</ID>")), cors(rule("GET", "a", "<Other/>")),
        cors(rule("GET", "a", "<ExposeHeader>a b</ExposeHeader>"))}) {
    EXPECT_EQ(verdict(document), "MalformedXML") << document;
  }
  for (const std::string& document :
       {cors(rule("PATCH", "*")), cors(rule("get", "*")), cors(rule("OPTIONS", "*")),
        cors(rule("GET", "http://*.*.org")),
        cors(rule("GET", "*", "<AllowedHeader>*-*</AllowedHeader>")),
        cors(rule("GET", "*", "<ExposeHeader>*</ExposeHeader>")),
        cors(rule("GET", "*", "<ID>" + std::string(256, 'i') + "</ID>"))}) {
    EXPECT_EQ(verdict(document), "InvalidRequest") << document;
  }
  std::string many;
  for (std::size_t i = 0; i < kCorsRulesMax; ++i) many += rule("GET", "*");
  EXPECT_EQ(verdict(cors(many)), "good");
  EXPECT_EQ(verdict(cors(many + rule("GET", "*"))), "InvalidRequest");
}

std::size_t met(const std::vector<CorsRule>& rules, const CorsQuestion& question) {
  const CorsRule* const found = find_cors_rule(rules, question);
  return found == nullptr ? rules.size() : static_cast<std::size_t>(found - rules.data());
}

CorsRule one(std::vector<std::string> methods, std::vector<std::string> origins) {
  CorsRule out;
  out.methods = std::move(methods);
  out.origins = std::move(origins);
  return out;
}

TEST(CorsRules, OriginsMatchByTheirOneWildcard) {
  const std::vector<CorsRule> rules = {one({"GET"}, {"*suffix"}), one({"GET"}, {"start*end"}),
                                       one({"GET"}, {"https://a", "prefix*"}),
                                       one({"PUT"}, {"*.put"})};
  const auto at = [&](std::string_view origin, std::string_view method) {
    return met(rules, {.origin = origin, .method = method, .headers = {}});
  };
  EXPECT_EQ(at("a.suffix", "GET"), 0U);
  EXPECT_EQ(at("suffix", "GET"), 0U);
  EXPECT_EQ(at("a.suffix.b", "GET"), 4U);
  EXPECT_EQ(at("startend", "GET"), 1U);
  EXPECT_EQ(at("start..end", "GET"), 1U);
  EXPECT_EQ(at("starend", "GET"), 4U) << "the parts may not overlap";
  EXPECT_EQ(at("0startend", "GET"), 4U);
  EXPECT_EQ(at("prefix", "GET"), 2U);
  EXPECT_EQ(at("https://a", "GET"), 2U);
  EXPECT_EQ(at("HTTPS://a", "GET"), 4U);
  EXPECT_EQ(at("a.put", "PUT"), 3U);
  EXPECT_EQ(at("a.put", "GET"), 4U);
  EXPECT_EQ(at("a.suffix", "PUT"), 4U);
}

TEST(CorsRules, HeadersMatchWithoutCaseAndAllOfThem) {
  std::vector<CorsRule> rules = {one({"GET"}, {"*"})};
  rules.front().headers = {"X-Amz-*", "content-type"};
  const auto allowed = [&](std::vector<std::string_view> headers) {
    return met(rules, {.origin = "o", .method = "GET", .headers = std::move(headers)}) == 0;
  };
  EXPECT_TRUE(allowed({}));
  EXPECT_TRUE(allowed({"x-AMZ-date", "Content-Type"}));
  EXPECT_FALSE(allowed({"x-amz-date", "authorization"}));
}

class CorsTest : public ObjectBench {
 protected:
  Reply set(const std::string& document) {
    return request("PUT", "/bkt?cors", document,
                   {{"Content-MD5", codec::base64_encode(crypto::md5(document))}});
  }
  Reply ask(const std::string& target, const HeaderList& headers) {
    return request("OPTIONS", target, "", headers, "");
  }
};

TEST_F(CorsTest, TheDocumentComesBackAndGoes) {
  EXPECT_EQ(request("GET", "/bkt?cors").outcome(), "404 NoSuchCORSConfiguration");
  EXPECT_EQ(request("PUT", "/bkt?cors", cors(rule("GET", "*"))).outcome(), "400 InvalidRequest")
      << "without a checksum";
  EXPECT_EQ(set(cors(rule("PATCH", "*"))).outcome(), "400 InvalidRequest");
  EXPECT_EQ(set(cors(rule("GET", "*"))).outcome(), "200");
  const Reply shown = request("GET", "/bkt?cors");
  EXPECT_NE(shown.body.find(rule("GET", "*")), std::string::npos) << shown.body;
  EXPECT_EQ(request("GET", "/bkt?cors", "", {}, "AKBOB").outcome(), "403 AccessDenied");
  EXPECT_EQ(request("DELETE", "/bkt?cors").outcome(), "204");
  EXPECT_EQ(request("GET", "/bkt?cors").outcome(), "404 NoSuchCORSConfiguration");
}

TEST_F(CorsTest, PreflightTellsTheRule) {
  const HeaderList from = {{"Origin", "https://a.org"}, {"Access-Control-Request-Method", "PUT"}};
  EXPECT_EQ(ask("/bkt/k", {}).outcome(), "400 BadRequest");
  EXPECT_EQ(ask("/bkt/k", {from[0]}).outcome(), "400 BadRequest");
  EXPECT_EQ(ask("/bkt/k", {from[0], {from[1].first, "PATCH"}}).outcome(), "400 BadRequest");
  EXPECT_EQ(ask("/bkt/k", from).outcome(), "403 AccessForbidden");
  EXPECT_EQ(ask("/none/k", from).text("Message"), "CORSResponse: Bucket not found");
  EXPECT_EQ(ask("/", from).outcome(), "403 AccessForbidden");
  ASSERT_EQ(set(cors(rule("PUT", "https://*.org",
                          "<AllowedHeader>x-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>"
                          "<MaxAgeSeconds>60</MaxAgeSeconds>")))
                .outcome(),
            "200");
  HeaderList with_headers = from;
  with_headers.emplace_back("Access-Control-Request-Headers", "X-One, x-two");
  const Reply allowed = ask("/bkt/k?anything=%zz", with_headers);
  EXPECT_EQ(allowed.outcome(), "200");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Origin"), "https://a.org");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Methods"), "PUT");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Headers"), "x-one, x-two");
  EXPECT_EQ(allowed.header("Access-Control-Expose-Headers"), "ETag");
  EXPECT_EQ(allowed.header("Access-Control-Max-Age"), "60");
  EXPECT_EQ(allowed.header("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(allowed.header("Vary"), kCorsVary);
  EXPECT_TRUE(allowed.body.empty());
  with_headers.back().second = "x-one, authorization";
  const Reply refused = ask("/bkt/k", with_headers);
  EXPECT_EQ(refused.outcome(), "403 AccessForbidden");
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "(none)");
  EXPECT_EQ(refused.text("Method"), "PUT");
  EXPECT_EQ(refused.text("ResourceType"), "OBJECT");
}

TEST_F(CorsTest, AnswersTellWhoMayReadThem) {
  ASSERT_EQ(put("k", "body").outcome(), "200");
  const HeaderList origin = {{"Origin", "https://a.org"}};
  EXPECT_EQ(get("k", origin).header("Vary"), "(none)") << "no rules";
  ASSERT_EQ(set(cors(rule("GET", "https://*.org") + rule("GET", "*") + rule("PUT", "http://b")))
                .outcome(),
            "200");
  EXPECT_EQ(get("k").header("Access-Control-Allow-Origin"), "(none)");
  EXPECT_EQ(get("k").header("Vary"), "(none)");
  EXPECT_EQ(get("k", origin).header("Access-Control-Allow-Origin"), "https://a.org");
  EXPECT_EQ(get("k", origin).header("Access-Control-Allow-Credentials"), "true");
  const Reply anyone = get("k", {{"Origin", "null"}});
  EXPECT_EQ(anyone.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(anyone.header("Access-Control-Allow-Credentials"), "(none)") << "never with any origin";
  EXPECT_EQ(put("k", "body", origin).header("Access-Control-Allow-Origin"), "(none)");
  EXPECT_EQ(put("k", "body", origin).header("Vary"), kCorsVary);
  const Reply missing = get("none", origin);
  EXPECT_EQ(missing.outcome(), "404 NoSuchKey");
  EXPECT_EQ(missing.header("Access-Control-Allow-Origin"), "https://a.org") << "errors, too";
  const Reply denied = request("GET", "/bkt/k", "", origin, "");
  EXPECT_EQ(denied.outcome(), "403 AccessDenied");
  EXPECT_EQ(denied.header("Access-Control-Allow-Origin"), "https://a.org");
}

}  // namespace
}  // namespace muzn::s3
