#include "merkle/policy.h"

#include <gtest/gtest.h>

#include "merkle/frontier.h"
#include "merkle/proof_file.h"
#include "merkle/signer.h"

namespace muzn::merkle {
namespace {

Signer log_key(char seed = 'l') {
  return Signer::make("log.example", KeyType::kEd25519, std::string(32, seed)).value();
}
Signer witness_key(int number) {
  return Signer::make("witness.example/w" + std::to_string(number), KeyType::kCosignature,
                      std::string(32, static_cast<char>('A' + number)))
      .value();
}
std::string log_line(char seed = 'l') {
  return "log " + format_vkey(log_key(seed).verifier()) + "\n";
}
std::string witness_line(const std::string& name, int number) {
  return "witness " + name + " " + format_vkey(witness_key(number).verifier()) + "\n";
}

// The example of c2sp.org/tlog-policy.
std::string example() {
  std::string out = log_line() + "\n";
  for (int i = 1; i <= 3; ++i) out += witness_line("X" + std::to_string(i), i);
  out += "group X-witnesses 2 X1 X2 X3\n";
  for (int i = 1; i <= 3; ++i) out += witness_line("Y" + std::to_string(i), 10 + i);
  return out + "group Y-witnesses any Y1 Y2 Y3\n\ngroup X-and-Y all X-witnesses Y-witnesses\n" +
         "quorum X-and-Y\n";
}

TEST(Policy, ExampleOfTheSpecification) {
  const auto policy = parse_policy(example());
  ASSERT_TRUE(policy) << policy.error().what;
  ASSERT_EQ(policy->witnesses.size(), 6U);
  ASSERT_EQ(policy->logs.size(), 1U);
  for (unsigned set = 0; set < 64; ++set) {
    std::vector<bool> cosigned;
    for (unsigned i = 0; i < 6; ++i) cosigned.push_back((set >> i & 1U) != 0);
    const int x = cosigned[0] + cosigned[1] + cosigned[2];
    const int y = cosigned[3] + cosigned[4] + cosigned[5];
    EXPECT_EQ(has_quorum(*policy, cosigned), x >= 2 && y >= 1) << set;
  }
}

TEST(Policy, QuorumsOfOneAndOfNobody) {
  const auto none = parse_policy("quorum none\n");
  ASSERT_TRUE(none);
  EXPECT_TRUE(has_quorum(*none, {}));
  const auto one = parse_policy(witness_line("a", 1) + witness_line("b", 2) + "quorum b\n");
  ASSERT_TRUE(one);
  EXPECT_FALSE(has_quorum(*one, {true, false}));
  EXPECT_TRUE(has_quorum(*one, {false, true}));
}

TEST(Policy, SpacesCommentsUrlsAndOctets) {
  const std::string vkey = format_vkey(witness_key(1).verifier());
  const auto policy = parse_policy(
      "# \xFF any octet\n \t# indented\n\n \t \n"
      "\twitness \xE2\x84\xAA \t " +
      vkey + "  https://w.example/  \nquorum\t\xE2\x84\xAA\n");
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(policy->witnesses[0].url, "https://w.example/");
  EXPECT_EQ(policy->witnesses[0].name, "\xE2\x84\xAA");
}

TEST(Policy, OutsideTheGrammar) {
  const std::string a = witness_line("a", 1);
  const std::string b = witness_line("b", 2);
  const std::string vkey = format_vkey(witness_key(3).verifier());
  for (const std::string& text : std::vector<std::string>{
           std::string(),
           "\n",
           log_line(),
           a + "quorum a\nquorum a\n",
           "quorum none\nquorum none\n",
           "quorum a\n",
           "quorum none",
           "quorum none\r\n",
           "quorum\n",
           "quorum none x\n",
           "Quorum none\n",
           "quorum no\x7Fne\n",
           std::string("quorum none\n\0", 13),
           "quorum a\n" + a,
           a + a + "quorum none\n",
           log_line() + log_line() + "quorum none\n",
           a + witness_line("b", 1) + "quorum none\n",
           a + witness_line("a", 2) + "quorum none\n",
           "witness none " + vkey + "\nquorum none\n",
           "witness a\nquorum none\n",
           "witness a " + vkey + " u v\nquorum none\n",
           "witness a " + format_vkey(log_key().verifier()) + "\nquorum none\n",
           "log\nquorum none\n",
           "log vkey\nquorum none\n",
           a + "group g any\nquorum none\n",
           a + "group g 0 a\nquorum none\n",
           a + "group g 2 a\nquorum none\n",
           a + "group g 01 a\nquorum none\n",
           a + "group g some a\nquorum none\n",
           a + "group g any none\nquorum none\n",
           a + "group none any a\nquorum none\n",
           a + "group a any a\nquorum none\n",
           a + "group g any g\nquorum none\n",
           a + "group g any b\n" + b + "quorum none\n",
           a + b + "group g 2 a a\nquorum none\n",
           a + b + "group g any a b\ngroup h any a\nquorum none\n",
           a + "group g any a\ngroup g any a\nquorum none\n"}) {
    EXPECT_EQ(parse_policy(text).error().code, Code::kInvalid) << text;
  }
  EXPECT_EQ(parse_policy(std::string(kPolicyBytesMax + 1, '\n')).error().code, Code::kLimit);
}

TEST(Policy, AsManyAsTheSpecificationAsksFor) {
  std::string text;
  for (int i = 0; i < 32; ++i) {
    const std::string number = std::to_string(i);
    text += log_line(static_cast<char>(i)) + witness_line("w" + number, i);
    text += "group g" + number + " any w" + number;
    if (i > 0) text += " g" + std::to_string(i - 1);
    text += "\n";
  }
  const auto policy = parse_policy(text + "quorum g31\n");
  ASSERT_TRUE(policy) << policy.error().what;
  std::vector<bool> cosigned(32, false);
  EXPECT_FALSE(has_quorum(*policy, cosigned));
  cosigned[0] = true;
  EXPECT_TRUE(has_quorum(*policy, cosigned));
}

class Judged : public testing::Test {
 protected:
  Judged() {
    for (int i = 0; i < 5; ++i) leaves_.push_back(leaf_hash(std::to_string(i)));
    text_ = format_checkpoint({"log.example", 5, root_of(leaves_), ""});
  }
  std::string note(const std::vector<int>& witnesses, char seed = 'l') const {
    Note out{text_, {log_key(seed).sign(text_, 0)}};
    for (const int number : witnesses) {
      out.signatures.push_back(
          witness_key(number).sign(text_, 1000U + static_cast<unsigned>(number)));
    }
    return format_note(out);
  }

