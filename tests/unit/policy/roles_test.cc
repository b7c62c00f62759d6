// Sessions of roles: who is meant by which ARN, and what boundaries and session policies hold back.
// AWS, "Policy evaluation logic", "Permissions boundaries for IAM entities", "AWS JSON policy
// elements: Principal", "... NotPrincipal".
#include <gtest/gtest.h>

#include "policy/bucket_policy.h"
#include "policy/evaluate.h"

namespace muzn::policy {
namespace {

const std::string kAccount = "111111111111";
const std::string kOther = "222222222222";
const std::string kRole = "arn:aws:iam::111111111111:role/team/ops";
const std::string kSession = "arn:aws:sts::111111111111:assumed-role/ops/alice";

Caller session(const std::string& name = "alice", const std::string& role_id = "AROAONE") {
  Caller out;
  out.account = kAccount;
  out.arn = "arn:aws:sts::111111111111:assumed-role/ops/" + name;
  out.user_id = role_id + ":" + name;
  out.role_arn = kRole;
  out.role_id = role_id;
  return out;
}
Caller user() {
  Caller out;
  out.account = kAccount;
  out.arn = "arn:aws:iam::111111111111:user/bob";
  out.user_id = "AIDAONE";
  return out;
}

Document resource(const std::string& effect, const std::string& principal) {
  auto document = parse_policy(R"({"Statement":{"Effect":")" + effect + R"(",)" + principal +
                                   R"(,"Action":"s3:*","Resource":"*"}})",
                               Attachment::kResource);
  EXPECT_TRUE(document) << document.error().what;
  return document ? *std::move(document) : Document{};
}
Document allow(const std::string& arn) {
  return resource("Allow", R"("Principal":{"AWS":")" + arn + R"("})");
}
Document own(const std::string& effect, const std::string& action) {
  return parse_policy(R"({"Statement":{"Effect":")" + effect + R"(","Action":")" + action +
                          R"(","Resource":"*"}})",
                      Attachment::kIdentity)
      .value();
}

struct Asked {
  const Document* resource = nullptr;
  const Document* boundary = nullptr;
  const Document* session = nullptr;
  const Document* identity = nullptr;
  std::string account = kAccount;
};
Decision ask(const Caller& caller, const Asked& asked) {
  const auto list = [](const Document* one) {
    return one == nullptr ? std::vector<Attached>{} : std::vector<Attached>{{"p", one}};
  };
  const auto boundaries = list(asked.boundary);
  const auto sessions = list(asked.session);
  const auto identity = list(asked.identity);
  Policies policies;
  policies.boundaries = boundaries;
  policies.sessions = sessions;
  policies.identity = identity;
  policies.resource = {"bucket policy", asked.resource};
  policies.resource_account = asked.account;
  const GivenFacts facts;
  return decide({caller, "s3:GetObject", "arn:aws:s3:::b/k", facts}, policies);
}
Verdict verdict(const Caller& caller, const Asked& asked) {
  return ask(caller, asked).verdict;
}

TEST(RolesTest, ARoleMeansAllOfItsSessionsAndASessionItself) {
  const Document role = allow(kRole);
  const Document alice = allow(kSession);
  const Document other = allow("arn:aws:iam::111111111111:role/other");
  EXPECT_EQ(verdict(session("alice"), {.resource = &role}), Verdict::kAllow);
  EXPECT_EQ(verdict(session("mallory"), {.resource = &role}), Verdict::kAllow);
  EXPECT_EQ(verdict(session("alice"), {.resource = &alice}), Verdict::kAllow);
  EXPECT_EQ(verdict(session("mallory"), {.resource = &alice}), Verdict::kSilent);
  EXPECT_EQ(verdict(session(), {.resource = &other}), Verdict::kSilent);
  EXPECT_EQ(verdict(user(), {.resource = &role}), Verdict::kSilent);
}

// The table of "Permissions boundaries for IAM entities": what a resource's policy gives within one
// account, when boundary or session policy are silent.
TEST(RolesTest, WhatIsGivenToTheRoleIsHeldBackAndWhatIsGivenToTheCallerIsNot) {
  const Document elsewhere = own("Allow", "iam:*");
  struct Case {
    Caller caller;
    Document resource;
    bool held_back;
  };
  const std::vector<Case> cases = {
      {session(), allow(kRole), true},
      {session(), allow(kSession), false},
      {session(), resource("Allow", R"("Principal":"*")"), false},
      {user(), allow("arn:aws:iam::111111111111:user/bob"), false},
      {user(), resource("Allow", R"("Principal":"*")"), false},
  };
  for (const Case& one : cases) {
    const Verdict expected = one.held_back ? Verdict::kSilent : Verdict::kAllow;
    EXPECT_EQ(verdict(one.caller, {.resource = &one.resource, .boundary = &elsewhere}), expected);
    EXPECT_EQ(verdict(one.caller, {.resource = &one.resource, .session = &elsewhere}), expected);
    EXPECT_EQ(verdict(one.caller, {.resource = &one.resource}), Verdict::kAllow);
    // Saying no is heard always.
    const Document no = own("Deny", "s3:*");
    EXPECT_EQ(verdict(one.caller, {.resource = &one.resource, .boundary = &no}), Verdict::kDeny);
    EXPECT_EQ(verdict(one.caller, {.resource = &one.resource, .session = &no}), Verdict::kDeny);
    // Nothing of it reaches across accounts without a word of the caller's own.
    EXPECT_EQ(verdict(one.caller, {.resource = &one.resource, .account = kOther}),
              Verdict::kSilent);
  }
  const Document role = allow(kRole);
  EXPECT_EQ(ask(session(), {.resource = &role, .session = &elsewhere}).source, Source::kSession);
}

