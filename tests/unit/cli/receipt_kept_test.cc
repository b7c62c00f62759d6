#include "cli/receipt_kept.h"

#include <gtest/gtest.h>

#include "audit/batch.h"
#include "audit/leaf.h"
#include "unit/tlog/files.h"

namespace muzn::cli {
namespace {

constexpr std::uint64_t kDeadline = 1'763'800'060;
const std::string kHandle(64, '5');
const std::string kOrigin = "log.example/audited/accounts/" + kHandle;

// An account's log of so many entries, and the public log, whose newest leaf says how that is.
class ReceiptKept : public testing::Test {
 protected:
  explicit ReceiptKept(std::uint64_t size = 700)
      : own_(tlog::files_of(size, [](std::uint64_t n) { return "record " + std::to_string(n); })) {
    for (std::uint64_t i = 0; i < size; ++i) tree_.push(leaf_of(i));
    policy_.logs = {{.key = tlog::log_key().verifier(), .url = ""}};
  }
  static merkle::Hash leaf_of(std::uint64_t n) {
    return merkle::leaf_hash("record " + std::to_string(n));
  }
  Result<Kept> judge(const merkle::Hash& leaf, std::int64_t seconds_after,
                     std::optional<std::uint64_t> first = std::nullopt) {
    const std::string said = audit::encode_leaf(audit::log_leaf(
        kHandle, 0, from_seconds(static_cast<std::int64_t>(kDeadline) + seconds_after),
        {kOrigin, tree_.size(), tree_.root(), {}}));
    tlog::Files outside = tlog::files_of(
        3, [&](std::uint64_t n) { return n == 1 ? said : "something else " + std::to_string(n); });
    const audit::Receipt receipt =
        audit::promise(tlog::log_key(), kOrigin, kDeadline, first, std::vector{leaf})[0];
    return find_kept(receipt, outside, own_, policy_);
  }
  Kept::Verdict verdict(const merkle::Hash& leaf, std::int64_t seconds_after,
                        std::optional<std::uint64_t> first = std::nullopt) {
    return judge(leaf, seconds_after, first).value().verdict;
  }
  using Verdict = Kept::Verdict;

  tlog::Files own_;
  merkle::Frontier tree_;
  merkle::Policy policy_;
};

TEST_F(ReceiptKept, IsFoundByItsHash) {
  for (const std::uint64_t n : {0U, 255U, 256U, 511U, 699U}) {
    for (const std::int64_t after : {-30, 30}) {
      const Kept kept = judge(leaf_of(n), after).value();
      EXPECT_EQ(kept.verdict, Verdict::kKept) << n;
      EXPECT_EQ(kept.entry, n);
      EXPECT_EQ(kept.leaf, 1U);
    }
    EXPECT_EQ(verdict(leaf_of(n), 30, n), Verdict::kKept);
    EXPECT_EQ(verdict(leaf_of(n), 30, n + 1), Verdict::kBroken);
  }
}

TEST_F(ReceiptKept, OneThatIsNowhere) {
  EXPECT_EQ(verdict(leaf_of(700), -30), Verdict::kNotYet);
  EXPECT_EQ(verdict(leaf_of(700), 0), Verdict::kNotYet);
  EXPECT_EQ(verdict(leaf_of(700), 1), Verdict::kBroken);
  EXPECT_NE(judge(leaf_of(700), 1)->why.find("none of them"), std::string::npos);
}

// A server can't make up a hash for who asks, nor hide one.
TEST_F(ReceiptKept, FilesThatLieAreNotBelieved) {
  std::string& tile = own_.bytes.at("tile/0/001");
  const std::string good = tile;
  tile.replace(0, merkle::kHashBytes, leaf_of(700).view());
  EXPECT_EQ(verdict(leaf_of(700), -30), Verdict::kNotYet);
  EXPECT_EQ(verdict(leaf_of(700), 1), Verdict::kBroken);
  // Of a hidden one it is not said that it is nowhere, but that the files are not the tree's.
  const Kept hidden = judge(leaf_of(256), 1).value();
  EXPECT_EQ(hidden.verdict, Verdict::kBroken);
  EXPECT_EQ(hidden.why.find("none of them"), std::string::npos);
  tile = good.substr(merkle::kHashBytes);
  EXPECT_EQ(judge(leaf_of(700), 1)->why.find("none of them"), std::string::npos);
  own_.bytes.erase("tile/0/001");
  EXPECT_EQ(judge(leaf_of(700), 1)->why.find("none of them"), std::string::npos);
  EXPECT_EQ(verdict(leaf_of(300), -30), Verdict::kNotYet);
}

TEST_F(ReceiptKept, NothingIsSaidWithoutAnAnswer) {
  own_.is_away = true;
  EXPECT_FALSE(judge(leaf_of(1), 30));
  EXPECT_FALSE(judge(leaf_of(700), 30));
}

}  // namespace
}  // namespace muzn::cli
