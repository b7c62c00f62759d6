#include "audit/receipt.h"

#include <gtest/gtest.h>

#include <random>

#include "merkle/frontier.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kLog = "log.example.org/accounts/5f0c";
constexpr std::uint64_t kDeadline = 1'763'800'060;

const merkle::Signer& signer() {
  static const merkle::Signer made =
      merkle::Signer::make("log.example.org", merkle::KeyType::kEd25519, std::string(32, 's'))
          .value();
  return made;
}

std::vector<merkle::Hash> leaves_of(std::size_t count) {
  std::vector<merkle::Hash> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(merkle::leaf_hash(std::to_string(i)));
  return out;
}

TEST(Receipt, Golden) {
  const std::vector<merkle::Hash> leaves = leaves_of(3);
  EXPECT_EQ(promise_text(kLog, kDeadline, 9, 3, merkle::root_of(leaves)),
            "muzn.receipt/1\nlog.example.org/accounts/5f0c\n1763800060\n9\n3\n" +
                merkle::to_base64(merkle::root_of(leaves)) + "\n");
  const std::string text = encode_receipt(promise(signer(), kLog, kDeadline, 9, leaves)[2]);
  const std::string upper = merkle::to_base64(merkle::node_hash(leaves[0], leaves[1]));
  EXPECT_TRUE(text.starts_with(
      "v=1;log=log.example.org/accounts/5f0c;by=1763800060;leaf=" + merkle::to_base64(leaves[2]) +
      ";first=9;index=2;size=3;path=" + upper + ";key="))
      << text;
}

// Without a place in the log, which is not known yet.
TEST(Receipt, GoldenOfForm2) {
  const std::vector<merkle::Hash> leaves = leaves_of(3);
  EXPECT_EQ(promise_text(kLog, kDeadline, std::nullopt, 3, merkle::root_of(leaves)),
            "muzn.receipt/2\nlog.example.org/accounts/5f0c\n1763800060\n3\n" +
                merkle::to_base64(merkle::root_of(leaves)) + "\n");
  const Receipt receipt = promise(signer(), kLog, kDeadline, std::nullopt, leaves)[2];
  const std::string text = encode_receipt(receipt);
  EXPECT_TRUE(text.starts_with(
      "v=2;log=log.example.org/accounts/5f0c;by=1763800060;leaf=" + merkle::to_base64(leaves[2]) +
      ";index=2;size=3;path=" + merkle::to_base64(merkle::node_hash(leaves[0], leaves[1])) +
      ";key="))
      << text;
  EXPECT_EQ(decode_receipt(text).value(), receipt);
  EXPECT_TRUE(verify_receipt(receipt, signer().verifier()));
  EXPECT_EQ(receipt.entry(), std::nullopt);
  // Neither form is the other.
  Receipt other = receipt;
  other.first = 0;
  EXPECT_FALSE(verify_receipt(other, signer().verifier()));
  EXPECT_FALSE(decode_receipt("v=1" + text.substr(3)));
}

// Every place in groups of every size: the tree is the one of merkle, which proves it, too.
TEST(Receipt, OfEveryPlaceInAGroup) {
  for (std::size_t size = 1; size <= 70; ++size) {
    const std::vector<merkle::Hash> leaves = leaves_of(size);
    const merkle::Hash root = merkle::root_of(leaves);
    const auto first = size % 2 == 0 ? std::optional<std::uint64_t>(1000) : std::nullopt;
    const std::vector<Receipt> receipts = promise(signer(), kLog, kDeadline, first, leaves);
    ASSERT_EQ(receipts.size(), size);
    for (std::size_t i = 0; i < size; ++i) {
      const Receipt& receipt = receipts[i];
      EXPECT_TRUE(verify_receipt(receipt, signer().verifier()));
      EXPECT_TRUE(merkle::verify_inclusion(i, size, leaves[i], receipt.path, root));
      EXPECT_EQ(receipt.signature, receipts[0].signature);
      const std::string text = encode_receipt(receipt);
      EXPECT_LE(text.size(), kReceiptBytesMax);
      EXPECT_EQ(decode_receipt(text).value(), receipt);
    }
  }
}

