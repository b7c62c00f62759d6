// What users and sessions of roles may, by what they hold.
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "gate/facts.h"
#include "gate/gate.h"
#include "gate/held.h"
#include "unit/control/controlled.h"

namespace muzn::gate {
using namespace std::string_literals;
namespace {

using control::IamKind;
using control::IamRef;

std::string policy_text(const std::string& effect, const std::string& action,
                        const std::string& more = "") {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + effect + R"(","Action":")" +
         action + R"(","Resource":"*")" + more + "}]}";
}

struct AuthorizeTest : testing::Test, control::Controlled {
  AuthorizeTest() {
    op = controller->state()->operator_id;
    const control::Account account = controller->new_account("Tenant", "tenant@example.org");
    tenant = account.id;
    propose(control::CreateAccount{account});
    propose(control::CreateUser{controller->new_user(tenant, "bob")});
    propose(controller->new_key(tenant, "", "TENANT", "some-secret"));
    propose(controller->new_key(tenant, "bob", "BOB", "some-secret"));
    propose(control::CreateUser{controller->new_user(op, "olga")});
    propose(controller->new_key(op, "olga", "OLGA", "some-secret"));
    GateOptions options;
    options.region = "us-east-1";
    options.session_key = session_key(control::kSealingKey);
    gate.emplace(*controller, clock, options);
  }
  static IamRef bob(const std::string& account) { return {account, IamKind::kUser, "bob"}; }
  void put(const IamRef& who, const std::string& text, const std::string& name = "p") {
    propose(control::PutInlinePolicy{.who = who, .name = name, .policy = text});
  }
  std::string make_policy(const std::string& name, const std::string& text) {
    const control::ManagedPolicy policy = controller->new_policy(tenant, name);
    propose(control::CreatePolicy{.policy = policy, .document = text});
    return control::arn_of(policy);
  }
  void make_role(const std::string& name, const std::string& text) {
    propose(control::CreateRole{.role = controller->new_role(tenant, name),
                                .trust = R"({"Statement":{"Effect":"Allow","Principal":{"AWS":")" +
                                         tenant + R"("},"Action":"sts:AssumeRole"}})"});
    put({tenant, IamKind::kRole, name}, text);
  }

  Authenticated as(const std::string& access_key, const std::string& token = "") {
    http::RequestHead head;
    head.method = "GET";
    head.target = head.path = "/bucket/key";
    head.host = "localhost:9000";
    head.headers.add("Host", head.host);
    const std::string secret = access_key == "ROOT" ? "operators-secret" : "some-secret";
    sigv4::sign(head, codec::hex_encode(crypto::sha256("")), {access_key, secret, token},
                "us-east-1", "s3", clock.now());
    return gate->authenticate(head).value();
  }
  Session session(Session::Kind kind) {
    Session out;
    out.kind = kind;
    out.access_key = "ASIA" + std::string(16, 'A');
    out.secret_key = "some-secret";
    out.account = tenant;
    out.issued = clock.now();
    out.expires = from_micros(clock.micros + 3'600'000'000);
    return out;
  }
  Session of_role(const std::string& role, const std::string& policy = "") {
    Session out = session(Session::Kind::kRole);
    out.role = role;
    out.role_id = controller->state()->role(tenant, role)->id;
    out.name = "alice";
    out.policy = policy;
    return out;
  }
  Authenticated in(const Session& session) {
    return as(session.access_key, gate->seal(session, rng).value());
  }

  std::expected<Authorized, Denial> ask(const Authenticated& who, std::string_view action,
                                        std::string owner = "", bool about_root = false) {
    Ask ask;
    ask.action = action;
    ask.resource = "arn:aws:s3:::b/k";
    ask.owner = std::move(owner);
    ask.about_root = about_root;
    return gate->authorize(who, ask);
  }
  bool may(const Authenticated& who, std::string_view action, std::string owner = "") {
    return ask(who, action, std::move(owner)).has_value();
  }

  std::string op;
  std::string tenant;
  std::optional<Gate> gate;
};

