#include "server/promises.h"

#include <gtest/gtest.h>

#include "audit/outbox_row.h"
#include "codec/json.h"

namespace muzn::server {
namespace {

class StillClock final : public Clock {
 public:
  Time now() const override { return from_seconds(1'763'800'000); }
  std::int64_t monotonic_micros() const override { return 1500; }
};

class FakePromises final : public Promises {
 public:
  std::string wants(const audit::Record&) const override {
    ++asked;
    return handle;
  }
  Result<void> has_room() const override {
    if (room) return {};
    return fail(Code::kUnavailable, "full");
  }
  void add(audit::Outgoing row) override { added.push_back(std::move(row)); }
  Task<std::string> promise_kept(std::string, merkle::Hash) override { co_return ""; }
  Task<Result<std::string>> promise(std::string, const audit::Record&) override { co_return ""; }

  mutable int asked = 0;
  std::string handle = "aa";
  bool room = true;
  std::vector<audit::Outgoing> added;
};

class CarriedRecordTest : public testing::Test {
 protected:
  CarriedRecordTest() { record_.operation = "PutObject"; }
  static codec::Json line_of(const std::string& row) {
    return codec::parse_json(audit::decode_outbox(row)->line).value();
  }

  StillClock clock_;
  FakePromises promises_;
  audit::Record record_;
  std::uint64_t bytes_in_ = 0;
  CarriedRecord carried_{&promises_, record_, bytes_in_, clock_, 1000};
};

TEST_F(CarriedRecordTest, SaysWhatIsKnownAtTheCommit) {
  ASSERT_TRUE(carried_.begin());
  bytes_in_ = 7;
  const std::string row = carried_.row("v1");
  const codec::Json line = line_of(row);
  EXPECT_EQ(line["status"], 200);
  EXPECT_EQ(line["version_id"], "v1");
  EXPECT_EQ(line["bytes_in"], 7);
  EXPECT_EQ(line["duration_us"], 500);
  // The record itself says so only when it is true.
  EXPECT_EQ(record_.status, 0);
  EXPECT_EQ(record_.version_id, "");
  EXPECT_FALSE(carried_.is_kept());
  record_.status = 204;
  const std::string again = carried_.row("");
  EXPECT_EQ(line_of(again)["status"], 204);
  carried_.kept(1024, "e1");
  ASSERT_TRUE(carried_.is_kept());
  ASSERT_EQ(promises_.added.size(), 1U);
  EXPECT_EQ(promises_.added[0].entry.line, audit::decode_outbox(again)->line);
  EXPECT_EQ(promises_.added[0].entry.hash, carried_.leaf());
  EXPECT_EQ(carried_.leaf(), merkle::leaf_hash(audit::decode_outbox(again)->line));
  EXPECT_EQ(promises_.added[0].row_key, "e1");
  EXPECT_EQ(promises_.asked, 1);
}

TEST_F(CarriedRecordTest, NothingIsBegunWithoutRoom) {
  promises_.room = false;
  EXPECT_EQ(carried_.begin().error().code, Code::kUnavailable);
}

TEST_F(CarriedRecordTest, CostsNothingWhereNoneIsWanted) {
  promises_.handle = "";
  promises_.room = false;
  EXPECT_TRUE(carried_.begin());
  EXPECT_EQ(carried_.row("v1"), "");
  EXPECT_FALSE(carried_.is_wanted());
  EXPECT_EQ(promises_.asked, 1);
  CarriedRecord nobodys(nullptr, record_, bytes_in_, clock_, 1000);
  EXPECT_TRUE(nobodys.begin());
  EXPECT_EQ(nobodys.row(""), "");
  EXPECT_FALSE(nobodys.is_wanted());
}

}  // namespace
}  // namespace muzn::server
