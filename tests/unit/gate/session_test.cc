#include "gate/session.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::gate {
namespace {

const std::string kKey = session_key(std::string(32, 'i'));
const std::string kNonce(12, 'n');

Session role_session() {
  return {.kind = Session::Kind::kRole,
          .access_key = "ASIAEXAMPLE",
          .secret_key = "secret",
          .account = "123456789012",
          .user = {},
          .user_id = {},
          .role = "reader",
          .role_id = "AROAEXAMPLE",
          .name = "session",
          .source_identity = "alice",
          .tags = {{"Project", "blue"}, {"Team", ""}},
          .transitive_tags = {"Project"},
          .policy = R"({"Version":"2012-10-17","Statement":[]})",
          .policy_arns = {"arn:aws:iam::123456789012:policy/b", "arn:aws:iam::aws:policy/a"},
          .provider = "arn:aws:iam::123456789012:oidc-provider/idp.example",
          .subject = "sub",
          .audience = "client",
          .issued = from_seconds(1'800'000'000),
          .expires = from_seconds(1'800'003'600)};
}

std::string seal(const Session& session) {
  return seal_session(session, kKey, kNonce).value();
}

TEST(SessionToken, OpensToWhatWasSealed) {
  EXPECT_EQ(open_session(seal(role_session()), kKey).value(), role_session());
  Session user;
  user.access_key = "ASIA";
  user.secret_key = "s";
  user.account = "1";
  user.user = "bob";
  user.user_id = "AIDA";
  EXPECT_EQ(open_session(seal(user), kKey).value(), user);
  EXPECT_EQ(open_session(seal({}), kKey).value(), Session{});
}

TEST(SessionToken, NeedsNoEscapes) {
  const std::string token = seal(role_session());
  EXPECT_EQ(
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos);
  EXPECT_FALSE(token.contains("reader"));
}

TEST(SessionToken, EachChangeIsSeen) {
  const std::string token = seal(role_session());
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open_session(changed, kKey)) << i;
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(open_session(token.substr(0, size), kKey)) << size;
  }
  EXPECT_FALSE(open_session(token + "AAAA", kKey));
}

// No root key makes tokens, nor does whoever knows one: RustFS signed them with it.
TEST(SessionToken, GHSA_m77q_r63m_pj89_KeysDoNotOpenEachOthers) {
  const std::string token = seal(role_session());
  const auto refused = open_session(token, session_key(std::string(32, 'j')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  // Of one installation: nodes with the same key take it.
  EXPECT_TRUE(open_session(token, session_key(std::string(32, 'i'))));
  // The installation's own key is not it.
  EXPECT_FALSE(open_session(token, std::string(32, 'i')));
  for (const std::string& known : {role_session().secret_key, std::string(40, 'r')}) {
    for (const std::string& key : {session_key(known), crypto::sha256(known)}) {
      EXPECT_FALSE(open_session(seal_session(role_session(), key, kNonce).value(), kKey));
    }
  }
}

TEST(SessionToken, OtherFormatsAreRefused) {
  std::string bytes = codec::base64url_decode(seal(role_session())).value();
  bytes.front() = 2;
  EXPECT_FALSE(open_session(codec::base64url_encode(bytes), kKey));
}

TEST(SessionToken, AreBounded) {
  Session session = role_session();
  session.policy = std::string(kSessionBytesMax, 'x');
  EXPECT_EQ(seal_session(session, kKey, kNonce).error().code, Code::kLimit);
  EXPECT_FALSE(open_session(std::string(1U << 20, 'A'), kKey));
}

}  // namespace
}  // namespace muzn::gate