TEST(RolesTest, AcrossAccountsBothSidesAgreeWithinAllLimits) {
  const Document all = own("Allow", "*");
  const Document elsewhere = own("Allow", "iam:*");
  for (const std::string& named : {kRole, kSession, kAccount}) {
    const Document given = allow(named);
    EXPECT_EQ(verdict(session(), {.resource = &given, .identity = &all, .account = kOther}),
              Verdict::kAllow);
    EXPECT_EQ(
        verdict(session(),
                {.resource = &given, .session = &elsewhere, .identity = &all, .account = kOther}),
        Verdict::kSilent);
    EXPECT_EQ(
        verdict(session(),
                {.resource = &given, .boundary = &elsewhere, .identity = &all, .account = kOther}),
        Verdict::kSilent);
  }
}

TEST(RolesTest, ToBeSparedASessionIsNamedWithItsRoleAndItsAccount) {
  const std::vector<std::string> names = {kSession, kRole, kAccount};
  const Document all = own("Allow", "*");
  for (unsigned set = 1; set < 8; ++set) {
    std::string list;
    for (unsigned i = 0; i < 3; ++i) {
      if ((set >> i & 1U) != 0) list += (list.empty() ? "\"" : ",\"") + names[i] + "\"";
    }
    const Document document = resource("Deny", R"("NotPrincipal":{"AWS":[)" + list + "]}");
    EXPECT_EQ(verdict(session(), {.resource = &document, .identity = &all}),
              set == 7 ? Verdict::kAllow : Verdict::kDeny)
        << list;
  }
}

TEST(RolesTest, ANamesakeOfARoleIsAnother) {
  Document document =
      resource("Allow", R"("Principal":{"AWS":[")" + kRole + R"(",")" + kSession + R"("]})");
  tie_principals(document, {.user_id =
                                [](std::string_view arn) {
                                  return std::string(arn == kRole ? "AROAONE" : "AROAONE:alice");
                                },
                            .account_id = [](std::string_view) { return std::string(); }});
  EXPECT_EQ(verdict(session("mallory"), {.resource = &document}), Verdict::kAllow);
  EXPECT_EQ(verdict(session("alice", "AROATWO"), {.resource = &document}), Verdict::kSilent);
  // Under another name it is the same.
  Caller moved = session();
  moved.role_arn = "arn:aws:iam::111111111111:role/elsewhere/ops";
  EXPECT_EQ(verdict(moved, {.resource = &document}), Verdict::kAllow);
}

TEST(RolesTest, WhoShowsATokenIsMeantByTheProviderAlone) {
  Caller stranger;
  stranger.provider = "arn:aws:iam::111111111111:oidc-provider/idp.example.com/a";
  const auto trust = [](const std::string& principal) {
    return parse_policy(R"({"Statement":{"Effect":"Allow","Principal":)" + principal +
                            R"(,"Action":"sts:AssumeRoleWithWebIdentity",
        "Condition":{"StringEquals":{"idp.example.com/a:aud":"app"}}}})",
                        Attachment::kTrust);
  };
  GivenFacts facts;
  facts.set("idp.example.com/a:aud", {"app"});
  const auto says = [&](const std::string& principal, const Caller& caller) {
    const auto document = trust(principal);
    EXPECT_TRUE(document) << document.error().what;
    return evaluate(*document, Attachment::kTrust,
                    {caller, "sts:AssumeRoleWithWebIdentity", kRole, facts});
  };
  const std::string named = R"({"Federated":")" + stranger.provider + R"("})";
  EXPECT_EQ(says(named, stranger).verdict, Verdict::kAllow);
  EXPECT_EQ(says(named, {}).verdict, Verdict::kSilent);
  EXPECT_EQ(says(named, user()).verdict, Verdict::kSilent);
  Caller other = stranger;
  other.provider += "b";
  EXPECT_EQ(says(named, other).verdict, Verdict::kSilent);
  // Everyone with a token of anybody's is not everyone.
  EXPECT_TRUE(says(R"("*")", stranger).to_account_only);
  EXPECT_FALSE(parse_policy(R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:*",
                                "Resource":"*"}})",
                            Attachment::kTrust));
}

}  // namespace
}  // namespace muzn::policy
