#include "audit/filter.h"

#include <gtest/gtest.h>

namespace muzn::audit {
namespace {

Leaf sample() {
  Leaf out;
  out.leaf_class = kControlClass;
  out.kind = "create_user";
  out.account = std::string(64, 'a');
  out.time = from_seconds(1000);
  out.facts["actor"] = {{"account", std::string(64, 'b')}, {"user", "root"}};
  return out;
}

TEST(Filter, Matches) {
  const Leaf leaf = sample();
  for (const char* yes :
       {"all", "kind=create_user", "class=control", "account=aaaaaaaa", "account=bbbbbbbbbb",
        "class=control,kind=create_user,account=aaaaaaaa"}) {
    EXPECT_TRUE(parse_filter(yes)->matches(leaf)) << yes;
  }
  for (const char* no : {"kind=delete_user", "class=data", "account=aaaaaaaab",
                         "kind=create_user,class=data", "account=cccccccc"}) {
    EXPECT_FALSE(parse_filter(no)->matches(leaf)) << no;
  }
  Filter filter;
  filter.since = from_seconds(1000);
  EXPECT_TRUE(filter.matches(leaf));
  filter.since = from_seconds(1001);
  EXPECT_FALSE(filter.matches(leaf));
  Leaf bare = leaf;
  bare.facts = {{"actor", {{"account", 7U}}}};
  bare.account = "";
  EXPECT_FALSE(parse_filter("account=bbbbbbbb")->matches(bare));
}

TEST(Filter, Refuses) {
  for (const char* bad : {"", ",", "kind", "kind=", "what=x", "kind=a,kind=b", "kind=a,",
                          "account=aaaa", "account=AAAAAAAA", "all,kind=a"}) {
    EXPECT_EQ(parse_filter(bad).error().code, Code::kInvalid) << bad;
  }
}

TEST(Filter, Since) {
  EXPECT_EQ(parse_since("1970-01-02").value(), from_seconds(86'400));
  EXPECT_EQ(parse_since("1970-01-01T00:00:07Z").value(), from_seconds(7));
  EXPECT_FALSE(parse_since("yesterday"));
}

}  // namespace
}  // namespace muzn::audit
