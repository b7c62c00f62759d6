#include "object/lifecycle_rows.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace muzn::object::row::test {
namespace {

std::string hex(std::string_view bytes) {
  return codec::hex_encode(bytes);
}

TEST(LifecycleRows, GoldenBytes) {
  EXPECT_EQ(hex(initiated(from_micros(1), "a", "id")), "747500000000000000016100006964");
  EXPECT_EQ(lifecycle_state(), "ls");
  EXPECT_EQ(hex(lifecycle_due_row(from_micros(1), 2, 3)),
            "6c64000000000000000100000000000000020000000000000003");
  EXPECT_EQ(hex(encode(LifecycleDue{"a", 300})),
            "01"
            "0161"
            "ac02");
  EXPECT_EQ(hex(encode_streams({{'c', 30, "ab"}, {'u', 300, ""}})),
            "01"
            "02"
            "631e026162"
            "75ac0200");
}

TEST(LifecycleRows, KeysComeBack) {
  const auto upload = parse_time_key(initiated(from_micros(7), std::string("a\0b", 3), "id"));
  ASSERT_TRUE(upload);
  EXPECT_EQ(upload->kind, 'u');
  EXPECT_EQ(upload->time, from_micros(7));
  EXPECT_EQ(upload->key, std::string("a\0b", 3));
  EXPECT_EQ(upload->upload_id, "id");
  EXPECT_EQ(parse_lifecycle_due(lifecycle_due_row(from_micros(9), 1, 2)).value(), from_micros(9));
  EXPECT_LT(lifecycle_due_row(from_micros(8), 9, 9), lifecycle_due_from(from_micros(9)));
}

TEST(LifecycleRows, DecodersAreStrict) {
  const std::string due = encode(LifecycleDue{"a", 1});
  const std::string walks = encode_streams({{'c', 1, "x"}});
  EXPECT_TRUE(decode_lifecycle_due(due));
  EXPECT_TRUE(decode_streams(walks));
  EXPECT_FALSE(decode_lifecycle_due(due + '\0'));
  EXPECT_FALSE(decode_streams(walks + '\0'));
  for (std::size_t size = 0; size < due.size(); ++size) {
    EXPECT_FALSE(decode_lifecycle_due(due.substr(0, size))) << size;
  }
  for (std::size_t size = 0; size < walks.size(); ++size) {
    EXPECT_FALSE(decode_streams(walks.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_streams(encode_streams({{'u', 1, ""}, {'c', 1, ""}}))) << "out of order";
  EXPECT_FALSE(decode_streams(encode_streams({{'c', 1, ""}, {'c', 1, "x"}}))) << "twice";
  EXPECT_FALSE(parse_time_key("tx12345678")) << "no kind of time";
  EXPECT_FALSE(parse_time_key("tc")) << "without a time";
  EXPECT_FALSE(parse_lifecycle_due("ld1"));
  EXPECT_FALSE(parse_lifecycle_due("ls"));
}

}  // namespace
}  // namespace muzn::object::row::test
