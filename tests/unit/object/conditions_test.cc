#include "object/conditions.h"

#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

WriteCondition match(std::string value) {
  WriteCondition out;
  out.if_match = std::move(value);
  return out;
}
WriteCondition none_match(std::string value) {
  WriteCondition out;
  out.if_none_match = std::move(value);
  return out;
}

TEST(Conditions, Writes) {
  Version version;
  version.etag = "abc";
  Version marker;
  marker.delete_marker = true;
  EXPECT_TRUE(judge_write({}, nullptr));
  EXPECT_TRUE(judge_write({}, &version));
  EXPECT_TRUE(judge_write(match("*"), &version));
  EXPECT_TRUE(judge_write(match("\"abc\""), &version));
  EXPECT_TRUE(judge_write(match("\"x\", \"abc\""), &version));
  EXPECT_TRUE(fails(judge_write(match("\"x\""), &version), Fault::kPreconditionFailed));
  EXPECT_TRUE(fails(judge_write(match("*"), nullptr), Fault::kNoSuchKey));
  EXPECT_TRUE(fails(judge_write(match("*"), &marker), Fault::kNoSuchKey));
  EXPECT_TRUE(judge_write(none_match("*"), nullptr));
  EXPECT_TRUE(judge_write(none_match("*"), &marker));
  EXPECT_TRUE(judge_write(none_match("\"x\""), &version));
  EXPECT_TRUE(fails(judge_write(none_match("*"), &version), Fault::kPreconditionFailed));
  EXPECT_TRUE(fails(judge_write(none_match("\"abc\""), &version), Fault::kPreconditionFailed));
}

TEST(Conditions, Removals) {
  Version version;
  version.etag = "abc";
  version.size = 3;
  version.modified = from_micros(5'900'000);
  EXPECT_TRUE(judge_remove({}, version));
  EXPECT_TRUE(judge_remove(match("abc"), version));
  EXPECT_TRUE(fails(judge_remove(match("x"), version), Fault::kPreconditionFailed));
  WriteCondition condition;
  condition.if_match_size = 3;
  condition.if_match_modified = from_seconds(5);
  EXPECT_TRUE(judge_remove(condition, version));
  condition.if_match_modified = from_seconds(6);
  EXPECT_TRUE(fails(judge_remove(condition, version), Fault::kPreconditionFailed));
  condition.if_match_modified.reset();
  condition.if_match_size = 4;
  EXPECT_TRUE(fails(judge_remove(condition, version), Fault::kPreconditionFailed));
}

}  // namespace
}  // namespace muzn::object::test
