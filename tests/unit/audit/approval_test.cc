#include "audit/approval.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base64.h"
#include "crypto/ed25519.h"

namespace muzn::audit {
namespace {

const Subject kSubject{.installation = std::string(64, 'a'),
                       .kind = "put_charter",
                       .about = std::string(64, 'b'),
                       .step = 3,
                       .body = std::string(64, 'c')};

crypto::Ed25519Key key() {
  return crypto::Ed25519Key::from_seed(std::string(crypto::kEd25519SeedBytes, 'k')).value();
}
std::string hex(std::string_view bytes) {
  return codec::hex_encode(bytes);
}
Code judged(const Approvals& approvals, const Subject& subject = kSubject) {
  const auto done = check_approvals(subject, approvals);
  return done ? Code::kExists : done.error().code;  // kExists: all is well
}

// docs/formats/approval.md: programs that we did not write make these bytes.
TEST(Approval, TheStatementIsThese) {
  EXPECT_EQ(statement(kSubject), "muzn.approval/1\n" + std::string(64, 'a') + "\nput_charter\n" +
                                     std::string(64, 'b') + "\n3\n" + std::string(64, 'c') + "\n");
}

TEST(Approval, IsASignatureOfAllOfIt) {
  const auto signer = key();
  const Approvals good = {{hex(signer.public_key()), hex(signer.sign(statement(kSubject)))}};
  EXPECT_EQ(judged({}), Code::kExists);
  EXPECT_EQ(judged(good), Code::kExists);
  for (const auto change :
       {+[](Subject& s) { s.installation[0] = 'f'; }, +[](Subject& s) { s.kind = "put_charters"; },
        +[](Subject& s) { s.about[5] = 'f'; }, +[](Subject& s) { ++s.step; },
        +[](Subject& s) { s.body[63] = 'f'; }}) {
    Subject other = kSubject;
    change(other);
    EXPECT_EQ(judged(good, other), Code::kDenied);
  }
}

TEST(Approval, HasOneSpelling) {
  const auto signer = key();
  const std::string name = hex(signer.public_key());
  const std::string signature = hex(signer.sign(statement(kSubject)));
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
  });
  EXPECT_EQ(judged({{upper, signature}}), Code::kInvalid);
  EXPECT_EQ(judged({{name, signature.substr(2)}}), Code::kInvalid);
  EXPECT_EQ(judged({{name.substr(2), signature}}), Code::kInvalid);
  EXPECT_EQ(judged({{name, ""}}), Code::kInvalid);
  Approvals many;
  for (char c = 'a'; c <= 'q'; ++c) many[std::string(64, c)] = signature;
  EXPECT_EQ(judged(many), Code::kInvalid);
}

TEST(Approval, NamesTellNothingOfTheIds) {
  EXPECT_NE(installation_id("x"), account_mark("x"));
  EXPECT_EQ(installation_id("x").size(), 64U);
}

}  // namespace
}  // namespace muzn::audit
