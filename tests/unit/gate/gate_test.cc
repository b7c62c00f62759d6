#include "gate/gate.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "unit/control/controlled.h"

namespace muzn::gate {
namespace {

using control::CreateAccount;
using control::CreateUser;

static_assert(!std::is_default_constructible_v<Authenticated>);
static_assert(!std::is_default_constructible_v<Authorized>);

struct GateTest : testing::Test, control::Controlled {
  GateTest() {
    account = controller->new_account("Tenant", "tenant@example.org");
    propose(CreateAccount{account});
    propose(CreateUser{controller->new_user(account.id, "bob")});
    propose(controller->new_key(account.id, "", "TENANT", "tenants-secret"));
    propose(controller->new_key(account.id, "bob", "BOB", "bobs-secret"));
    gate.emplace(*controller, clock, GateOptions{"us-east-1", {}});
  }
  http::RequestHead request(std::string access_key, std::string secret, std::string service = "s3",
                            std::string token = "") {
    http::RequestHead head;
    head.method = "GET";
    head.target = head.path = "/bucket/key";
    head.host = "localhost:9000";
    head.headers.add("Host", head.host);
    sigv4::sign(head, codec::hex_encode(crypto::sha256("")),
                {std::move(access_key), std::move(secret), std::move(token)}, "us-east-1", service,
                clock.now());
    return head;
  }
  std::string refusal(const http::RequestHead& head, std::string_view service = "s3") {
    const auto who = gate->authenticate(head, service);
    return who ? "" : who.error().code;
  }
  Authenticated as(std::string access_key, std::string secret) {
    return gate->authenticate(request(std::move(access_key), std::move(secret))).value();
  }
  Authenticated anonymous() { return gate->authenticate(http::RequestHead{}).value(); }
  static Ask asking(std::string_view action, std::string owner) {
    Ask ask;
    ask.action = action;
    ask.resource = "arn:aws:s3:::b/k";
    ask.owner = std::move(owner);
    return ask;
  }
  bool may(Authenticated who, std::string_view action, std::string owner) {
    return gate->authorize(std::move(who), asking(action, std::move(owner))).has_value();
  }