TEST(Receipt, TheLargestGroupFitsAHeader) {
  const auto receipts =
      promise(signer(), kLog, UINT32_MAX, merkle::kSizeMax, leaves_of(kGroupRecordsMax));
  for (const std::size_t i : {std::size_t{0}, receipts.size() - 1}) {
    EXPECT_TRUE(decode_receipt(encode_receipt(receipts[i])));
    EXPECT_TRUE(verify_receipt(receipts[i], signer().verifier()));
  }
}

// Whatever is changed, it is not what was promised.
TEST(Receipt, NothingElseWasPromised) {
  const Receipt good = promise(signer(), kLog, kDeadline, 9, leaves_of(7))[4];
  const auto refused = [&](auto change) {
    Receipt bad = good;
    change(bad);
    return !verify_receipt(bad, signer().verifier());
  };
  EXPECT_FALSE(refused([](Receipt&) {}));
  EXPECT_TRUE(refused([](Receipt& r) { r.log += "x"; }));
  EXPECT_TRUE(refused([](Receipt& r) { ++r.deadline; }));
  EXPECT_TRUE(refused([](Receipt& r) { r.leaf.bytes[0] ^= 1; }));
  EXPECT_TRUE(refused([](Receipt& r) { ++*r.first; }));
  EXPECT_TRUE(refused([](Receipt& r) { r.first.reset(); }));
  EXPECT_TRUE(refused([](Receipt& r) { ++r.index; }));
  EXPECT_TRUE(refused([](Receipt& r) { r.index = r.size; }));
  EXPECT_TRUE(refused([](Receipt& r) { ++r.size; }));
  EXPECT_TRUE(refused([](Receipt& r) { r.path.pop_back(); }));
  EXPECT_TRUE(refused([](Receipt& r) { r.path.push_back(r.leaf); }));
  EXPECT_TRUE(refused([](Receipt& r) { r.path[1].bytes[5] ^= 1; }));
  EXPECT_TRUE(refused([](Receipt& r) { r.signature[9] ^= 1; }));
  EXPECT_TRUE(refused([](Receipt& r) { ++r.key_id; }));
  const auto other =
      merkle::Signer::make("log.example.org", merkle::KeyType::kEd25519, std::string(32, 't'))
          .value();
  EXPECT_FALSE(verify_receipt(good, other.verifier()));
}

TEST(Receipt, OneSpelling) {
  const Receipt receipt = promise(signer(), kLog, kDeadline, 9, leaves_of(5))[3];
  const std::string good = encode_receipt(receipt);
  const auto with = [&good](std::string_view what, std::string_view by) {
    std::string out = good;
    const std::size_t at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), by);
  };
  for (const std::string& bad :
       {std::string(), good + ";", good + " ", " " + good, with(";by=", ";BY="),
        with(";by=1", ";by=01"), with(";by=", ";by=+"), with(";first=9", ";first=09"),
        with(";index=3", ";index=5"), with(";index=3", ";index=-1"), with(";size=5", ";size=0"),
        with(";size=5", ";size=65537"), with(";path=", ";path=,"), with(";log=l", ";log= l"),
        with(";sig=", ";sig=A"), with(";sig=", ";sig=;x="), with(";key=", ";key=0"),
        good.substr(0, good.find(";sig"))}) {
    EXPECT_FALSE(decode_receipt(bad)) << bad;
  }
  EXPECT_EQ(decode_receipt(with("v=1", "v=3")).error().code, Code::kUnsupported);
  EXPECT_FALSE(decode_receipt(with("v=1", "v=2")));
  EXPECT_FALSE(decode_receipt(with(";first=9", "")));
  EXPECT_EQ(decode_receipt(std::string(kReceiptBytesMax + 1, 'x')).error().code, Code::kLimit);
  // A flipped bit anywhere: no receipt, or one that was never given.
  std::mt19937 random(3);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    const auto read = decode_receipt(bad);
    EXPECT_FALSE(read && verify_receipt(*read, signer().verifier())) << bad;
  }
}

}  // namespace
}  // namespace muzn::audit
