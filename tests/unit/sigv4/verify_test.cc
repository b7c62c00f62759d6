// verify() relies on nothing that parse_claim() saw: not on its options, and not on the request
// being the same one.
#include <gtest/gtest.h>

#include "unit/sigv4/fixture.h"

namespace muzn::sigv4 {
namespace {

std::string verified(const http::RequestHead& head, const Claim& claim, const Options& options) {
  const auto proof = verify(head, claim, kSecret, kExampleTime, options);
  return proof ? "" : proof.error().code;
}

TEST(Verify, JudgesTheScopeItself) {
  const auto head = signed_get();
  const Claim claim = parse_claim(head, us_east_1()).value().value();
  EXPECT_EQ(verified(head, claim, us_east_1()), "");
  Options other = us_east_1();
  other.region = "eu-central-1";
  EXPECT_EQ(verified(head, claim, other), "AuthorizationHeaderMalformed");
  other = us_east_1();
  other.service = "admin";
  EXPECT_EQ(verified(head, claim, other), "AuthorizationHeaderMalformed");
}

TEST(Verify, JudgesUnsignedHeadersItself) {
  auto head = signed_get();
  const Claim claim = parse_claim(head, us_east_1()).value().value();
  head.headers.add("x-amz-acl", "public-read");
  EXPECT_EQ(verified(head, claim, us_east_1()), "AccessDenied");
}

}  // namespace
}  // namespace muzn::sigv4