TEST_F(AuthorizeTest, AUserHasWhatItAndItsGroupsHold) {
  for (const char* action : {"s3:CreateBucket", "iam:ListUsers", "cloudtrail:GetTrail"}) {
    EXPECT_FALSE(may(as("BOB"), action, tenant)) << action;
  }
  put(bob(tenant), policy_text("Allow", "s3:*"));
  EXPECT_TRUE(may(as("BOB"), "s3:CreateBucket"));
  EXPECT_FALSE(may(as("BOB"), "iam:ListUsers", tenant));
  propose(control::CreateGroup{controller->new_group(tenant, "staff")});
  put({tenant, IamKind::kGroup, "staff"}, policy_text("Allow", "iam:List*"));
  EXPECT_FALSE(may(as("BOB"), "iam:ListUsers", tenant));
  propose(control::AddUserToGroup{.account = tenant, .group = "staff", .user = "bob"});
  EXPECT_TRUE(may(as("BOB"), "iam:ListUsers", tenant));
  propose(control::AttachPolicy{
      .who = bob(tenant),
      .policy_arn = make_policy("trails", policy_text("Allow", "cloudtrail:*"))});
  EXPECT_TRUE(may(as("BOB"), "cloudtrail:GetTrail", tenant));
  // Of another account nothing, whatever it says.
  EXPECT_FALSE(may(as("BOB"), "iam:ListUsers", op));
  EXPECT_FALSE(may(as("BOB"), "s3:GetAccountPublicAccessBlock", op));
  put({tenant, IamKind::kGroup, "staff"}, policy_text("Deny", "*"), "no");
  EXPECT_FALSE(may(as("BOB"), "s3:CreateBucket"));
}

TEST_F(AuthorizeTest, WhatDecidesIsTold) {
  const std::string begin = "User: arn:aws:iam::" + tenant +
                            ":user/bob is not authorized to perform: s3:CreateBucket on resource: "
                            "\"arn:aws:s3:::b/k\" ";
  EXPECT_EQ(ask(as("BOB"), "s3:CreateBucket").error().message,
            begin + "because no identity-based policy allows the s3:CreateBucket action");
  put(bob(tenant), policy_text("Allow", "*", R"(,"Sid":"All")"));
  EXPECT_EQ(ask(as("BOB"), "s3:CreateBucket")->decided_by(),
            "identity policy p, statement 1 (All)");
  propose(control::SetBoundary{.who = bob(tenant),
                               .policy_arn = make_policy("limit", policy_text("Allow", "iam:*"))});
  EXPECT_EQ(ask(as("BOB"), "s3:CreateBucket").error().message,
            begin + "because no permissions boundary allows the s3:CreateBucket action");
  put(bob(tenant), policy_text("Deny", "s3:Create*"), "q");
  const auto denied = ask(as("BOB"), "s3:CreateBucket");
  EXPECT_EQ(denied.error().message, begin + "with an explicit deny in an identity-based policy");
  EXPECT_EQ(denied.error().decided_by, "identity policy q, statement 1");
  // Nothing of a foreign resource is told.
  EXPECT_EQ(ask(as("BOB"), "iam:ListUsers", op).error().message, "Access Denied");
}

TEST_F(AuthorizeTest, ASessionOfARoleHasWhatTheRoleHolds) {
  make_role("ops", policy_text("Allow", "s3:*"));
  const Authenticated alice = in(of_role("ops"));
  EXPECT_EQ(alice.principal().type, Principal::Type::kRole);
  EXPECT_TRUE(may(alice, "s3:CreateBucket"));
  EXPECT_FALSE(may(alice, "iam:ListUsers", tenant));
  const Authenticated limited = in(of_role("ops", policy_text("Allow", "s3:List*")));
  EXPECT_TRUE(may(limited, "s3:ListAllMyBuckets"));
  EXPECT_FALSE(may(limited, "s3:CreateBucket"));
  EXPECT_TRUE(
      ask(limited, "s3:CreateBucket")
          .error()
          .message.ends_with("because no session policy allows the s3:CreateBucket action"));
  Session by_arn = of_role("ops");
  by_arn.policy_arns = {make_policy("reads", policy_text("Allow", "s3:Get*"))};
  EXPECT_TRUE(may(in(by_arn), "s3:GetAccountPublicAccessBlock"));
  EXPECT_FALSE(may(in(by_arn), "s3:CreateBucket"));
  // A limit that is not there any more limits all the more.
  propose(control::DeleteIam{{tenant, IamKind::kPolicy, "reads"}});
  EXPECT_FALSE(may(in(by_arn), "s3:GetAccountPublicAccessBlock"));
}

TEST_F(AuthorizeTest, AdministrationIsOfTheOperatorsAccount) {
  const IamRef olga{op, IamKind::kUser, "olga"};
  EXPECT_FALSE(may(as("OLGA"), "muzn:CreateAccount"));
  put(olga, policy_text("Allow", "muzn:*Account*"));
  EXPECT_TRUE(may(as("OLGA"), "muzn:CreateAccount"));
  EXPECT_TRUE(may(as("OLGA"), "muzn:GetAccount", tenant));
  EXPECT_FALSE(may(as("OLGA"), "muzn:CreateUser", tenant));
  // Nothing of that reaches anybody's data, nor another account's identities.
  put(olga, policy_text("Allow", "*"), "all");
  EXPECT_FALSE(may(as("OLGA"), "s3:GetObject", tenant));
  EXPECT_FALSE(may(as("OLGA"), "iam:ListUsers", tenant));
  // A tenant's users have of it what its root has, by their policies.
  put(bob(tenant), policy_text("Allow", "*"));
  EXPECT_TRUE(may(as("BOB"), "muzn:CreateUser", tenant));
  EXPECT_FALSE(may(as("BOB"), "muzn:CreateUser", op));
  EXPECT_FALSE(may(as("BOB"), "muzn:CreateAccount"));
  EXPECT_FALSE(may(as("BOB"), "muzn:ImportKey", tenant));
  EXPECT_TRUE(may(as("BOB"), "muzn:WhoAmI", tenant));
}

