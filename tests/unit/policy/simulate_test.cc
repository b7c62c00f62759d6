#include "policy/simulate.h"

#include <gtest/gtest.h>

#include "policy/managed.h"

namespace muzn::policy {
namespace {

const std::string kText = R"({
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {
      "Sid": "Team",
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
      "Condition": {"Bool": {"aws:SecureTransport": "true"}}
    },
    {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
  ]
})";

struct SimulateTest : testing::Test {
  SimulateTest() : document(parse_policy(kText, Attachment::kIdentity).value()) {
    caller.account = "111111111111";
    caller.arn = "arn:aws:iam::111111111111:user/bob";
    identity = {{"PolicyInputList.1", "none", kText, &document}};
  }
  SimulatedResult ask(std::string_view action, std::string_view resource = "arn:aws:s3:::b/x/k") {
    return simulate({.caller = caller,
                     .identity = identity,
                     .boundaries = boundaries,
                     .charters = charters,
                     .resource = resource_policy,
                     .resource_account = {},
                     .facts = facts},
                    action, resource);
  }

  Document document;
  Document boundary;
  Caller caller;
  std::vector<SimulatedPolicy> identity;
  std::vector<SimulatedPolicy> boundaries;
  std::vector<SimulatedPolicy> charters;
  std::optional<SimulatedPolicy> resource_policy;
  GivenFacts facts;
};

TEST_F(SimulateTest, ToldAreTheStatementsThatDecide) {
  const SimulatedResult read = ask("s3:GetObject");
  EXPECT_EQ(decision_name(read.verdict), "allowed");
  ASSERT_EQ(read.matched.size(), 1U);
  EXPECT_EQ(read.matched[0].id, "PolicyInputList.1");
  ASSERT_TRUE(read.matched[0].span);
  EXPECT_EQ(read.matched[0].span->begin, (Place{4, 5}));
  EXPECT_EQ(read.matched[0].span->end, (Place{4, 77}));
  EXPECT_FALSE(read.boundary_allows);

  const SimulatedResult removal = ask("s3:DeleteObject");
  EXPECT_EQ(decision_name(removal.verdict), "explicitDeny");
  ASSERT_EQ(removal.matched.size(), 1U);
  EXPECT_EQ(removal.matched[0].statement, 2U);

  const SimulatedResult nothing = ask("iam:CreateUser");
  EXPECT_EQ(decision_name(nothing.verdict), "implicitDeny");
  EXPECT_TRUE(nothing.matched.empty());
}

TEST_F(SimulateTest, WhatTheRequestLacksIsTold) {
  EXPECT_EQ(ask("s3:PutObject").verdict, Verdict::kSilent);
  EXPECT_TRUE(ask("s3:PutObject").missing_context.contains("aws:PrincipalTag/team"));
  facts.set("aws:PrincipalTag/team", {"x"});
  EXPECT_EQ(ask("s3:PutObject").missing_context, std::set<std::string>{"aws:SecureTransport"});
  facts.set("aws:securetransport", {"true"});
  EXPECT_EQ(ask("s3:PutObject").verdict, Verdict::kAllow);
  EXPECT_TRUE(ask("s3:PutObject").missing_context.empty());
  EXPECT_EQ(ask("s3:GetObject").matched.size(), 2U);
  EXPECT_TRUE(ask("iam:CreateUser").missing_context.empty());
}

TEST_F(SimulateTest, ABoundaryIsToldApart) {
  boundary = parse_policy(R"({"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}})",
                          Attachment::kIdentity)
                 .value();
  boundaries = {{"boundary", "user-managed", "", &boundary}};
  const SimulatedResult read = ask("s3:GetObject");
  EXPECT_EQ(read.verdict, Verdict::kSilent);
  EXPECT_EQ(read.boundary_allows, false);
  EXPECT_EQ(ask("iam:CreateUser").boundary_allows, true);
  EXPECT_EQ(ask("iam:CreateUser").verdict, Verdict::kSilent);
}

TEST_F(SimulateTest, ACharterIsToldApartAndCanDeny) {
  boundary = parse_policy(R"({"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},
                              {"Effect":"Deny","Action":"iam:PassRole","Resource":"*"}]})",
                          Attachment::kIdentity)
                 .value();
  charters = {{"charter", "charter", "", &boundary}};
  EXPECT_EQ(ask("s3:GetObject").verdict, Verdict::kSilent);
  EXPECT_EQ(ask("s3:GetObject").charter_allows, false);
  EXPECT_EQ(ask("iam:CreateUser").charter_allows, true);
  const SimulatedResult denied = ask("iam:PassRole");
  EXPECT_EQ(denied.verdict, Verdict::kDeny);
  ASSERT_EQ(denied.matched.size(), 1U);
  EXPECT_EQ(denied.matched[0].id, "charter");
}

TEST_F(SimulateTest, AResourceMayGiveIt) {
  const std::string text = R"({"Statement":{"Effect":"Allow","Principal":{"AWS":
      "arn:aws:iam::111111111111:user/bob"},"Action":"s3:PutObject","Resource":"*"}})";
  const Document given = parse_policy(text, Attachment::kResource).value();
  resource_policy = SimulatedPolicy{"ResourcePolicy", "resource", text, &given};
  const SimulatedResult write = ask("s3:PutObject");
  EXPECT_EQ(write.verdict, Verdict::kAllow);
  ASSERT_EQ(write.matched.size(), 1U);
  EXPECT_EQ(write.matched[0].type, "resource");
}

TEST(PlacesTest, OneStatementOrMany) {
  const auto one = statement_places(R"({"Id":"a\"}{","Statement":{"Action":"{"},"Version":"x"})");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0], (Span{{1, 27}, {1, 41}}));
  EXPECT_EQ(statement_places("{\"Version\":1,\n\"Statement\" : [ {\"a\":[{}]} ,\n{} ]}"),
            (std::vector<Span>{{{2, 17}, {2, 27}}, {{3, 1}, {3, 3}}}));
  EXPECT_TRUE(statement_places(R"({"St\u0061tement":{}})").empty());
  EXPECT_TRUE(statement_places("{}").empty());
}

TEST(ManagedTest, EveryoneOfAwsIsRead) {
  EXPECT_FALSE(managed_policies().empty());
  for (const Managed& one : managed_policies()) {
    const Managed* const found =
        find_managed(std::string(kManagedArnPrefix) + std::string(one.name));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->document, one.document);
    EXPECT_EQ(*parse_policy(one.text, Attachment::kIdentity), *one.document);
    EXPECT_TRUE(one.id.starts_with("ANPA") && one.id.size() == 21) << one.name;
  }
  EXPECT_EQ(find_managed("arn:aws:iam::aws:policy/Nothing"), nullptr);
  EXPECT_EQ(find_managed("AdministratorAccess"), nullptr);
}

}  // namespace
}  // namespace muzn::policy