  control::Account account;
  std::optional<Gate> gate;
};

// Publishes nothing.
class Silent final : public tlog::Publisher {
 public:
  Task<Result<void>> publish(std::uint64_t /*size*/) override {
    co_return fail(Code::kUnavailable, "silent");
  }
};

// Its secret went with the act that removes it, which waits: the operator has no other key in
// force.
TEST_F(GateTest, AKeyWithoutItsSecretIsNobodys) {
  Silent silent;
  const control::Ledger told = log.ledger();
  const auto open = [&] {
    controller = run_sync(open_controller(rows, {told.log, silent, told.policy}, clock, rng,
                                          control::kSealingKey, {}, "us-east-1"))
                     .value();
  };
  open();
  const std::string owner = controller->state()->operator_id;
  for (control::ActBody body :
       {control::ActBody(controller->new_key(owner, "", "SPARE", "spares-secret")),
        control::ActBody(control::DeleteKey{"ROOT"})}) {
    EXPECT_EQ(run_sync(controller->propose("test", "", std::move(body))).error().code,
              Code::kUnavailable);
  }
  open();
  ASSERT_NE(controller->state()->key("ROOT"), nullptr);
  gate.emplace(*controller, clock, GateOptions{"us-east-1", {}});
  for (const char* secret : {"operators-secret", "", "guessed"}) {
    EXPECT_EQ(refusal(request("ROOT", secret)), "InvalidAccessKeyId") << secret;
  }
  EXPECT_EQ(refusal(request("BOB", "bobs-secret")), "");
}

TEST_F(GateTest, Principals) {
  const Authenticated root = as("TENANT", "tenants-secret");
  EXPECT_EQ(root.principal().type, Principal::Type::kRoot);
  EXPECT_EQ(root.principal().account, account.id);
  EXPECT_EQ(root.principal().user, "");
  EXPECT_EQ(root.principal().arn, "arn:aws:iam::" + account.id + ":root");
  EXPECT_EQ(root.principal().access_key, "TENANT");
  EXPECT_FALSE(root.principal().is_operator);
  ASSERT_TRUE(root.proof());
  EXPECT_EQ(root.proof()->claim().access_key, "TENANT");

  const Authenticated bob = as("BOB", "bobs-secret");
  EXPECT_EQ(bob.principal().type, Principal::Type::kUser);
  EXPECT_EQ(bob.principal().arn, "arn:aws:iam::" + account.id + ":user/bob");

  EXPECT_TRUE(as("ROOT", "operators-secret").principal().is_operator);

  EXPECT_EQ(anonymous().principal().type, Principal::Type::kAnonymous);
  EXPECT_EQ(anonymous().principal().account, "");
  EXPECT_FALSE(anonymous().proof());
}

TEST_F(GateTest, Refusals) {
  EXPECT_EQ(refusal(request("NOBODY", "tenants-secret")), "InvalidAccessKeyId");
  EXPECT_EQ(refusal(request("TENANT", "bobs-secret")), "SignatureDoesNotMatch");
  EXPECT_EQ(refusal(request("TENANT", "tenants-secret", "muzn")), "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal(request("TENANT", "tenants-secret", "muzn"), "muzn"), "");
  EXPECT_EQ(refusal(request("TENANT", "tenants-secret", "s3", "token")), "InvalidToken");
  http::RequestHead altered = request("TENANT", "tenants-secret");
  altered.target = altered.path = "/bucket/other";
  EXPECT_EQ(refusal(altered), "SignatureDoesNotMatch");
  // A key that does not exist has no secret to be guessed: not even the stand-in.
  EXPECT_EQ(refusal(request("NOBODY", std::string(40, '0'))), "InvalidAccessKeyId");
  // The request's own faults come first, for keys that exist and others.
  const http::RequestHead known = request("TENANT", "tenants-secret");
  const http::RequestHead unknown = request("NOBODY", "tenants-secret");
  clock.micros += 16LL * 60 * 1'000'000;
  EXPECT_EQ(refusal(known), "RequestTimeTooSkewed");
  EXPECT_EQ(refusal(unknown), "RequestTimeTooSkewed");
}

TEST_F(GateTest, UnknownKeysLearnNothing) {
  const auto refused = gate->authenticate(request("NOBODY", "tenants-secret"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().canonical_request, "");
  EXPECT_EQ(refused.error().string_to_sign, "");
  EXPECT_EQ(refused.error().access_key, "NOBODY");
}

TEST_F(GateTest, DisabledAndDeletedKeys) {
  propose(control::SetKeyStatus{"BOB", control::KeyStatus::kInactive});
  EXPECT_EQ(refusal(request("BOB", "bobs-secret")), "AccessDenied");
  EXPECT_EQ(refusal(request("BOB", "wrong-secret")), "SignatureDoesNotMatch");
  propose(control::SetKeyStatus{"BOB", control::KeyStatus::kActive});
  EXPECT_EQ(refusal(request("BOB", "bobs-secret")), "");
  propose(control::DeleteKey{"BOB"});
  EXPECT_EQ(refusal(request("BOB", "bobs-secret")), "InvalidAccessKeyId");
}

TEST_F(GateTest, ARootMayAllInItsAccountAndNothingOutside) {
  const std::string other = control::sample_account_id(5);
  const Authenticated root = as("TENANT", "tenants-secret");
  EXPECT_TRUE(may(root, "s3:PutObject", account.id));
  EXPECT_TRUE(may(root, "s3:CreateBucket", ""));
  EXPECT_FALSE(may(root, "s3:GetObject", other));
  // A user without a policy has none of its account's rights.
  for (const std::string_view action : {"s3:CreateBucket", "s3:ListAllMyBuckets"}) {
    EXPECT_FALSE(may(as("BOB", "bobs-secret"), action, ""));
  }
  EXPECT_FALSE(may(as("BOB", "bobs-secret"), "s3:PutObject", account.id));
  // The operator is no exception.
  EXPECT_FALSE(may(as("ROOT", "operators-secret"), "s3:GetObject", account.id));
  EXPECT_TRUE(
      may(as("ROOT", "operators-secret"), "s3:GetObject", controller->state()->operator_id));
  for (const std::string_view action : {"s3:GetObject", "s3:CreateBucket", "muzn:WhoAmI"}) {
    EXPECT_FALSE(may(anonymous(), action, ""));
    EXPECT_FALSE(may(anonymous(), action, account.id));
  }
}

TEST_F(GateTest, Administration) {
  const std::string op = controller->state()->operator_id;
  propose(CreateUser{controller->new_user(op, "olga")});
  propose(controller->new_key(op, "olga", "OLGA", "olgas-secret"));
  for (const std::string_view action :
       {"muzn:CreateAccount", "muzn:ListAccounts", "muzn:GetAccount", "muzn:DeleteAccount",
        "muzn:CreateUser", "muzn:CreateKey", "muzn:ImportKey", "muzn:DeleteKey", "muzn:New"}) {
    SCOPED_TRACE(action);
    const bool on_own_account =
        action == "muzn:CreateUser" || action == "muzn:CreateKey" || action == "muzn:DeleteKey";
    for (const std::string& owner : {std::string(), account.id, op}) {
      EXPECT_TRUE(may(as("ROOT", "operators-secret"), action, owner));
      EXPECT_FALSE(may(as("OLGA", "olgas-secret"), action, owner));
      EXPECT_EQ(may(as("TENANT", "tenants-secret"), action, owner),
                on_own_account && owner == account.id);
      EXPECT_FALSE(may(as("BOB", "bobs-secret"), action, owner));
      EXPECT_FALSE(may(anonymous(), action, owner));
    }
  }
  EXPECT_TRUE(may(as("BOB", "bobs-secret"), "muzn:WhoAmI", account.id));
}

TEST_F(GateTest, OnABucketItsRulesDecide) {
  policy::BucketRules rules{.owner = account.id,
                            .acls_disabled = false,
                            .block = {},
                            .acl = policy::expand(policy::Canned::kPublicRead, account.id, "")};
  Ask ask = asking("s3:ListBucket", account.id);
  ask.bucket = &rules;
  for (const Authenticated& who :
       {anonymous(), as("BOB", "bobs-secret"), as("ROOT", "operators-secret")}) {
    EXPECT_TRUE(gate->authorize(who, ask));
    ask.action = "s3:PutObject";
    EXPECT_FALSE(gate->authorize(who, ask));
    ask.action = "s3:ListBucket";
  }
  rules.block.ignore_public_acls = true;
  EXPECT_FALSE(gate->authorize(anonymous(), ask));
  EXPECT_TRUE(gate->authorize(as("TENANT", "tenants-secret"), ask));
}

class NoFacts final : public policy::Facts {
 public:
  std::optional<std::vector<std::string>> values(std::string_view) const override { return {}; }
};

TEST_F(GateTest, APolicyThatDecidesIsNamedToThoseOfTheAccount) {
  const auto stored = policy::make_bucket_policy(*policy::parse_policy(
      R"({"Statement":[{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:Get*",
                        "Resource":"*"},
                       {"Effect":"Deny","Principal":"*","Action":"s3:Put*","Resource":"*"}]})",
      policy::Attachment::kResource));
  const policy::BucketRules rules{
      .owner = account.id, .acls_disabled = true, .block = {}, .acl = {}, .policy = &stored};
  const NoFacts facts;
  Ask ask = asking("s3:GetBucketLocation", account.id);
  ask.resource = "arn:aws:s3:::b";
  ask.bucket = &rules;
  ask.facts = &facts;
  const auto read = gate->authorize(anonymous(), ask);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->decided_by(), "bucket policy, statement 1 (Read)");
  ask.action = "s3:PutBucketTagging";
  const auto by_owner = gate->authorize(as("TENANT", "tenants-secret"), ask);
  ASSERT_FALSE(by_owner);
  EXPECT_EQ(by_owner.error().decided_by, "bucket policy, statement 2");
  EXPECT_TRUE(by_owner.error().message.ends_with(
      "is not authorized to perform: s3:PutBucketTagging on resource: \"arn:aws:s3:::b\" with an "
      "explicit deny in a resource-based policy"));
  EXPECT_EQ(gate->authorize(anonymous(), ask).error().message, "Access Denied");
  ask.action = "s3:ListBucket";
  EXPECT_EQ(gate->authorize(anonymous(), ask).error().decided_by, "");
}

TEST_F(GateTest, AuthorizedCarriesTheProof) {
  const auto who =
      gate->authorize(as("TENANT", "tenants-secret"), asking("s3:GetObject", account.id));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->principal().access_key, "TENANT");
  EXPECT_TRUE(who->proof());
  const auto denied = gate->authorize(anonymous(), asking("s3:GetObject", account.id));
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().message, "Access Denied");
}

}  // namespace
}  // namespace muzn::gate
