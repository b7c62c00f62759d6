#include "s3/names.h"

#include <gtest/gtest.h>

#include <string>

namespace muzn::s3 {
namespace {

TEST(BucketName, FollowsTheRulesOfAws) {
  for (const std::string_view name :
       {"abc", "a-b", "a.b", "123", "aaa.111", "a--b", "1.2.3", "sthre", "xn-a", "my-bucket-s3"}) {
    EXPECT_TRUE(valid_bucket_name(name)) << name;
  }
  EXPECT_TRUE(valid_bucket_name(std::string(63, 'a')));
  for (const std::string_view name : {"",
                                      "a",
                                      "aa",
                                      "Foo",
                                      "foo_bar",
                                      "foo..bar",
                                      "foo.-bar",
                                      "foo-.bar",
                                      "foo-",
                                      "-foo",
                                      ".foo",
                                      "foo.",
                                      "192.168.5.123",
                                      "xn--abc",
                                      "sthree-a",
                                      "amzn-s3-demo-x",
                                      "a-s3alias",
                                      "a--ol-s3",
                                      "abc.mrap",
                                      "a--x-s3",
                                      "a--table-s3",
                                      "a b",
                                      "a%b",
                                      "a/b",
                                      "\xC3\xA9tude"}) {
    EXPECT_FALSE(valid_bucket_name(name)) << name;
  }
  EXPECT_FALSE(valid_bucket_name(std::string(64, 'a')));
}

TEST(BucketName, OldNamesCanBeAskedFor) {
  EXPECT_TRUE(possible_bucket_name("Old_Name"));
  EXPECT_TRUE(possible_bucket_name(std::string(255, 'a')));
  EXPECT_FALSE(possible_bucket_name(std::string(256, 'a')));
  EXPECT_FALSE(possible_bucket_name(""));
  EXPECT_FALSE(possible_bucket_name("a b"));
  EXPECT_FALSE(possible_bucket_name("a/b"));
}

TEST(Key, ClimbsAboveItsBucket) {
  for (const std::string_view key :
       {"..", "../x", "a/../../x", "a/..//../x", "./..", "a/./../.."}) {
    EXPECT_TRUE(climbs(key)) << key;
  }
  for (const std::string_view key :
       {"a", "a/..", "a/../b", "/a", "/", "///", "..a", "a../b", "..."}) {
    EXPECT_FALSE(climbs(key)) << key;
  }
}

}  // namespace
}  // namespace muzn::s3
