#include "audit/leaf.h"

#include <gtest/gtest.h>

#include "audit/commitment.h"

namespace muzn::audit {
namespace {

const std::string kHandle(64, 'a');
const std::string kCommitment(64, '0');

Leaf sample() {
  return {.leaf_class = std::string(kControlClass),
          .kind = "create_user",
          .account = kHandle,
          .sequence = 7,
          .time = from_micros(1'763'800'000'000'000),
          .facts = {{"actor", {{"account", kHandle}, {"user", "root"}}}, {"active", true}},
          .hidden = {{"user_name", kCommitment}}};
}

TEST(Leaf, Golden) {
  EXPECT_EQ(encode_leaf(sample()),
            R"({"account":")" + kHandle + R"(","class":"control",)" +
                R"("facts":{"active":true,"actor":{"account":")" + kHandle +
                R"(","user":"root"}},"hidden":{"user_name":")" + kCommitment +
                R"("},"kind":"create_user","schema":"muzn.leaf/1","sequence":7,)" +
                R"("time_micros":1763800000000000})");
}

TEST(Leaf, ReadsWhatItWrites) {
  EXPECT_EQ(decode_leaf(encode_leaf(sample())).value(), sample());
  Leaf bare;
  bare.leaf_class = kDataClass;
  bare.kind = "gap";
  EXPECT_EQ(decode_leaf(encode_leaf(bare)).value(), bare);
}

// Each is a leaf but for one thing.
TEST(Leaf, RefusesAllButTheOneSpelling) {
  const std::string good = encode_leaf(sample());
  const auto with = [&good](std::string_view what, std::string_view by) {
    std::string out = good;
    const std::size_t at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), by);
  };
  for (const std::string& bad : {std::string(),
                                 std::string("{}"),
                                 std::string("[]"),
                                 good + " ",
                                 " " + good,
                                 with("\"sequence\":7", "\"sequence\":07"),
                                 with("\"sequence\":7", "\"sequence\":-7"),
                                 with("\"sequence\":7", "\"sequence\":7.0"),
                                 with("\"sequence\":7", "\"sequence\":\"7\""),
                                 with("\"sequence\":7", "\"sequence\":9007199254740992"),
                                 with("\"kind\":\"create_user\"", "\"kind\":\"Create\""),
                                 with("\"kind\":\"create_user\"", "\"kind\":\"\""),
                                 with("control", "Other"),
                                 with("\"active\":true", "\"active\":null"),
                                 with("\"active\":true", "\"active\":[1]"),
                                 with("\"active\":true", "\"active\":-1"),
                                 with("\"active\":true", "\"active\":1.5"),
                                 with("\"active\":true", "\"active\":\"a\\nb\""),
                                 with("\"active\":true", "\"active\":\"\xc3\xa4\""),
                                 with("\"active\":true", "\"active\":\"\\u0041\""),
                                 with("\"active\":true", R"("active":{"a":{"a":{"a":{"a":{}}}}})"),
                                 with("\"user_name\":\"0", "\"user_name\":\"A"),
                                 with("user_name", "user-name"),
                                 with("\"account\":\"a", "\"account\":\"g"),
                                 with("{\"account\"", "{\"a\":1,\"account\""),
                                 with("\"hidden\":{", "\"hidden\":[{")}) {
    const auto leaf = decode_leaf(bad);
    ASSERT_FALSE(leaf.has_value()) << bad;
    EXPECT_EQ(leaf.error().code, Code::kInvalid) << bad;
  }
  EXPECT_EQ(decode_leaf(with("muzn.leaf/1", "muzn.leaf/2")).error().code, Code::kUnsupported);
  EXPECT_EQ(decode_leaf(with("control", "other")).error().code, Code::kUnsupported);
  EXPECT_EQ(decode_leaf(std::string(kLeafBytesMax + 1, ' ')).error().code, Code::kLimit);
}

TEST(Commitment, IsTheDocumentedOne) {
  // By Python's hmac and hashlib.
  const std::string salt(kSaltBytes, 's');
  EXPECT_EQ(commit_to(salt, "user_name", "alice"),
            commitment(name_salt(salt, "user_name"), "alice"));
  EXPECT_NE(commit_to(salt, "user_name", "alice"), commit_to(salt, "actor", "alice"));
  EXPECT_NE(commit_to(salt, "user_name", "alice"), commit_to(salt, "user_name", "bob"));
  EXPECT_EQ(commit_to(salt, "user_name", "alice"),
            "79d99b5948143d85e11300bd503b8f04b0484cc34d505028588baf77234b1393");
}

}  // namespace
}  // namespace muzn::audit
