// The parser of policies: what the grammar has, and what is refused with which words.
#include "policy/document.h"

#include <gtest/gtest.h>

namespace muzn::policy {
namespace {

constexpr std::string_view kRest = R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*")";

Result<Document> parse(const std::string& text) {
  return parse_policy(text, Attachment::kResource);
}
std::string with(std::string_view statement) {
  return R"({"Version":"2012-10-17","Statement":[)" + std::string(statement) + "]}";
}
std::string allow(std::string_view principal) {
  return with(R"({"Effect":"Allow",)" + std::string(principal) + "," + std::string(kRest) + "}");
}
std::string conditioned(std::string_view condition) {
  return with(R"({"Effect":"Allow","Principal":"*",)" + std::string(kRest) + R"(,"Condition":)" +
              std::string(condition) + "}");
}
std::string refusal(const std::string& text) {
  const auto document = parse(text);
  return document ? "parsed" : document.error().what;
}

TEST(PolicyDocumentTest, EveryElementIsRead) {
  const auto document = parse(R"({
    "Version": "2012-10-17", "Id": "mine",
    "Statement": [
      {"Sid": "One", "Effect": "Allow",
       "Principal": {"AWS": ["111111111111", "arn:aws:iam::222222222222:root",
                             "arn:aws:iam::222222222222:user/dept/bob"],
                     "Service": "logging.s3.amazonaws.com",
                     "Federated": "accounts.google.com",
                     "CanonicalUser":
                       "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
       "Action": ["s3:GetObject", "s3:Put*"], "Resource": "arn:aws:s3:::b/${aws:username}/*",
       "Condition": {"StringLike": {"s3:prefix": ["a", "b"]}, "Bool": {"aws:SecureTransport": true},
                     "NumericLessThan": {"s3:max-keys": 10}}},
      {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "NotAction": "s3:*", "NotResource": "*"}]})");
  ASSERT_TRUE(document) << document.error().what;
  EXPECT_EQ(document->id, "mine");
  EXPECT_TRUE(document->variables);
  ASSERT_EQ(document->statements.size(), 2U);
  const Statement& one = document->statements[0];
  EXPECT_EQ(describe(*document, 0), "statement 1 (One)");
  EXPECT_EQ(describe(*document, 1), "statement 2");
  ASSERT_EQ(one.principals.size(), 6U);
  EXPECT_EQ(one.principals[0].kind, Principal::Kind::kAccount);
  EXPECT_EQ(one.principals[1].value, "222222222222");
  EXPECT_EQ(one.principals[2].kind, Principal::Kind::kIdentity);
  EXPECT_EQ(one.actions.patterns.size(), 2U);
  EXPECT_EQ(one.conditions.size(), 3U);
  EXPECT_TRUE(document->names("s3:prefix"));
  EXPECT_TRUE(document->names("aws:user"));
  EXPECT_FALSE(document->names("s3:existingobjecttag/"));
  const Statement& two = document->statements[1];
  EXPECT_TRUE(two.not_principal && two.actions.negated && two.resources.negated);
}

TEST(PolicyDocumentTest, TheOlderVersionHasNoVariables) {
  for (const char* version : {R"("Version":"2008-10-17",)", ""}) {
    const auto document =
        parse(std::string("{") + version + R"("Statement":{"Effect":"Deny","Principal":"*",
              "Action":"*","Resource":"arn:aws:s3:::b/${nothing"}})");
    ASSERT_TRUE(document) << document.error().what;
    EXPECT_FALSE(document->variables);
  }
}

