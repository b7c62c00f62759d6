// What the operator's people may of a tenant's data: nothing, but for one of them under a grant.
#include "gate/break_glass.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "leaves/signers.h"
#include "unit/control/controlled.h"

namespace muzn::gate {
namespace {

using control::Grant;
using control::Person;
using control::signed_by;
using std::chrono::hours;
using std::chrono::microseconds;

const std::string kBucketId(32, 'b');

struct GlassTest : testing::Test, control::Controlled {
  GlassTest() {
    op = controller->state()->operator_id;
    const control::Account account = controller->new_account("Tenant", "tenant@example.org");
    tenant = account.id;
    propose(control::CreateAccount{account});
    for (const char* name : {"eve", "olga"}) {
      propose(control::CreateUser{controller->new_user(op, name)});
    }
    propose(controller->new_key(op, "eve", "EVE", "some-secret"));
    propose(controller->new_key(op, "olga", "OLGA", "some-secret"));
    propose(controller->new_key(tenant, "", "TENANT", "some-secret"));
    propose(signed_by(state(), appointment(ada, {"break_glass", "officers"}), {}));
    propose(signed_by(state(), appointment(bea, {"break_glass"}), {&ada}));
    GateOptions options;
    options.region = "us-east-1";
    gate.emplace(*controller, clock, options);
    rules.owner = tenant;
    rules.acls_disabled = true;
  }
  const control::State& state() {
    kept = controller->state();
    return *kept;
  }
  Grant open(const std::string& rights, const std::string& prefix = "") {
    Grant grant = control::sample_grant(tenant, *state().user(op, "eve"), clock.now(), next_id++);
    grant.rights = rights;
    if (!prefix.empty()) {
      grant.bucket = "bucket";
      grant.bucket_id = kBucketId;
      grant.prefix = prefix;
    }
    propose(signed_by(state(), control::OpenBreakGlass{grant, {}}, {&ada, &bea}));
    return grant;
  }

  Authenticated as(const std::string& access_key) {
    http::RequestHead head;
    head.method = "GET";
    head.target = head.path = "/bucket/key";
    head.host = "localhost:9000";
    head.headers.add("Host", head.host);
    const std::string secret = access_key == "ROOT" ? "operators-secret" : "some-secret";
    sigv4::sign(head, codec::hex_encode(crypto::sha256("")), {access_key, secret, ""}, "us-east-1",
                "s3", clock.now());
    return gate->authenticate(head).value();
  }
  // The grant that lets it; "-" = it is refused, "" = something else lets it.
  std::string ask(const std::string& access_key, std::string_view action, std::string_view key,
                  const std::string& bucket_id = kBucketId, bool reads = true) {
    const Glass glass{.bucket_id = bucket_id};
    const policy::ObjectRules there;
    Ask ask;
    ask.action = action;
    ask.resource = "arn:aws:s3:::bucket";
    if (!key.empty()) ask.resource.append("/").append(key);
    ask.owner = tenant;
    ask.bucket = &rules;
    ask.key = key;
    ask.object = &there;
    if (reads) ask.glass = &glass;
    const auto who = gate->authorize(as(access_key), ask);
    return who ? who->break_glass() : "-";
  }
  bool may_make_key(const std::string& access_key, std::string_view action = "muzn:CreateKey") {
    Ask ask;
    ask.action = action;
    ask.resource = "arn:muzn:admin:::/-/admin/v1/keys";
    ask.owner = tenant;
    ask.about_root = true;
    ask.credentials_of = tenant;
    return gate->authorize(as(access_key), ask).has_value();
  }