// A service account or key that outranks who made it: the root's own are its own matter.
TEST_F(AuthorizeTest, CVE_2021_43858_CVE_2022_24842_CVE_2024_24747_NobodyMakesItselfRoot) {
  put(bob(tenant), policy_text("Allow", "*"));
  put({op, IamKind::kUser, "olga"}, policy_text("Allow", "*"));
  for (const char* action :
       {"muzn:CreateKey", "muzn:ImportKey", "muzn:SetKeyStatus", "muzn:DeleteKey"}) {
    EXPECT_FALSE(ask(as("BOB"), action, tenant, true)) << action;
    EXPECT_FALSE(ask(as("OLGA"), action, tenant, true)) << action;
    EXPECT_TRUE(ask(as("ROOT"), action, tenant, true)) << action;
  }
  EXPECT_TRUE(ask(as("TENANT"), "muzn:CreateKey", tenant, true));
}

TEST_F(AuthorizeTest, CredentialsForAnHourMakeNoneForLong) {
  put(bob(tenant), policy_text("Allow", "*"));
  Session token = session(Session::Kind::kToken);
  token.user = "bob";
  token.user_id = controller->state()->user(tenant, "bob")->id;
  Session root = session(Session::Kind::kToken);
  for (const Session& one : {token, root}) {
    EXPECT_TRUE(may(in(one), "s3:CreateBucket"));
    EXPECT_TRUE(may(in(one), "sts:AssumeRole", tenant));
    EXPECT_TRUE(may(in(one), "muzn:WhoAmI", tenant));
    for (const char* action : {"iam:CreateAccessKey", "iam:ListUsers", "sts:GetSessionToken",
                               "muzn:CreateKey", "muzn:CreateUser"}) {
      EXPECT_FALSE(may(in(one), action, tenant)) << action;
    }
  }
}

// A session's policies hold for what it does in its own account, too: nothing that it may is more
// than its role may, nor more than its policies say.
TEST_F(AuthorizeTest, CVE_2025_62506_ASessionPolicyHoldsForCallsInItsOwnAccount) {
  make_role("admin", policy_text("Allow", "*"));
  const std::vector<std::string> actions = {
      "s3:CreateBucket",     "s3:ListAllMyBuckets", "iam:CreateUser",
      "iam:CreateAccessKey", "iam:PutUserPolicy",   "sts:AssumeRole",
      "muzn:CreateUser",     "muzn:CreateKey",      "cloudtrail:DeleteTrail"};
  for (const char* allowed : {"s3:*", "iam:Create*", "muzn:*", "*:CreateUser", "nothing:*"}) {
    const Authenticated limited = in(of_role("admin", policy_text("Allow", allowed)));
    const auto pattern =
        policy::Pattern::parse(allowed, {.wildcards = true, .variables = false}).value();
    for (const std::string& action : actions) {
      EXPECT_EQ(may(limited, action, tenant), policy::matches(pattern.glob(), action))
          << allowed << " " << action;
      EXPECT_TRUE(may(in(of_role("admin")), action, tenant)) << action;
    }
  }
}

TEST_F(AuthorizeTest, CVE_2024_43784_ARecreatedUserIsAnother) {
  put(bob(tenant), policy_text("Allow", "*"));
  const Authenticated before = as("BOB");
  EXPECT_TRUE(may(before, "s3:CreateBucket"));
  propose(control::DeleteKey{"BOB"});
  propose(control::DeleteInlinePolicy{.who = bob(tenant), .name = "p"});
  propose(control::DeleteUser{.account = tenant, .name = "bob"});
  propose(control::CreateUser{controller->new_user(tenant, "bob")});
  put(bob(tenant), policy_text("Allow", "*"));
  EXPECT_FALSE(may(before, "s3:CreateBucket"));
}