TEST(PolicyDocumentTest, WhatIsNoPolicy) {
  for (const std::string text : {"", "not json", "[]", "7", R"("{}")", "{", "{} x"}) {
    EXPECT_TRUE(refusal(text).starts_with("Policies must be valid JSON")) << text;
  }
  EXPECT_EQ(refusal("{}"), "Missing required field Statement");
  EXPECT_EQ(refusal(R"({"Statement":[]})"), "Could not parse the policy: Statement is empty!");
  EXPECT_EQ(refusal(R"({"Statement":[7]})"), "A statement is an object, in statement 1");
  EXPECT_EQ(refusal(R"({"Version":"2012-10-18","Statement":[]})"),
            "The policy must contain a valid version string");
  EXPECT_EQ(refusal(R"({"Version":"2012-10-17","Statements":[]})"), "Unknown field Statements");
  EXPECT_EQ(refusal(R"({"Id":1,"Statement":[]})"), "Id is not a string");
  EXPECT_TRUE(refusal(R"({"Statement":[],"Statement":[]})").contains("duplicate"));
}

TEST(PolicyDocumentTest, StatementsWithoutOrWithTooMuch) {
  EXPECT_EQ(refusal(with(R"({"Sid":"S","Principal":"*","Action":"*","Resource":"*"})")),
            "Missing required field Effect, in statement 1 (S)");
  EXPECT_EQ(refusal(with(R"({"Effect":"Allow","Action":"*","Resource":"*"})")),
            "Missing required field Principal, in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"Allow","Principal":"*","Resource":"*"})")),
            "Missing required field Action, in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"Allow","Principal":"*","Action":"*"})")),
            "Missing required field Resource, in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"allow","Principal":"*","Action":"*","Resource":"*"})")),
            "Invalid effect: \"allow\", in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"Deny","Principal":"*","NotPrincipal":"*","Action":"*"})")),
            "Statement has both Principal and NotPrincipal, in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"Deny","Principal":"*","Action":"*","NotAction":"*"})")),
            "Statement has both Action and NotAction, in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
                             "NotResource":"*"})")),
            "Statement has both Resource and NotResource, in statement 1");
  EXPECT_EQ(refusal(with(R"({"Effect":"Deny","principal":"*"})")),
            "Unknown field principal, in statement 1");
  const std::string named =
      R"({"Sid":"S","Effect":"Deny","Principal":"*",)" + std::string(kRest) + "}";
  EXPECT_EQ(refusal(with(named + "," + named)),
            "Statement IDs (SID) in a single policy must be unique: S");
}

