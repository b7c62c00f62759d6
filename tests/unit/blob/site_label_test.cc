#include "blob/site_label.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "unit/fs/temp_dir.h"

namespace muzn::blob {
namespace {

TEST(SiteLabel, IsForGood) {
  const test::TempDir temp;
  const auto dir = fs::Dir::open(temp.path()).value();
  EXPECT_EQ(settle_site(dir, "").value(), "");
  EXPECT_FALSE(std::filesystem::exists(temp.path() + "/site")) << "nobody has said anything yet";
  EXPECT_EQ(settle_site(dir, "Home").error().code, Code::kInvalid);
  EXPECT_EQ(settle_site(dir, "ps-1").value(), "ps-1");
  EXPECT_EQ(settle_site(dir, "").value(), "ps-1");
  EXPECT_EQ(settle_site(dir, "ps-1").value(), "ps-1");
  const auto other = settle_site(dir, "de-1");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::kInvalid);
  EXPECT_EQ(other.error().what, temp.path() +
                                    " is labelled as of site ps-1, and this start says de-1: a "
                                    "label is for good (docs/residency.md)");
  EXPECT_EQ(settle_site(dir, "").value(), "ps-1") << "a refusal changes nothing";
}

TEST(SiteLabel, HasOneForm) {
  const std::string good = encode_site("ps-1");
  EXPECT_EQ(good, "muzn site 1\nsite ps-1\nchecksum " + good.substr(good.size() - 17));
  EXPECT_EQ(decode_site(good).value(), "ps-1");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string other = good;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(decode_site(other)) << i;
    EXPECT_FALSE(decode_site(good.substr(0, i))) << i;
  }
  EXPECT_FALSE(decode_site(good + "\n"));
  EXPECT_EQ(decode_site("muzn site 2\nsite ps-1\n").error().code, Code::kInvalid);
  EXPECT_EQ(decode_site("muzn volume 1\n").error().code, Code::kCorrupt);
}

TEST(SiteLabel, RotIsTold) {
  const test::TempDir temp;
  const auto dir = fs::Dir::open(temp.path()).value();
  ASSERT_TRUE(settle_site(dir, "ps-1"));
  std::ofstream(temp.path() + "/site") << "muzn site 1\nsite de-1\nchecksum 0000000000000000\n";
  EXPECT_EQ(settle_site(dir, "ps-1").error().code, Code::kCorrupt);
  EXPECT_EQ(settle_site(dir, "").error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::blob
