#include "tlog/key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/system.h"
#include "merkle/verifier.h"
#include "unit/fs/temp_dir.h"

namespace muzn::tlog {
namespace {

constexpr const char* kKeyFile = "witness.key";

class KeyTest : public testing::Test {
 protected:
  Result<std::string> vkey(std::string_view name) {
    TRY(const merkle::Signer signer,
        open_key(data_, kKeyFile, merkle::KeyType::kCosignature, name, rng_));
    return merkle::format_vkey(signer.verifier());
  }

  test::TempDir dir_;
  SystemRng rng_;
  fs::Dir data_ = fs::Dir::open(dir_.path()).value();
};

TEST_F(KeyTest, MadeOnceAndOnlyForItsOwner) {
  const auto first = vkey("witness.example/w");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(merkle::parse_vkey(*first)->type, merkle::KeyType::kCosignature);
  struct stat status{};
  ASSERT_EQ(::stat((dir_.path() + "/" + kKeyFile).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(vkey("witness.example/w"), *first);
  EXPECT_EQ(vkey(""), *first);
  // Base64 of a type 0x04 begins with B.
  EXPECT_TRUE(data_.read_file(kKeyFile, 4096)->contains(first->substr(17, 10) + "B"));
  // What is signed with what was read is good.
  const auto again = open_key(data_, kKeyFile, merkle::KeyType::kCosignature, "", rng_);
  const merkle::Signature signature = again->sign("text\n", 7);
  EXPECT_EQ(merkle::verify_signature(*merkle::parse_vkey(*first), "text\n", signature), 7U);
}

TEST_F(KeyTest, OneNameForAKey) {
  ASSERT_TRUE(vkey("witness.example/w"));
  EXPECT_EQ(vkey("witness.example/v").error().code, Code::kInvalid);
}

TEST_F(KeyTest, NewKeyNeedsAGoodName) {
  for (const char* name : {"", "two words", "a+b"}) {
    EXPECT_EQ(vkey(name).error().code, Code::kInvalid) << name;
    EXPECT_FALSE(data_.exists(kKeyFile)) << name;
  }
}

TEST_F(KeyTest, DamagedKeyIsNotReplaced) {
  ASSERT_TRUE(vkey("witness.example/w"));
  const std::string good = data_.read_file(kKeyFile, 4096).value();
  for (const std::string& bad : {std::string(), good.substr(1), good.substr(0, good.size() - 3),
                                 good + "x", "PRIVATE+KEY+other" + good.substr(good.find("/w"))}) {
    ASSERT_TRUE(data_.write_durably(kKeyFile, bad));
    EXPECT_EQ(vkey("witness.example/w").error().code, Code::kCorrupt) << bad;
    EXPECT_EQ(data_.read_file(kKeyFile, 4096), bad);
  }
}

TEST(ParseKey, OfCosignersOnly) {
  // The key of a log, as Go's note.GenerateKey makes it: type 1.
  EXPECT_FALSE(
      parse_key("PRIVATE+KEY+PeterNeumann+c74f20a3+"
                "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
                merkle::KeyType::kCosignature));
  EXPECT_FALSE(parse_key("PRIVATE+KEY+", merkle::KeyType::kCosignature));
  EXPECT_FALSE(parse_key("PRIVATE+KEY+a+", merkle::KeyType::kCosignature));
  EXPECT_FALSE(parse_key("PRIVATE+KEY+a++", merkle::KeyType::kCosignature));
}

}  // namespace
}  // namespace muzn::tlog
