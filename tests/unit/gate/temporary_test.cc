// Temporary credentials at the gate.
#include <gtest/gtest.h>

#include "audit/record.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "gate/gate.h"
#include "gate/note.h"
#include "gate/sessions.h"
#include "unit/control/controlled.h"

namespace muzn::gate {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
const std::string kTrust =
    R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]})";

struct TemporaryTest : testing::Test, control::Controlled {
  TemporaryTest() {
    account = controller->new_account("Tenant", "tenant@example.org");
    propose(control::CreateAccount{account});
    bob = controller->new_user(account.id, "bob");
    propose(control::CreateUser{bob});
    propose(controller->new_key(account.id, "bob", "BOB", "bobs-secret"));
    make_role("AROAAAAAAAAAAAAAAAAAA");
    gate.emplace(*controller, clock, options("installation"));
  }
  void make_role(const std::string& id) {
    control::Role role;
    role.account = account.id;
    role.name = "reader";
    role.id = id;
    role.created = clock.now();
    propose(control::CreateRole{.role = role, .trust = kTrust});
  }
  static GateOptions options(const std::string& installation_key) {
    GateOptions out;
    out.region = "us-east-1";
    out.session_key = session_key(installation_key);
    return out;
  }

  Session role_session() {
    Session out;
    out.kind = Session::Kind::kRole;
    out.access_key = "ASIAROLE";
    out.secret_key = "role-secret";
    out.account = account.id;
    out.role = "reader";
    out.role_id = "AROAAAAAAAAAAAAAAAAAA";
    out.name = "tests";
    out.source_identity = "alice";
    out.issued = clock.now();
    out.expires = clock.now() + std::chrono::seconds(900);
    return out;
  }
  Session user_session() {
    Session out = role_session();
    out.kind = Session::Kind::kToken;
    out.access_key = "ASIAUSER";
    out.role = out.role_id = out.name = out.source_identity = "";
    out.user = "bob";
    out.user_id = bob.id;
    return out;
  }

  http::RequestHead signed_with(const Session& session, const std::string& token) {
    return signed_with(session.access_key, session.secret_key, token);
  }
  http::RequestHead signed_with(std::string access_key, std::string secret, std::string token) {
    http::RequestHead head;
    head.method = "GET";
    head.target = head.path = "/bucket/key";
    head.host = "localhost:9000";
    head.headers.add("Host", head.host);
    sigv4::sign(head, codec::hex_encode(crypto::sha256("")),
                {std::move(access_key), std::move(secret), std::move(token)}, "us-east-1", "s3",
                clock.now());
    return head;
  }
  http::RequestHead good(const Session& session) {
    return signed_with(session, gate->seal(session, rng).value());
  }
  std::string refusal(const http::RequestHead& head) {
    const auto who = gate->authenticate(head);
    return who ? "" : who.error().code;
  }
  Principal principal(const Session& session) {
    return gate->authenticate(good(session)).value().principal();
  }

  control::Account account;
  control::User bob;
  std::optional<Gate> gate;
};

TEST_F(TemporaryTest, Principals) {
  const Principal role = principal(role_session());
  EXPECT_EQ(role.type, Principal::Type::kRole);
  EXPECT_EQ(role.account, account.id);
  EXPECT_EQ(role.user, "");
  EXPECT_EQ(role.user_id, "AROAAAAAAAAAAAAAAAAAA:tests");
  EXPECT_EQ(role.arn, "arn:aws:sts::" + account.id + ":assumed-role/reader/tests");
  EXPECT_EQ(role.access_key, "ASIAROLE");
  ASSERT_NE(role.session, nullptr);
  EXPECT_EQ(role.session->source_identity, "alice");

  const Principal user = principal(user_session());
  EXPECT_EQ(user.type, Principal::Type::kUser);
  EXPECT_EQ(user.arn, "arn:aws:iam::" + account.id + ":user/bob");
  EXPECT_EQ(user.user_id, bob.id);
  EXPECT_NE(user.session, nullptr);

  Session root = user_session();
  root.user = root.user_id = "";
  EXPECT_EQ(principal(root).type, Principal::Type::kRoot);
  EXPECT_EQ(principal(root).arn, "arn:aws:iam::" + account.id + ":root");
}

TEST_F(TemporaryTest, SessionPoliciesAreReadOnce) {
  Session session = role_session();
  session.policy = R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})";
  const http::RequestHead head = good(session);
  const auto first = gate->authenticate(head).value().principal().session;
  ASSERT_TRUE(first->document);
  EXPECT_EQ(first->document->statements.size(), 1U);
  EXPECT_EQ(gate->authenticate(head).value().principal().session, first);
  // What can't be read limits nothing, so it lets nobody in.
  session.policy = "{";
  EXPECT_EQ(refusal(good(session)), "InvalidToken");
}