TEST(PolicyDocumentTest, PrincipalsThatAreNone) {
  for (const char* good : {R"("Principal":"*")", R"("Principal":{"AWS":"*"})"}) {
    EXPECT_EQ(refusal(allow(good)), "parsed") << good;
  }
  for (const char* bad :
       {R"("Principal":"111111111111")", R"("Principal":{})", R"("Principal":[])",
        R"("Principal":{"AWS":[]})", R"("Principal":{"AWS":[""]})", R"("Principal":{"AWS":7})",
        R"("Principal":{"aws":"*"})", R"("Principal":{"Service":"*"})",
        R"("Principal":{"AWS":"11111111111"})", R"("Principal":{"AWS":"1111111111111"})",
        R"("Principal":{"AWS":"arn:aws:iam::111111111111:*"})",
        R"("Principal":{"AWS":"arn:aws:iam::111111111111:user/*"})",
        R"("Principal":{"AWS":"arn:aws:iam::111111111111:user/"})",
        R"("Principal":{"AWS":"arn:aws:iam::111111111111"})",
        R"("Principal":{"AWS":"arn:aws:iam::*:root"})",
        R"("Principal":{"AWS":"arn:aws:iam::111111111111:group/g"})",
        R"("Principal":{"AWS":"arn:aws:sts::111111111111:root"})",
        R"("Principal":{"CanonicalUser":"abc"})", R"("NotPrincipal":{"AWS":"111111111111"})"}) {
    EXPECT_NE(refusal(allow(bad)), "parsed") << bad;
  }
  EXPECT_EQ(refusal(allow(R"("NotPrincipal":"*")")),
            "NotPrincipal must be used with Effect Deny, in statement 1");
}

TEST(PolicyDocumentTest, ActionsAndResourcesThatAreNone) {
  for (const char* action : {R"("")", "[]", "7", R"("GetObject")", R"("s3:")", R"(":Get")",
                             R"("s3:Get Object")", R"("s3:${x}")", R"(["s3:GetObject",7])"}) {
    EXPECT_NE(refusal(with(R"({"Effect":"Deny","Principal":"*","Resource":"*","Action":)" +
                           std::string(action) + "}")),
              "parsed")
        << action;
  }
  for (const char* resource : {R"("")", "[]", R"("b")", R"("b/*")", R"("arn:aws:s3:b")",
                               R"("arn:aws:s3:::b/${x")", R"({"a":1})"}) {
    EXPECT_NE(refusal(with(R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":)" +
                           std::string(resource) + "}")),
              "parsed")
        << resource;
  }
}

TEST(PolicyDocumentTest, ConditionsThatAreNone) {
  for (const char* good : {"{}", R"({"StringEquals":{}})", R"({"StringEquals":{"aws:a":[]}})",
                           R"({"ForAnyValue:StringLike":{"s3:RequestObjectTagKeys":["a","b"]}})",
                           R"({"Null":{"aws:a":true},"NumericEqualsIfExists":{"aws:a":"1"}})"}) {
    EXPECT_EQ(refusal(conditioned(good)), "parsed") << good;
  }
  EXPECT_EQ(refusal(conditioned(R"({"StringIs":{"aws:a":"b"}})")),
            "Invalid Condition type : StringIs, in statement 1");
  EXPECT_EQ(refusal(conditioned(R"({"StringEquals":{"aws:A":"b","aws:a":"b"}})")),
            "Duplicate condition key: aws:a, in statement 1");
  EXPECT_EQ(refusal(conditioned(R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/64"}})")),
            "Invalid value of condition IpAddress aws:SourceIp: \"10.0.0.0/64\" "
            "(not an IP address or block of them), in statement 1");
  for (const char* bad :
       {"[]", "7", R"({"StringEquals":"aws:a"})", R"({"StringEquals":{"a":"b"}})",
        R"({"StringEquals":{"aws:":"b"}})", R"({"StringEquals":{":a":"b"}})",
        R"({"StringEquals":{"aws:a":null}})", R"({"StringEquals":{"aws:a":{"b":"c"}}})",
        R"({"StringEquals":{"aws:a":["b",["c"]]}})"}) {
    EXPECT_NE(refusal(conditioned(bad)), "parsed") << bad;
  }
}

TEST(PolicyDocumentTest, SizesAreBounded) {
  const auto sized = [](std::size_t bytes, std::size_t spaces) {
    const std::string empty = allow(R"("Principal":{"AWS":"*"})");
    std::string text = empty;
    text.insert(1, R"("Id":")" + std::string(bytes - empty.size() - 8, 'x') + R"(",)");
    return text + std::string(spaces, ' ');
  };
  EXPECT_TRUE(parse(sized(kPolicyBytesMax, 0)));
  EXPECT_TRUE(parse(sized(kPolicyBytesMax, kPolicyTextMax - kPolicyBytesMax)));
  for (const std::string& text : {sized(kPolicyBytesMax + 1, 0),
                                  sized(kPolicyBytesMax, kPolicyTextMax - kPolicyBytesMax + 1)}) {
    const auto refused = parse(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kLimit);
  }
  // Deep or long nonsense is nonsense, not a stack that overflows.
  for (const std::string& text :
       {std::string(1U << 20, '['),
        R"({"Statement":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}"}) {
    const auto refused = parse(text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
  }
}

TEST(PolicyDocumentTest, APolicyOfAnIdentityNamesNobody) {
  const std::string text = with(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  EXPECT_TRUE(parse_policy(text, Attachment::kIdentity));
  EXPECT_FALSE(parse_policy(allow(R"("Principal":"*")"), Attachment::kIdentity));
}

}  // namespace
}  // namespace muzn::policy