  std::vector<Hash> leaves_;
  std::string text_;
};

TEST_F(Judged, NeedsLogAndQuorum) {
  const Policy policy = parse_policy(example()).value();
  const auto judged = judge_checkpoint(note({1, 3, 12}), policy);
  ASSERT_TRUE(judged) << judged.error().what;
  EXPECT_EQ(judged->checkpoint.size, 5U);
  EXPECT_EQ(judged->cosigned.size(), 3U);
  EXPECT_EQ(judged->newest(), 1012U);
  EXPECT_EQ(judge_checkpoint(note({1, 3}), policy).error().code, Code::kDenied);
  EXPECT_EQ(judge_checkpoint(note({1, 12}), policy).error().code, Code::kDenied);
  EXPECT_EQ(judge_checkpoint(note({1, 3, 12}, 'x'), policy).error().code, Code::kDenied);
  // A witness that signs twice is still one.
  EXPECT_EQ(judge_checkpoint(note({1, 1, 12}), policy).error().code, Code::kDenied);
}

TEST_F(Judged, ABadCosignatureOfAKnownWitnessSpoilsTheNote) {
  const Policy policy = parse_policy(example()).value();
  Note bad = parse_note(note({1, 2, 11, 12})).value();
  bad.signatures.back().bytes.back() ^= 1;
  EXPECT_EQ(judge_checkpoint(format_note(bad), policy).error().code, Code::kDenied);
}

TEST_F(Judged, AnotherLogsOriginIsRefused) {
  const Policy policy = parse_policy(log_line() + "quorum none\n").value();
  const std::string text = format_checkpoint({"other.example", 5, root_of(leaves_), ""});
  const std::string other = format_note({text, {log_key().sign(text, 0)}});
  EXPECT_EQ(judge_checkpoint(other, policy).error().code, Code::kDenied);
  EXPECT_EQ(judge_checkpoint(note({}), parse_policy("quorum none\n").value()).error().code,
            Code::kDenied);
}

TEST_F(Judged, ProofFile) {
  const Policy policy = parse_policy(example()).value();
  // Leaf 4 of 5 hangs on the root; its only sibling is the tree of the first four.
  const ProofFile file{std::nullopt, 4, {root_of(std::span(leaves_).first(4))}, note({1, 2, 11})};
  const std::string text = format_proof_file(file);
  EXPECT_EQ(text, "c2sp.org/tlog-proof@v1\nindex 4\n" + to_base64(file.hashes[0]) + "\n\n" +
                      file.checkpoint);
  const auto parsed = parse_proof_file(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, file);
  EXPECT_TRUE(verify_proof_file(*parsed, leaves_[4], policy));
  EXPECT_EQ(verify_proof_file(*parsed, leaves_[3], policy).error().code, Code::kDenied);
  ProofFile other = file;
  other.index = 3;
  EXPECT_EQ(verify_proof_file(other, leaves_[4], policy).error().code, Code::kDenied);
  other = file;
  other.checkpoint = note({1, 2});
  EXPECT_EQ(verify_proof_file(other, leaves_[4], policy).error().code, Code::kDenied);
  other = file;
  other.extra = std::string("extra\0data", 10);
  EXPECT_EQ(parse_proof_file(format_proof_file(other)).value(), other);
}

TEST_F(Judged, ProofFileOutsideTheGrammar) {
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = to_base64(leaves_[0]) + "\n";
  EXPECT_TRUE(parse_proof_file(first + "index 0\n\n" + note({})));
  EXPECT_TRUE(parse_proof_file(first + "extra \nindex 0\n\n"));  // there, and empty
  for (const std::string& text : std::vector<std::string>{
           std::string(), first, "c2sp.org/tlog-proof@v2\nindex 0\n\n", first + "index 0\n",
           first + "index 00\n\n", first + "index -1\n\n", first + "index\n\n",
           first + "Index 0\n\n", first + "index 9223372036854775808\n\n",
           first + "extra !\nindex 0\n\n", first + "index 0\nextra aa==\n\n",
           first + "extra YQ==\nextra YQ==\nindex 0\n\n",
           first + "index 0\n" + hash.substr(4) + "\n", first + "index 0\n" + hash,
           first + "index 0\r\n\r\n"}) {
    EXPECT_EQ(parse_proof_file(text).error().code, Code::kInvalid) << text;
  }
  std::string many = first + "index 0\n";
  for (std::size_t i = 0; i < kProofHashesMax; ++i) many += hash;
  EXPECT_TRUE(parse_proof_file(many + "\n"));
  EXPECT_EQ(parse_proof_file(many + hash + "\n").error().code, Code::kLimit);
}

}  // namespace
}  // namespace muzn::merkle