TEST_F(TemporaryTest, ATokenBelongsToItsKey) {
  const Session session = role_session();
  const std::string token = gate->seal(session, rng).value();
  EXPECT_EQ(refusal(signed_with(session, token)), "");
  EXPECT_EQ(refusal(signed_with(session, "")), "InvalidAccessKeyId");
  EXPECT_EQ(refusal(signed_with(session, token + "A")), "InvalidToken");
  EXPECT_EQ(refusal(signed_with(session, "token")), "InvalidToken");
  EXPECT_EQ(refusal(signed_with(session, gate->seal(user_session(), rng).value())), "InvalidToken");
  EXPECT_EQ(refusal(signed_with("BOB", "bobs-secret", token)), "InvalidToken");
  EXPECT_EQ(refusal(signed_with("BOB", session.secret_key, token)), "InvalidToken");
  EXPECT_EQ(refusal(signed_with(session.access_key, "other", token)), "SignatureDoesNotMatch");
  // Who can't open it has no secret to guess: not even the stand-in.
  EXPECT_EQ(refusal(signed_with(session.access_key, std::string(40, '0'), "token")),
            "InvalidToken");
}

TEST_F(TemporaryTest, NodesWithOneKeyTakeEachOthersTokens) {
  const Session session = role_session();
  const Gate same(*controller, clock, options("installation"));
  const Gate other(*controller, clock, options("another"));
  const Gate none(*controller, clock, GateOptions{"us-east-1", {}});
  const http::RequestHead head = good(session);
  EXPECT_TRUE(same.authenticate(head));
  for (const Gate* const one : {&other, &none}) {
    const auto refused = one->authenticate(head);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "InvalidToken");
  }
  EXPECT_EQ(none.seal(session, rng).error().code, Code::kUnsupported);
}

TEST_F(TemporaryTest, TokensExpire) {
  const Session session = role_session();
  const std::string token = gate->seal(session, rng).value();
  clock.micros += 899 * kSecond;
  EXPECT_EQ(refusal(signed_with(session, token)), "");
  clock.micros += kSecond;
  EXPECT_EQ(refusal(signed_with(session, token)), "ExpiredToken");
  // Told to who holds its secret.
  EXPECT_EQ(refusal(signed_with(session.access_key, "other", token)), "SignatureDoesNotMatch");
}

TEST_F(TemporaryTest, ASessionEndsWithItsRole) {
  const Session session = role_session();
  EXPECT_EQ(refusal(good(session)), "");
  propose(control::DeleteIam{{account.id, control::IamKind::kRole, "reader"}});
  EXPECT_EQ(refusal(good(session)), "InvalidAccessKeyId");
  make_role("AROABBBBBBBBBBBBBBBBB");
  EXPECT_EQ(refusal(good(session)), "InvalidAccessKeyId");
}

TEST_F(TemporaryTest, ASessionEndsWithItsUserAndFollowsItsName) {
  const Session session = user_session();
  propose(control::RenameIam{
      .what = {account.id, control::IamKind::kUser, "bob"}, .name = "rob", .path = "/team/"});
  EXPECT_EQ(principal(session).arn, "arn:aws:iam::" + account.id + ":user/team/rob");
  propose(control::CreateUser{controller->new_user(account.id, "bob")});
  EXPECT_EQ(principal(session).user, "rob");
  propose(control::DeleteKey{"BOB"});
  EXPECT_EQ(refusal(good(session)), "");
  propose(control::DeleteUser{account.id, "rob"});
  EXPECT_EQ(refusal(good(session)), "InvalidAccessKeyId");
}

TEST_F(TemporaryTest, ASessionEndsWithItsAccount) {
  Session session = user_session();
  session.user = session.user_id = "";
  session.account = control::sample_account_id(7);
  EXPECT_EQ(refusal(good(session)), "InvalidAccessKeyId");
}

TEST_F(TemporaryTest, RecordsTellTheSession) {
  audit::Record record;
  note_principal(record, principal(role_session()));
  EXPECT_EQ(record.principal_type, "role");
  EXPECT_EQ(record.principal_arn, "arn:aws:sts::" + account.id + ":assumed-role/reader/tests");
  ASSERT_NE(record.session, nullptr);
  EXPECT_EQ(record.session->role, "reader");
  EXPECT_EQ(record.session->name, "tests");
  EXPECT_EQ(record.session->source_identity, "alice");
  audit::Record plain;
  note_principal(plain,
                 gate->authenticate(signed_with("BOB", "bobs-secret", "")).value().principal());
  EXPECT_EQ(plain.principal_type, "user");
  EXPECT_EQ(plain.session, nullptr);
}

TEST(Sessions, ForgetsAllRatherThanGrow) {
  control::SeededRng rng;
  Sessions sessions(session_key("k"));
  Session session;
  const std::string token = sessions.seal(session, rng).value();
  const auto first = sessions.open(token);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(sessions.open(token), first);
  for (int i = 0; i < 1100; ++i) {
    session.name = std::to_string(i);
    EXPECT_NE(sessions.open(sessions.seal(session, rng).value()), nullptr);
  }
  const auto again = sessions.open(token);
  EXPECT_NE(again, first);
  EXPECT_EQ(*again, *first);
}

}  // namespace
}  // namespace muzn::gate