  const Person ada{'a'}, bea{'b'};
  std::string op, tenant;
  char next_id = '1';
  control::Snapshot kept;
  policy::BucketRules rules;
  std::optional<Gate> gate;
};

TEST_F(GlassTest, WithoutOneNobodyOfTheOperatorReads) {
  for (const char* who : {"ROOT", "EVE", "OLGA"}) {
    for (const char* action : {"s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject",
                               "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketAcl"}) {
      EXPECT_EQ(ask(who, action, "k"), "-") << who << " " << action;
    }
  }
}

TEST_F(GlassTest, OneNamedPersonReadsAndNothingElse) {
  const Grant grant = open("read", "a/");
  EXPECT_EQ(ask("EVE", "s3:GetObject", "a/k"), grant.id);
  EXPECT_EQ(ask("EVE", "s3:GetObject", "b"), "-");
  EXPECT_EQ(ask("EVE", "s3:GetObject", "a/k", std::string(32, 'c')), "-");
  EXPECT_EQ(ask("EVE", "s3:PutObject", "a/k"), "-");
  EXPECT_EQ(ask("EVE", "s3:DeleteObject", "a/k"), "-");
  EXPECT_EQ(ask("EVE", "s3:GetObjectAcl", "a/k"), "-");
  EXPECT_EQ(ask("EVE", "s3:ListBucket", ""), "-") << "all of it";
  EXPECT_EQ(ask("EVE", "s3:GetObject", "a/k", kBucketId, false), "-") << "as a copy's source";
  for (const char* other : {"ROOT", "OLGA"}) EXPECT_EQ(ask(other, "s3:GetObject", "a/k"), "-");
  EXPECT_FALSE(may_make_key("EVE", "muzn:ImportKey"));
}

TEST_F(GlassTest, WhatTheTenantDeniesDoesNotHoldAndWhatTheOperatorDeniesDoes) {
  const auto denies = policy::parse_policy(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::bucket/*"}})",
      policy::Attachment::kResource);
  ASSERT_TRUE(denies);
  policy::BucketPolicy parsed;
  parsed.document = *denies;
  rules.policy = &parsed;
  const Grant grant = open("read");
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), grant.id);
  propose(control::PutInlinePolicy{
      .who = {op, control::IamKind::kUser, "eve"}, .name = "p", .policy = control::kDenyAll});
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-");
}

TEST_F(GlassTest, ItLapsesByItself) {
  const Grant grant = open("read");
  clock.micros = to_micros(grant.until) - 1;
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), grant.id);
  EXPECT_TRUE(gate->is_glass_open(grant.id));
  clock.micros = to_micros(grant.until);
  EXPECT_FALSE(gate->is_glass_open(grant.id));
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-");
}

TEST_F(GlassTest, AClockThatGoesBackDoesNotOpenItAgain) {
  const Grant first = open("read");
  clock.micros = to_micros(first.until);
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-");
  clock.micros = to_micros(first.from);
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-") << "this process saw its end";
  // And where only an act saw it, for good.
  const Grant second = open("read");
  clock.micros = to_micros(second.until);
  propose(control::CreateUser{controller->new_user(tenant, "bob")});
  clock.micros = to_micros(second.from);
  GateOptions options;
  options.region = "us-east-1";
  gate.emplace(*controller, clock, options);
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-");
}

TEST_F(GlassTest, BeforeItBeginsAndWhenItIsClosedItIsNone) {
  Grant later =
      control::sample_grant(tenant, *state().user(op, "eve"), clock.now() + hours(1), 'e');
  propose(signed_by(state(), control::OpenBreakGlass{later, {}}, {&ada, &bea}));
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-");
  const Grant grant = open("list");
  EXPECT_EQ(ask("EVE", "s3:ListBucket", ""), grant.id);
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), "-");
  propose(signed_by(state(), control::CloseBreakGlass{tenant, grant.id, {}}, {&bea}));
  EXPECT_EQ(ask("EVE", "s3:ListBucket", ""), "-");
  EXPECT_FALSE(gate->is_glass_open(grant.id));
}

TEST_F(GlassTest, ANamesakeIsAnother) {
  const Grant grant = open("read");
  EXPECT_EQ(ask("EVE", "s3:GetObject", "k"), grant.id);
  propose(control::DeleteKey{"EVE"});
  propose(control::DeleteUser{op, "eve"});
  propose(control::CreateUser{controller->new_user(op, "eve")});
  propose(controller->new_key(op, "eve", "EVE2", "some-secret"));
  EXPECT_EQ(ask("EVE2", "s3:GetObject", "k"), "-");
}

TEST_F(GlassTest, KeysOfAnAccountThatHasItsOwnAreBreakGlass) {
  EXPECT_TRUE(may_make_key("ROOT")) << "while it has none of its own";
  const auto done = run_sync(controller->propose(
      "arn:aws:iam::" + tenant + ":root", "", controller->new_key(tenant, "", "OWN", "a-secret")));
  ASSERT_TRUE(done);
  for (const char* action : {"muzn:CreateKey", "muzn:ImportKey", "muzn:SetKeyStatus"}) {
    EXPECT_FALSE(may_make_key("ROOT", action)) << action;
  }
  EXPECT_TRUE(may_make_key("TENANT"));
  open("read");
  EXPECT_FALSE(may_make_key("EVE"));
  open("credentials");
  EXPECT_TRUE(may_make_key("EVE"));
  EXPECT_FALSE(may_make_key("EVE", "muzn:ImportKey"));
  EXPECT_FALSE(may_make_key("OLGA"));
  EXPECT_FALSE(may_make_key("ROOT"));
  EXPECT_NE(ask("EVE", "s3:GetObject", "k"), "-") << "by the other grant";
}

}  // namespace
}  // namespace muzn::gate
