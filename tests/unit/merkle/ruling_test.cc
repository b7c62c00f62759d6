#include "merkle/ruling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "unit/merkle/forest.h"

namespace muzn::merkle {
namespace {

// From c2sp.org/tlog-witness, "add-checkpoint".
constexpr char kExample[] =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n";

TEST(AddCheckpointBody, ExampleOfTheSpecification) {
  const auto request = parse_add_checkpoint(kExample);
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->old_size, 20852014U);
  EXPECT_EQ(request->proof.size(), 4U);
  EXPECT_EQ(request->checkpoint.checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(request->checkpoint.checkpoint.size, 20852163U);
  EXPECT_EQ(format_add_checkpoint(*request), kExample);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(AddCheckpointBody, OneFormOnly) {
  const std::string good = kExample;
  const std::string hash = "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n";
  const std::vector<std::string> bad = {
      "",
      "old 1",
      "old 1\n",
      "old 1\n\n",
      good.substr(1),
      replaced(good, "old 20852014", "old"),
      replaced(good, "old 20852014", "old "),
      replaced(good, "old 20852014", "old  20852014"),
      replaced(good, "old 20852014", "old 020852014"),
      replaced(good, "old 20852014", "old +20852014"),
      replaced(good, "old 20852014", "old -1"),
      replaced(good, "old 20852014", "old 0x1"),
      replaced(good, "old 20852014", "old 20852014 "),
      replaced(good, "old 20852014\n", "old 20852014\r\n"),
      replaced(good, "old 20852014", "old 9223372036854775808"),
      replaced(good, "old 20852014", "Old 20852014"),
      replaced(good, hash, hash.substr(0, 43) + "\n"),
      replaced(good, hash, " " + hash),
      replaced(good, hash, "AAAA\n"),
      replaced(good, hash, "\n"),  // then a hash is the origin
      replaced(good, "\n\nexample", "\n\n\nexample"),
      replaced(good, "\n20852163\n", "\n020852163\n"),
      replaced(good, "\n\n— ", "\n— "),
      good.substr(0, good.size() - 1),
      good.substr(0, good.rfind("—")),
      good + "\n",
  };
  for (const std::string& body : bad) {
    const auto request = parse_add_checkpoint(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, Code::kInvalid) << body;
  }
  std::string most = replaced(good, hash, "");
  for (int i = 3; i < 63; ++i) most = replaced(most, "PlRN", hash + "PlRN");
  EXPECT_TRUE(parse_add_checkpoint(most));
  EXPECT_FALSE(parse_add_checkpoint(replaced(most, "PlRN", hash + "PlRN")));
  const auto long_body = parse_add_checkpoint(
      replaced(good, "\n\n— ", "\n" + std::string(128U << 10, 'x') + "\n\n— "));
  ASSERT_FALSE(long_body);
  EXPECT_EQ(long_body.error().code, Code::kLimit);
}

class RulingTest : public testing::Test {
 protected:
  TreeHead head(std::size_t size) {
    const Checkpoint checkpoint = honest_.checkpoint(size);
    return {.size = checkpoint.size, .root = checkpoint.root};
  }
  Verdict rule(const AddCheckpoint& request, const std::optional<TreeHead>& last) {
    const Ruling ruling = rule_on(request, keys_, last);
    EXPECT_EQ(ruling.why.empty(), ruling.verdict == Verdict::kCosign);
    return ruling.verdict;
  }

  History honest_{40, 40, "honest"};
  Signer log_ = log_signer();
  std::vector<VerifierKey> keys_{log_.verifier()};
};

TEST_F(RulingTest, GrowthIsCosigned) {
  for (std::size_t from = 0; from <= 40; ++from) {
    for (std::size_t to = from; to <= 40; ++to) {
      const AddCheckpoint request = honest_.request(from, to, log_);
      const Ruling ruling = rule_on(request, keys_, head(from));
      ASSERT_EQ(ruling.verdict, Verdict::kCosign) << from << " to " << to << ": " << ruling.why;
      EXPECT_EQ(ruling.accepted.note.text, request.checkpoint.note.text);
    }
  }
  EXPECT_EQ(rule(honest_.request(0, 7, log_), std::nullopt), Verdict::kCosign);
  EXPECT_EQ(rule(honest_.request(0, 0, log_), std::nullopt), Verdict::kCosign);
}

TEST_F(RulingTest, UnknownLog) {
  const AddCheckpoint request = honest_.request(0, 7, log_);
  EXPECT_EQ(rule_on(request, {}, std::nullopt).verdict, Verdict::kUnknownLog);
  // Before anything else is looked at.
  EXPECT_EQ(rule_on(honest_.request(8, 7, log_), {}, head(3)).verdict, Verdict::kUnknownLog);
}

TEST_F(RulingTest, OnlyKnownKeysCount) {
  AddCheckpoint request = honest_.request(0, 7, log_signer("log.example/a", 'x'));
  EXPECT_EQ(rule(request, std::nullopt), Verdict::kUnsigned);
  // Unknown signatures beside a good one are ignored, and not passed on.
  const Signature good = log_.sign(request.checkpoint.note.text, 0);
  request.checkpoint.note.signatures.push_back(good);
  request.checkpoint.note.signatures.push_back(good);
  const Ruling ruling = rule_on(request, keys_, std::nullopt);
  EXPECT_EQ(ruling.verdict, Verdict::kCosign);
  EXPECT_EQ(ruling.accepted.note.signatures, std::vector<Signature>{good});
  // A bad one by a known key spoils the note.
  request.checkpoint.note.signatures.push_back(log_.sign("another text\n", 0));
  EXPECT_EQ(rule(request, std::nullopt), Verdict::kUnsigned);
  // Before sizes are looked at.
  EXPECT_EQ(rule(honest_.request(8, 7, log_signer("log.example/a", 'x')), std::nullopt),
            Verdict::kUnsigned);
}

TEST_F(RulingTest, WhileALogChangesItsKey) {
  const Signer next = log_signer("log.example/a", 'n');
  keys_.push_back(next.verifier());
  AddCheckpoint request = honest_.request(0, 7, log_);
  EXPECT_EQ(rule(request, std::nullopt), Verdict::kCosign);
  request.checkpoint.note.signatures.push_back(next.sign(request.checkpoint.note.text, 0));
  EXPECT_EQ(rule_on(request, keys_, std::nullopt).accepted.note.signatures.size(), 2U);
  EXPECT_EQ(rule(honest_.request(0, 7, next), std::nullopt), Verdict::kCosign);
}

TEST_F(RulingTest, OldSizeAboveTheCheckpointsIsBadBeforeItIsAConflict) {
  EXPECT_EQ(rule(honest_.request(8, 7, log_), head(8)), Verdict::kBackwards);
  EXPECT_EQ(rule(honest_.request(8, 7, log_), head(5)), Verdict::kBackwards);
  EXPECT_EQ(rule(honest_.request(1, 0, log_), std::nullopt), Verdict::kBackwards);
}

TEST_F(RulingTest, ConflictTellsTheSize) {
  for (const std::size_t known : {0UL, 3UL, 20UL}) {
    for (const std::size_t old : {0UL, 2UL, 4UL, 7UL}) {
      if (old == known) continue;
      const Ruling ruling = rule_on(honest_.request(old, 7, log_), keys_, head(known));
      EXPECT_EQ(ruling.verdict, Verdict::kConflict) << known << " " << old;
      EXPECT_EQ(ruling.known_size, known);
    }
  }
  const Ruling never = rule_on(honest_.request(3, 7, log_), keys_, std::nullopt);
  EXPECT_EQ(never.verdict, Verdict::kConflict);
  EXPECT_EQ(never.known_size, 0U);
  // Before the proof is looked at.
  AddCheckpoint bad = honest_.request(3, 7, log_);
  bad.proof.clear();
  EXPECT_EQ(rule(bad, head(4)), Verdict::kConflict);
}

TEST_F(RulingTest, EmptyTreeHasItsRoot) {
  Checkpoint rooted = honest_.checkpoint(0);
  rooted.root = leaf_hash("no leaf");
  const AddCheckpoint request{
      .old_size = 0, .proof = {}, .checkpoint = sign_checkpoint(rooted, log_)};
  EXPECT_EQ(rule(request, std::nullopt), Verdict::kInconsistent);
  EXPECT_EQ(rule(request, head(0)), Verdict::kInconsistent);
  // It is a request like any other: parsed, and not 400.
  EXPECT_TRUE(parse_add_checkpoint(format_add_checkpoint(request)));
}

TEST_F(RulingTest, NoProofFromTheEmptyTree) {
  AddCheckpoint request = honest_.request(0, 7, log_);
  request.proof.push_back(leaf_hash("x"));
  EXPECT_EQ(rule(request, std::nullopt), Verdict::kInconsistent);
  EXPECT_EQ(rule(request, head(0)), Verdict::kInconsistent);
}

TEST_F(RulingTest, ProofHasToHold) {
  for (std::size_t i = 0; i < honest_.request(5, 29, log_).proof.size(); ++i) {
    AddCheckpoint request = honest_.request(5, 29, log_);
    request.proof[i].bytes[7] ^= 1;
    EXPECT_EQ(rule(request, head(5)), Verdict::kInconsistent) << i;
    request = honest_.request(5, 29, log_);
    request.proof.erase(request.proof.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(rule(request, head(5)), Verdict::kInconsistent) << i;
  }
  AddCheckpoint request = honest_.request(5, 29, log_);
  request.proof.push_back(leaf_hash("x"));
  EXPECT_EQ(rule(request, head(5)), Verdict::kInconsistent);
}

TEST_F(RulingTest, SameSizeNeedsSameRootAndNoProof) {
  History other(40, 3, "other");
  EXPECT_EQ(rule(other.request(9, 9, log_), head(9)), Verdict::kInconsistent);
  EXPECT_EQ(rule(other.request(3, 3, log_), head(3)), Verdict::kCosign);  // before the fork
  AddCheckpoint request = honest_.request(9, 9, log_);
  request.proof.push_back(leaf_hash("x"));
  EXPECT_EQ(rule(request, head(9)), Verdict::kInconsistent);
}

// However a log lies, all that is cosigned is of one history.
TEST(RulingProperty, NoTwoCosignaturesOfTreesThatDisagree) {
  const std::vector<VerifierKey> keys{log_signer().verifier()};
  const Signer log = log_signer();
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return random() % n; };
    constexpr std::size_t kLeaves = 24;
    std::vector<History> histories;
    for (int i = 0; i < 4; ++i) {
      histories.emplace_back(kLeaves, below(kLeaves + 1), std::to_string(i));
    }
    std::optional<TreeHead> last;
    std::vector<std::pair<std::size_t, std::size_t>> cosigned;  // history, size
    for (int step = 0; step < 60; ++step) {
      const std::size_t which = below(histories.size());
      const std::size_t to = below(kLeaves + 1);
      const std::size_t known = last ? last->size : 0;
      const std::size_t from = below(2) == 0 ? known : below(kLeaves + 1);
      AddCheckpoint request = histories[which].request(from, to, log);
      if (below(4) == 0) request.proof = histories[below(4)].request(from, to, log).proof;
      const Ruling ruling = rule_on(request, keys, last);
      if (ruling.verdict != Verdict::kCosign) continue;
      const Checkpoint& tree = ruling.accepted.checkpoint;
      EXPECT_GE(tree.size, last ? last->size : 0) << seed;
      last = TreeHead{.size = tree.size, .root = tree.root};
      cosigned.emplace_back(which, to);
    }
    ASSERT_FALSE(cosigned.empty());
    // The last one's history says what every tree before it was.
    for (const auto& [which, size] : cosigned) {
      EXPECT_EQ(histories[which].checkpoint(size),
                histories[cosigned.back().first].checkpoint(size))
          << seed;
    }
  }
}

}  // namespace
}  // namespace muzn::merkle
