// AWS's "Policy evaluation logic" and its examples, by hand; model_test.cc has the random ones.
#include "policy/evaluate.h"

#include <gtest/gtest.h>

#include <map>

#include "policy/bucket_policy.h"

namespace muzn::policy {
namespace {

const std::string kOwner = "111111111111";
const std::string kOther = "222222222222";

class MapFacts final : public Facts {
 public:
  std::map<std::string, std::vector<std::string>, std::less<>> map;
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }
};

Caller root(const std::string& account) {
  return {.account = account,
          .is_root = true,
          .arn = "arn:aws:iam::" + account + ":root",
          .user_id = {}};
}
Caller user(const std::string& account, const std::string& name,
            const std::string& id = "AIDAONE") {
  return {.account = account,
          .is_root = false,
          .arn = "arn:aws:iam::" + account + ":user/" + name,
          .user_id = id};
}

Document resource_policy(const std::string& statements) {
  auto document = parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                               Attachment::kResource);
  EXPECT_TRUE(document) << document.error().what;
  return document ? *std::move(document) : Document{};
}
Document identity_policy(const std::string& effect, const std::string& action = "*") {
  return parse_policy(R"({"Statement":{"Effect":")" + effect + R"(","Action":")" + action +
                          R"(","Resource":"*"}})",
                      Attachment::kIdentity)
      .value();
}
std::string statement(const std::string& effect, const std::string& principal,
                      const std::string& more = "") {
  return R"({"Effect":")" + effect + R"(",)" + principal +
         R"(,"Action":"s3:*","Resource":"arn:aws:s3:::b/*")" + more + "}";
}

// With a resource's policy only.
Verdict ask(const Document& document, const Caller& caller, const Facts& facts = MapFacts()) {
  const Policies policies{.charters = {},
                          .suspensions = {},
                          .boundaries = {},
                          .sessions = {},
                          .identity = {},
                          .resource = {"bucket", &document},
                          .resource_account = kOwner};
  return decide({caller, "s3:GetObject", "arn:aws:s3:::b/k", facts}, policies).verdict;
}

TEST(EvaluateTest, WhoIsMeant) {
  const Document everyone = resource_policy(statement("Allow", R"("Principal":"*")"));
  EXPECT_EQ(ask(everyone, {}), Verdict::kAllow);
  EXPECT_EQ(ask(everyone, user(kOwner, "bob")), Verdict::kAllow);
  EXPECT_EQ(ask(everyone, root(kOther)), Verdict::kAllow);
  // Of another account its own policies must allow it too, and it has none.
  EXPECT_EQ(ask(everyone, user(kOther, "bob")), Verdict::kSilent);

  const Document account =
      resource_policy(statement("Allow", R"("Principal":{"AWS":")" + kOther + R"("})"));
  EXPECT_EQ(ask(account, root(kOther)), Verdict::kAllow);
  EXPECT_EQ(ask(account, user(kOther, "bob")), Verdict::kSilent);
  EXPECT_EQ(ask(account, {}), Verdict::kSilent);

  const Document own =
      resource_policy(statement("Allow", R"("Principal":{"AWS":")" + kOwner + R"("})"));
  EXPECT_EQ(ask(own, user(kOwner, "bob")),
            Verdict::kSilent);  // the account would have to pass it on

  const Document bob = resource_policy(
      statement("Allow", R"("Principal":{"AWS":"arn:aws:iam::111111111111:user/bob"})"));
  EXPECT_EQ(ask(bob, user(kOwner, "bob")), Verdict::kAllow);
  EXPECT_EQ(ask(bob, user(kOwner, "eve")), Verdict::kSilent);
  EXPECT_EQ(ask(bob, user(kOther, "bob")), Verdict::kSilent);

  const Document service =
      resource_policy(statement("Allow", R"("Principal":{"Service":"logging.s3.amazonaws.com"})"));
  EXPECT_EQ(ask(service, root(kOther)), Verdict::kSilent);
}

TEST(EvaluateTest, AServiceHasWhatNamesIt) {
  const std::string named = R"("Principal":{"Service":"logging.s3.amazonaws.com"})";
  Caller service;
  service.service = "logging.s3.amazonaws.com";
  const Document allowed = resource_policy(statement("Allow", named));
  EXPECT_EQ(ask(allowed, service), Verdict::kAllow);
  Caller other;
  other.service = "other.amazonaws.com";
  EXPECT_EQ(ask(allowed, other), Verdict::kSilent);
  // What everyone may is not said to a service, but what nobody may is.
  EXPECT_EQ(ask(resource_policy(statement("Allow", R"("Principal":"*")")), service),
            Verdict::kSilent);
  EXPECT_EQ(ask(resource_policy(statement("Allow", named) + "," +
                                statement("Deny", R"("Principal":"*")")),
                service),
            Verdict::kDeny);
  EXPECT_EQ(ask(resource_policy(
                    statement("Allow", named) + "," +
                    statement("Deny", R"("NotPrincipal":{"Service":"logging.s3.amazonaws.com"})")),
                service),
            Verdict::kAllow);
}

TEST(EvaluateTest, ADenyIsOfTheWholeAccountAndOfTheRootToo) {
  const std::string all = statement("Allow", R"("Principal":"*")");
  const Document denied =
      resource_policy(all + "," + statement("Deny", R"("Principal":{"AWS":")" + kOwner + R"("})"));
  EXPECT_EQ(ask(denied, root(kOwner)), Verdict::kDeny);
  EXPECT_EQ(ask(denied, user(kOwner, "bob")), Verdict::kDeny);
  EXPECT_EQ(ask(denied, root(kOther)), Verdict::kAllow);
  EXPECT_EQ(ask(denied, {}), Verdict::kAllow);
  // In any order.
  EXPECT_EQ(ask(resource_policy(statement("Deny", R"("Principal":"*")") + "," + all), root(kOwner)),
            Verdict::kDeny);
}

TEST(EvaluateTest, NotPrincipalSparesWhoIsNamedWithItsAccount) {
  const Document both = resource_policy(statement(
      "Deny", R"("NotPrincipal":{"AWS":["arn:aws:iam::111111111111:user/bob","111111111111"]})"));
  EXPECT_EQ(ask(both, root(kOwner)), Verdict::kAllow);
  EXPECT_EQ(ask(both, user(kOwner, "bob")), Verdict::kSilent);
  EXPECT_EQ(ask(both, user(kOwner, "eve")), Verdict::kDeny);
  EXPECT_EQ(ask(both, root(kOther)), Verdict::kDeny);
  EXPECT_EQ(ask(both, {}), Verdict::kDeny);
  const Document alone = resource_policy(
      statement("Deny", R"("NotPrincipal":{"AWS":"arn:aws:iam::111111111111:user/bob"})"));
  EXPECT_EQ(ask(alone, user(kOwner, "bob")), Verdict::kDeny);
}

TEST(EvaluateTest, ANamesakeIsAnother) {
  Document document = resource_policy(
      statement("Allow", R"("Principal":{"AWS":["arn:aws:iam::111111111111:user/bob",
                             "arn:aws:iam::111111111111:user/gone"]})") +
      "," + statement("Allow", R"("Principal":{"CanonicalUser":
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"})"));
  tie_principals(document, {.user_id =
                                [](std::string_view arn) {
                                  return std::string(arn.ends_with("/bob") ? "AIDAONE" : "");
                                },
                            .account_id = [](std::string_view) { return kOther; }});
  EXPECT_EQ(ask(document, user(kOwner, "bob", "AIDAONE")), Verdict::kAllow);
  EXPECT_EQ(ask(document, user(kOwner, "bob", "AIDATWO")), Verdict::kSilent);
  EXPECT_EQ(ask(document, user(kOwner, "gone", "AIDATWO")), Verdict::kSilent);
  EXPECT_EQ(ask(document, root(kOther)), Verdict::kAllow);
}

TEST(EvaluateTest, ActionsHaveNoCaseAndResourcesDo) {
  const auto says = [](const std::string& action, const std::string& resource) {
    const Document document =
        resource_policy(R"({"Effect":"Allow","Principal":"*",)" + action + "," + resource + "}");
    return ask(document, {});
  };
  const std::string all = R"("Resource":"*")";
  EXPECT_EQ(says(R"("Action":"S3:GETOBJECT")", all), Verdict::kAllow);
  EXPECT_EQ(says(R"("Action":"s3:Get*")", all), Verdict::kAllow);
  EXPECT_EQ(says(R"("Action":"s3:GetObjectAcl")", all), Verdict::kSilent);
  EXPECT_EQ(says(R"("NotAction":"s3:Put*")", all), Verdict::kAllow);
  EXPECT_EQ(says(R"("NotAction":["s3:Put*","s3:G*"])", all), Verdict::kSilent);
  EXPECT_EQ(says(R"("Action":"*")", R"("Resource":"arn:aws:s3:::b/k")"), Verdict::kAllow);
  EXPECT_EQ(says(R"("Action":"*")", R"("Resource":"arn:aws:s3:::b/K")"), Verdict::kSilent);
  EXPECT_EQ(says(R"("Action":"*")", R"("Resource":"arn:aws:s3:::b")"), Verdict::kSilent);
  EXPECT_EQ(says(R"("Action":"*")", R"("NotResource":"arn:aws:s3:::b/private/*")"),
            Verdict::kAllow);
  EXPECT_EQ(says(R"("Action":"*")", R"("NotResource":"arn:aws:s3:::b/*")"), Verdict::kSilent);
}

// AWS, "Example: multiple keys or values": conditions are ANDed, values ORed.
TEST(EvaluateTest, AllConditionsAndAnyValue) {
  const Document document = resource_policy(statement(
      "Allow", R"("Principal":"*")",
      R"(,"Condition":{"StringEquals":{"aws:a":["1","2"],"aws:b":"1"},"Bool":{"aws:c":"true"}})"));
  MapFacts facts;
  facts.map = {{"aws:a", {"2"}}, {"aws:b", {"1"}}, {"aws:c", {"true"}}};
  EXPECT_EQ(ask(document, {}, facts), Verdict::kAllow);
  for (const char* key : {"aws:a", "aws:b", "aws:c"}) {
    MapFacts other = facts;
    other.map[key] = {"3"};
    EXPECT_EQ(ask(document, {}, other), Verdict::kSilent) << key;
    other.map.erase(key);
    EXPECT_EQ(ask(document, {}, other), Verdict::kSilent) << key;
  }
}

class SettledFacts final : public Facts {
 public:
  std::optional<std::vector<std::string>> values(std::string_view) const override { return {}; }
  bool settled(std::string_view key) const override { return key == "s3:x-amz-acl"; }
};

TEST(EvaluateTest, WhatWasJudgedWhenItBeganIsSettled) {
  const SettledFacts facts;
  const std::string acl = R"({"s3:x-amz-acl":"private"})";
  const auto allowed =
      statement("Allow", R"("Principal":"*")", R"(,"Condition":{"StringEquals":)" + acl + "}");
  const auto denied =
      statement("Deny", R"("Principal":"*")", R"(,"Condition":{"StringNotEquals":)" + acl + "}");
  EXPECT_EQ(ask(resource_policy(allowed), {}, facts), Verdict::kAllow);
  EXPECT_EQ(ask(resource_policy(allowed + "," + denied), {}, facts), Verdict::kAllow);
  EXPECT_EQ(ask(resource_policy(allowed), {}), Verdict::kSilent);
  const auto also = statement("Allow", R"("Principal":"*")",
                              R"(,"Condition":{"StringEquals":{"s3:x-amz-acl":"a","aws:b":"c"}})");
  EXPECT_EQ(ask(resource_policy(also), {}, facts), Verdict::kSilent);
}

struct Layer {
  std::string effect;  // "" = no policy of this kind
  std::optional<Document> document;
  std::vector<Attached> attached;

  explicit Layer(const std::string& given) : effect(given) {
    if (given.empty()) return;
    // "Other" allows something else.
    document = given == "Other" ? identity_policy("Allow", "iam:*") : identity_policy(given);
    attached.push_back({"policy", &*document});
  }
};

// charter ∩ (resource ∪ boundary ∩ session ∩ identity) where the resource's policy means the caller
// itself, and all of them across accounts; deny wins: every combination.
TEST(EvaluateTest, TheTruthTableOfAllKinds) {
  const std::vector<std::string> kinds = {"", "Allow", "Other", "Deny"};
  const MapFacts facts;
  const Caller bob = user(kOwner, "bob");
  const Caller stranger = user(kOther, "bob");
  const Document allows = resource_policy(statement("Allow", R"("Principal":"*")"));
  const Document denies = resource_policy(statement("Deny", R"("Principal":"*")"));
  for (std::size_t code = 0; code < 4UL * 4 * 4 * 4 * 3 * 2; ++code) {
    const Layer charter(kinds[code % 4]);
    const Layer boundary(kinds[code / 4 % 4]);
    const Layer session(kinds[code / 16 % 4]);
    const Layer identity(kinds[code / 64 % 4]);
    const std::size_t resource = code / 256 % 3;
    const bool same = code / 768 == 0;
    const Document* const document = resource == 0 ? nullptr : (resource == 1 ? &allows : &denies);
    const Decision decision =
        decide({same ? bob : stranger, "s3:GetObject", "arn:aws:s3:::b/k", facts},
               {.charters = charter.attached,
                .suspensions = {},
                .boundaries = boundary.attached,
                .sessions = session.attached,
                .identity = identity.attached,
                .resource = {"resource", document},
                .resource_account = kOwner});
    bool denied = resource == 2;
    for (const Layer* layer : {&charter, &boundary, &session, &identity}) {
      denied = denied || layer->effect == "Deny";
    }
    const bool by_charter = charter.effect != "Other";
    const bool within = boundary.effect != "Other" && session.effect != "Other";
    const bool own = identity.effect == "Allow" && within;
    const bool granted = by_charter && (same ? own || resource == 1 : own && resource == 1);
    const Verdict expected =
        denied ? Verdict::kDeny : (granted ? Verdict::kAllow : Verdict::kSilent);
    ASSERT_EQ(decision.verdict, expected) << code;
    if (expected != Verdict::kSilent) ASSERT_NE(decision.statement, nullptr) << code;
    if (expected != Verdict::kSilent) continue;
    // What holds an allowed one back is told.
    const bool held = identity.effect == "Allow" && !within;
    const Source told = !by_charter                  ? Source::kCharter
                        : !held                      ? Source::kNothing
                        : boundary.effect == "Other" ? Source::kBoundary
                                                     : Source::kSession;
    ASSERT_EQ(decision.source, told) << code;
  }
}

TEST(EvaluateTest, TheStatementThatDecidedIsTold) {
  const Document document = resource_policy(
      R"({"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"*"},
         {"Sid":"NoWrite","Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"*"})");
  const MapFacts facts;
  const Caller nobody;
  const Policies policies{.charters = {},
                          .suspensions = {},
                          .boundaries = {},
                          .sessions = {},
                          .identity = {},
                          .resource = {"bucket policy", &document},
                          .resource_account = kOwner};
  const Decision read = decide({nobody, "s3:GetObject", "arn:aws:s3:::b/k", facts}, policies);
  EXPECT_EQ(read.statement->sid, "Read");
  EXPECT_EQ(read.policy, "bucket policy");
  const Decision write = decide({nobody, "s3:PutObject", "arn:aws:s3:::b/k", facts}, policies);
  EXPECT_EQ(write.statement->sid, "NoWrite");
  EXPECT_EQ(write.statement_index, 1U);
  const Decision other = decide({nobody, "s3:ListBucket", "arn:aws:s3:::b", facts}, policies);
  EXPECT_EQ(other.statement, nullptr);
}

// --- the meaning of public ---

bool is_public_with(const std::string& principal, const std::string& condition) {
  return is_public(resource_policy(
      statement("Allow", principal, condition.empty() ? "" : R"(,"Condition":)" + condition)));
}

TEST(PublicTest, EveryoneIsPublicUnlessHeldToSomebody) {
  const std::string all = R"("Principal":"*")";
  EXPECT_TRUE(is_public_with(all, ""));
  EXPECT_TRUE(is_public_with(R"("Principal":{"AWS":["111111111111","*"]})", ""));
  EXPECT_FALSE(is_public_with(R"("Principal":{"AWS":"111111111111"})", ""));
  EXPECT_FALSE(is_public_with(R"("Principal":{"Service":"s3.amazonaws.com"})", ""));
  for (
      const char* held :
      {R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})",
       R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}})",
       R"({"StringEquals":{"aws:SourceVpc":"vpc-1"}})",
       R"({"StringLike":{"aws:SourceVpce":"vpce-1"}})",
       R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})",
       R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/bob"}})",
       R"({"ForAnyValue:StringEquals":{"aws:userid":"AIDA"}})",
       R"({"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:*:111111111111:accesspoint/*"}})",
       R"({"StringEquals":{"aws:SourceAccount":"111111111111"},"Bool":{"aws:SecureTransport":"true"}})"}) {
    EXPECT_FALSE(is_public_with(all, held)) << held;
  }
  for (const char* open :
       {R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})",
        R"({"IpAddress":{"aws:SourceIp":"8.0.0.0/7"}})",
        R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","::/0"]}})",
        R"({"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}})",
        R"({"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}})",
        R"({"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}})",
        R"({"StringLike":{"aws:SourceVpc":"vpc-*"}})",
        R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})",
        R"({"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}})",
        R"({"ForAllValues:StringEquals":{"aws:userid":"AIDA"}})",
        R"({"StringEquals":{"aws:PrincipalArn":"${aws:PrincipalArn}"}})",
        R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:*"}})",
        R"({"StringLike":{"aws:Referer":"https://example.org/page"}})",
        R"({"Null":{"aws:SourceVpc":"false"}})", R"({"Bool":{"aws:SecureTransport":"true"}})"}) {
    EXPECT_TRUE(is_public_with(all, open)) << open;
  }
  EXPECT_FALSE(is_public(resource_policy(statement("Deny", all))));
  EXPECT_TRUE(
      is_public(resource_policy(statement("Allow", R"("Principal":{"AWS":"111111111111"})") + "," +
                                statement("Allow", all))));
}

}  // namespace
}  // namespace muzn::policy
