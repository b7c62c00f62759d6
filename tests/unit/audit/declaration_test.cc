#include "audit/declare.h"

#include <gtest/gtest.h>

#include "audit/exclusions.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "merkle/signer.h"

namespace muzn::audit {
namespace {

merkle::Signer signer(std::string name, merkle::KeyType type) {
  return merkle::Signer::make(name, type, std::string(32, name.back())).value();
}
std::string witness(char which) {
  return merkle::format_vkey(
      signer(std::string("witness.example/") + which, merkle::KeyType::kCosignature).verifier());
}
merkle::VerifierKey log_key() {
  return signer("log.example/a", merkle::KeyType::kEd25519).verifier();
}
merkle::Policy policy(const std::string& lines) {
  return merkle::parse_policy("log " + merkle::format_vkey(log_key()) + "\n" + lines).value();
}
Declaration declared(const std::string& lines) {
  return declare_witnesses(policy(lines), "log.example/a", lines);
}

TEST(Declaration, OfWitnessesHasOneSpelling) {
  const std::string two = "witness x " + witness('a') + "\nwitness y " + witness('b') +
                          "\ngroup most 2 x y\nquorum most\n";
  const std::string other = "# the same\nwitness b " + witness('b') + " https://b.example/\n" +
                            "witness c " + witness('c') + "\nwitness a " + witness('a') +
                            "\ngroup g all b a\nquorum g\n";
  EXPECT_EQ(canonical_quorum(policy(two)), canonical_quorum(policy(other)));
  EXPECT_EQ(canonical_quorum(policy(two)), "witness w1 " + witness('a') + "; witness w2 " +
                                               witness('b') + "; group g1 2 w1 w2; quorum g1");
  EXPECT_NE(canonical_quorum(policy(two)),
            canonical_quorum(policy("witness x " + witness('a') + "\nwitness y " + witness('b') +
                                    "\ngroup most 1 x y\nquorum most\n")));
  EXPECT_EQ(declared(other).says.at("quorum"), "2 of (witness.example/a, witness.example/b)");
  EXPECT_EQ(declared(two).sha256, codec::hex_encode(crypto::sha256(two)));
  const Declaration none = declared("witness x " + witness('a') + "\nquorum none\n");
  EXPECT_EQ(none.says.at("policy"), "quorum none");
  EXPECT_EQ(none.says.at("quorum"), "none");
}

TEST(Declaration, OfWitnessesIsAPolicyAgain) {
  const std::string nested = "witness x " + witness('a') + "\nwitness y " + witness('b') +
                             "\nwitness z " + witness('c') +
                             "\ngroup in any z y\ngroup out 2 x in\nquorum out\n";
  for (const std::string& lines :
       {std::string("quorum none\n"), "witness x " + witness('a') + "\nquorum x\n", nested}) {
    const auto back = declared_policy(declared(lines), log_key());
    ASSERT_TRUE(back) << lines;
    EXPECT_EQ(canonical_quorum(*back), canonical_quorum(policy(lines)));
    EXPECT_EQ(back->needs_witnesses, policy(lines).needs_witnesses);
  }
  EXPECT_FALSE(declared_policy(declare_exclusions(), log_key()));
}

// What the leaf has no room for is bound by its hash.
TEST(Declaration, OfMoreThanALeafHolds) {
  std::string lines;
  std::string group = "group g all";
  for (int i = 0; i < 250; ++i) {
    const std::string number = std::to_string(i);
    const auto key = merkle::Signer::make("w.example/" + number, merkle::KeyType::kCosignature,
                                          crypto::sha256(number))
                         .value();
    lines += "witness w" + number + " " + merkle::format_vkey(key.verifier()) + "\n";
    group += " w" + number;
  }
  const Declaration large = declared(lines + group + "\nquorum g\n");
  EXPECT_TRUE(check_declaration(large));
  EXPECT_EQ(large.says.at("policy"), "-");
  EXPECT_FALSE(declared_policy(large, log_key()));
  const auto odd =
      merkle::Signer::make("w.example/\"", merkle::KeyType::kCosignature, std::string(32, 'o'))
          .value();
  const Declaration quoted =
      declared("witness w " + merkle::format_vkey(odd.verifier()) + "\nquorum w\n");
  EXPECT_TRUE(check_declaration(quoted));
  EXPECT_EQ(quoted.says.at("quorum"), "-");
}

TEST(Declaration, SaysWhatItsKindSays) {
  const std::string hash(64, 'a');
  for (const Declaration& good :
       {declared("quorum none\n"), declare_software("1.2.3", "0123abcd", hash),
        declare_exclusions()}) {
    EXPECT_TRUE(check_declaration(good));
    codec::Json facts = codec::Json::object();
    put_declaration(good, facts);
    EXPECT_EQ(declaration_of(facts), good);
    Declaration bad = good;
    bad.sha256.pop_back();
    EXPECT_EQ(check_declaration(bad).error().code, Code::kInvalid);
    bad = good;
    bad.says["more"] = "x";
    EXPECT_EQ(check_declaration(bad).error().code, Code::kInvalid);
    for (const auto& [name, value] : good.says) {
      bad = good;
      bad.says.erase(name);
      EXPECT_EQ(check_declaration(bad).error().code, Code::kInvalid) << name;
      for (const std::string wrong : {"", "a\"b", "gr\u00fcn", "a\nb"}) {
        bad.says[name] = wrong;
        EXPECT_EQ(check_declaration(bad).error().code, Code::kInvalid) << name;
      }
    }
    bad = good;
    bad.what = "of_tomorrow";
    EXPECT_EQ(check_declaration(bad).error().code, Code::kUnsupported);
  }
}

TEST(Declaration, TellsWhatChanged) {
  const Declaration one = declare_software("1.0", "aaaa", std::string(64, '1'));
  const Declaration two = declare_software("1.1", "aaaa", std::string(64, '2'));
  EXPECT_EQ(change_in_words(nullptr, one),
            "commit 'aaaa'; version '1.0'; SHA-256 '" + std::string(64, '1') + "'");
  EXPECT_EQ(change_in_words(&one, two), "version from '1.0' to '1.1'; SHA-256 from '" +
                                            std::string(64, '1') + "' to '" + std::string(64, '2') +
                                            "'");
}

// Whoever changes the list raises kExclusionsVersion, and writes the new hash here.
TEST(Declaration, OfExclusionsIsOfThisVersionOfTheList) {
  const Declaration list = declare_exclusions();
  EXPECT_EQ(list.sha256, codec::hex_encode(crypto::sha256(exclusions_text())));
  EXPECT_EQ(list.says.at("version") + " " + list.sha256,
            "1 e156e44dd60cfbf9516b192fc6cce48b6b914debb434a9353355b66448301534");
  EXPECT_TRUE(list.says.at("ids").starts_with("health metrics log-files "));
}

}  // namespace
}  // namespace muzn::audit
