#include "s3/token.h"

#include <gtest/gtest.h>

namespace muzn::s3 {
namespace {

TEST(Token, ComesBack) {
  for (const std::string_view position : {"", "a", "photos/2026/\x01\xC3\xA9", "zzzz"}) {
    const std::string token = make_token("objects:1", position);
    EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
    EXPECT_EQ(read_token("objects:1", token), position);
  }
}

TEST(Token, OfAnotherListingIsRefused) {
  const std::string token = make_token("objects:1", "key");
  EXPECT_FALSE(read_token("objects:2", token));
  EXPECT_FALSE(read_token("buckets:1", token));
}

TEST(Token, EveryFlippedBitIsFound) {
  const std::string token = make_token("objects:1", "some/key");
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string damaged = token;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ (1U << bit));
      EXPECT_FALSE(read_token("objects:1", damaged)) << i << "/" << bit;
    }
  }
}

TEST(Token, GarbageIsRefused) {
  for (const std::string_view token :
       {"garbage", "A", "====", "AQ", "AQAAAAAAAAAA", "AgAAAAAAAAAA"}) {
    EXPECT_FALSE(read_token("objects:1", token)) << token;
  }
}

}  // namespace
}  // namespace muzn::s3
