#include "server/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/system.h"

namespace muzn::server {
namespace {

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    std::string pattern = testing::TempDir() + "/keysXXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~KeysTest() override { std::filesystem::remove_all(path_); }
  unsigned mode(const char* name) const {
    struct stat status{};
    EXPECT_EQ(::stat((path_ + "/" + name).c_str(), &status), 0);
    return status.st_mode & 0777U;
  }

  std::string path_;
  SystemRng rng_;
};

TEST_F(KeysTest, MakesAPairOnceAndReadsItAgain) {
  const auto dir = fs::Dir::open(path_);
  ASSERT_TRUE(dir);
  const auto first = root_keys(*dir, rng_, "", "");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_TRUE(first->generated);
  EXPECT_EQ(first->keys.access_key.size(), 20U);
  EXPECT_EQ(first->keys.secret_key.size(), 40U);
  EXPECT_EQ(mode(kRootKeysFile), 0600U);
  const auto second = root_keys(*dir, rng_, "", "");
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->generated);
  EXPECT_EQ(second->keys.secret_key, first->keys.secret_key);
}

TEST_F(KeysTest, TheEnvironmentWinsAndComesAsAPair) {
  const auto dir = fs::Dir::open(path_);
  ASSERT_TRUE(dir);
  EXPECT_EQ(root_keys(*dir, rng_, "A", "").error().code, Code::kInvalid);
  const auto keys = root_keys(*dir, rng_, "A", "B");
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->keys.secret_key, "B");
  EXPECT_FALSE(dir->exists(kRootKeysFile)) << "a given secret is not written down";
}

TEST_F(KeysTest, ADamagedFileIsRefusedNotReplaced) {
  const auto dir = fs::Dir::open(path_);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(dir->write_durably(kRootKeysFile, "{}"));
  EXPECT_EQ(root_keys(*dir, rng_, "", "").error().code, Code::kInvalid);
  ASSERT_TRUE(dir->write_durably(kMasterKeyFile, "12\n"));
  EXPECT_EQ(master_key(*dir, rng_).error().code, Code::kCorrupt);
}

TEST_F(KeysTest, TheMasterKeyStays) {
  const auto dir = fs::Dir::open(path_);
  ASSERT_TRUE(dir);
  const auto first = master_key(*dir, rng_);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(mode(kMasterKeyFile), 0600U);
  EXPECT_EQ(master_key(*dir, rng_).value(), *first);
}

}  // namespace
}  // namespace muzn::server