TEST_F(AuthorizeTest, PoliciesAskWhoAndFromWhere) {
  propose(control::PutTags{.what = bob(tenant), .tags = {{"Team", "red"}}});
  http::Request request;
  request.peer.address = "192.0.2.7";
  const auto allowed = [&](const std::string& condition) {
    put(bob(tenant), policy_text("Allow", "s3:*", R"(,"Condition":)" + condition));
    Ask ask;
    ask.action = "s3:CreateBucket";
    ask.resource = "arn:aws:s3:::b";
    ask.request = &request;
    return gate->authorize(as("BOB"), ask).has_value();
  };
  for (const std::string& yes :
       {R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})"s,
        R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})"s,
        R"({"StringEquals":{"aws:PrincipalAccount":")" + tenant + R"("}})",
        R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/bob"}})"s,
        R"({"StringEquals":{"aws:PrincipalType":"User","aws:username":"bob"}})"s,
        R"({"StringEquals":{"aws:RequestedRegion":"us-east-1"}})"s,
        R"({"Bool":{"aws:SecureTransport":"false"}})"s,
        R"({"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}})"s,
        R"({"Null":{"aws:TokenIssueTime":"true","aws:MultiFactorAuthPresent":"true"}})"s}) {
    EXPECT_TRUE(allowed(yes)) << yes;
  }
  for (const std::string& no : {R"({"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}})"s,
                                R"({"StringEquals":{"aws:PrincipalTag/team":"blue"}})"s,
                                R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}})"s}) {
    EXPECT_FALSE(allowed(no)) << no;
  }
}

TEST_F(AuthorizeTest, OfASessionItsRoleAndItsOwnTagsAreKnown) {
  make_role("ops", policy_text("Allow", "s3:*"));
  propose(control::PutTags{.what = {tenant, IamKind::kRole, "ops"},
                           .tags = {{"team", "red"}, {"cost", "1"}}});
  Session alice = of_role("ops");
  alice.tags = {{"Team", "blue"}};
  alice.source_identity = "alice@example.org";
  const Authenticated who = in(alice);
  const Held held(gate->state(), who.principal());
  const CommonFacts facts({.held = held,
                           .request = nullptr,
                           .now = clock.now(),
                           .region = "us-east-1",
                           .resource_account = tenant});
  const auto one = [&facts](std::string_view key) {
    const auto values = facts.values(key);
    return values && values->size() == 1 ? values->front() : "";
  };
  EXPECT_EQ(one("aws:principalarn"), "arn:aws:iam::" + tenant + ":role/ops");
  EXPECT_EQ(one("aws:userid"), alice.role_id + ":alice");
  EXPECT_EQ(one("aws:principaltype"), "AssumedRole");
  EXPECT_EQ(one("aws:principaltag/team"), "blue");
  EXPECT_EQ(one("aws:principaltag/cost"), "1");
  EXPECT_EQ(one("aws:sourceidentity"), "alice@example.org");
  EXPECT_EQ(one("aws:multifactorauthpresent"), "false");
  EXPECT_FALSE(one("aws:tokenissuetime").empty());
  EXPECT_EQ(facts.values("aws:username"), std::nullopt);
  EXPECT_EQ(facts.values("aws:sourceip"), std::nullopt);
}

TEST_F(AuthorizeTest, OnABucketOwnPoliciesCount) {
  make_role("ops", policy_text("Allow", "s3:GetObject"));
  put(bob(tenant), policy_text("Allow", "s3:*"));
  const policy::BucketRules own{.owner = tenant, .acls_disabled = true, .block = {}, .acl = {}};
  policy::BucketRules foreign = own;
  foreign.owner = op;
  const policy::ObjectRules object{.exists = true, .owner = tenant, .acl = {}};
  const auto allowed = [&](const Authenticated& who, std::string_view action,
                           const policy::BucketRules& rules) {
    Ask ask;
    ask.action = action;
    ask.resource = "arn:aws:s3:::b/k";
    ask.owner = rules.owner;
    ask.bucket = &rules;
    ask.key = "k";
    ask.object = &object;
    return gate->authorize(who, ask).has_value();
  };
  EXPECT_TRUE(allowed(as("BOB"), "s3:GetObject", own));
  EXPECT_TRUE(allowed(as("BOB"), "s3:DeleteObject", own));
  EXPECT_TRUE(allowed(in(of_role("ops")), "s3:GetObject", own));
  EXPECT_FALSE(allowed(in(of_role("ops")), "s3:DeleteObject", own));
  EXPECT_FALSE(allowed(as("BOB"), "s3:GetObject", foreign));
  EXPECT_FALSE(allowed(as("OLGA"), "s3:GetObject", own));
  // A list that names the account names its users as far as their policies go.
  foreign.acls_disabled = false;
  foreign.acl = policy::private_acl(op);
  foreign.acl.grants.push_back(
      {{policy::Grantee::Kind::kAccount, tenant}, policy::Permission::kWrite});
  EXPECT_TRUE(allowed(as("BOB"), "s3:PutObject", foreign));
  EXPECT_FALSE(allowed(in(of_role("ops")), "s3:PutObject", foreign));
}

}  // namespace
}  // namespace muzn::gate
