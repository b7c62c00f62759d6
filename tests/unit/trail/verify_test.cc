// verify_rows() takes what trails write, and finds each planted fault.
#include "trail/verify.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/json.h"
#include "meta/mem_store.h"
#include "trail/rows.h"
#include "unit/control/fakes.h"

namespace muzn::trail {
namespace {

constexpr std::uint64_t kTaken = 100;  // of the journal

// Rows as they are while two events wait for a file that is planned.
class VerifyTrails : public testing::Test {
 protected:
  VerifyTrails() {
    trails_[id_] = {.trail = control::sample_trail(1), .started = {}, .stopped = {}};
    trails_[id_].trail.created = time_;
    state_ = state_of(2);
    state_.file_plan = FilePlan{.last = 8, .made = time_, .bucket = "b", .key = "k"};
    put(std::string(kCursorRow), encode_cursor(kTaken));
    put(event_row(id_.first, time_, 7), event());
    const KeyRow key{
        .from = time_, .to = time_ + std::chrono::days(1), .public_der = "p", .sealed = "s"};
    put(key_row(time_), encode_key(key));
    put(state_row(id_), encode_state(state_));
    for (const std::uint64_t sequence : {7U, 8U}) {
      put(waiting_row(id_, sequence),
          encode_waiting({.time = time_, .leaf = {}, .event = text("id")}));
    }
  }

  static std::string text(const std::string& id) { return R"({"eventID":")" + id + R"("})"; }
  // While so many events wait.
  TrailState state_of(std::uint64_t waiting) const {
    TrailState out;
    out.created = time_;
    out.waiting = waiting;
    out.waiting_bytes = waiting * text("id").size();
    return out;
  }
  std::string event(const std::string& time = "2026-11-26T12:00:00Z") const {
    return codec::dump_json({{"eventTime", time}, {"recipientAccountId", id_.first}});
  }
  void put(const std::string& key, const std::string& value) {
    meta::Commit commit = new_commit();
    commit.put(key, value);
    ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  }
  void erase(const std::string& key) {
    meta::Commit commit = new_commit();
    commit.erase(key);
    ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  }
  void put_state(const TrailState& state) { put(state_row(id_), encode_state(state)); }
  // All errors, then all warnings, a line each.
  std::string found() {
    const auto judged = verify_rows(rows_, &trails_);
    std::string out;
    for (const std::string& one : judged.errors) out += one + "\n";
    for (const std::string& one : judged.warnings) out += "warning: " + one + "\n";
    return out;
  }
  // The one thing that is wrong has `part` in it.
  void expect(std::string_view part) {
    const std::string all = found();
    EXPECT_TRUE(all.contains(part)) << all;
    EXPECT_EQ(std::ranges::count(all, '\n'), 1) << all;
  }

  meta::MemStore rows_;
  const TrailId id_{control::sample_account_id(1), "trail"};
  const Time time_ = from_micros(1'795'694'400'123'456);  // 2026-11-26 12:00
  control::Trails trails_;
  TrailState state_;
};

TEST_F(VerifyTrails, OfATrailAtWorkAreWell) {
  EXPECT_EQ(found(), "");
  EXPECT_EQ(verify_rows(rows_, &trails_).rows, 6U);
  EXPECT_TRUE(verify_rows(rows_, nullptr).errors.empty());
  meta::MemStore none;
  EXPECT_EQ(verify_rows(none, &trails_).rows, 0U);
}

TEST_F(VerifyTrails, ThatDoNotReadAreTold) {
  for (const auto& [key, part] : std::vector<std::pair<std::string, std::string>>{
           {std::string(kCursorRow), "the cursor of trails does not read"},
           {event_row(id_.first, time_, 7), "an event of 100000000001 does not read"},
           {key_row(time_), "a key of trails does not read"},
           {state_row(id_), "a trail's state does not read"},
           {waiting_row(id_, 7), "a waiting event does not read"}}) {
    const auto before = run_sync(rows_.get(kTrailShard, key)).value().value();
    put(key, before.substr(0, before.size() - 1));
    EXPECT_TRUE(found().contains(part)) << part << "\n" << found();
    put(key, before);
  }
  EXPECT_EQ(found(), "");
}

TEST_F(VerifyTrails, OfOddKeysAreTold) {
  for (const auto& [key, part] : std::vector<std::pair<std::string, std::string>>{
           {"z", "a row of an unknown tag"},
           {"e123", "an event's key is none"},
           {"e" + std::string(28, 'x'), "an event's key has no account"},
           {"tnobody", "a state's key names no trail"},
           {"wnobody", "the key of a waiting event is none"},
           {"w100000000001/trail", "the key of a waiting event is none"}}) {
    put(key, "");
    expect(part);
    erase(key);
  }
}

TEST_F(VerifyTrails, InAnotherPlaceThanTheirOwnAreTold) {
  put(event_row(id_.first, time_ + std::chrono::seconds(1), 7), event());
  expect("an event of 100000000001 lies at another time than its own");
  erase(event_row(id_.first, time_ + std::chrono::seconds(1), 7));
  put(event_row(control::sample_account_id(2), time_, 7), event());
  expect("an event of 100000000002 is another account's");
  erase(event_row(control::sample_account_id(2), time_, 7));
  put(event_row(id_.first, time_, kTaken), event());
  expect("an event of sequence 100 that was not taken from the journal");
  erase(event_row(id_.first, time_, kTaken));
  put(key_row(time_ + std::chrono::seconds(1)),
      run_sync(rows_.get(kTrailShard, key_row(time_))).value().value());
  expect("a signing key lies at another time than its own");
}

TEST_F(VerifyTrails, ThatDoNotAgreeAreTold) {
  erase(waiting_row(id_, 7));
  expect("says that 2 events of 32 bytes wait, its rows 1 of 16");
  put_state(state_of(1));
  EXPECT_EQ(found(), "");
  state_.waiting = 1;
  state_.waiting_bytes = 16;
  state_.file_plan->last = 7;
  put_state(state_);
  expect("ends with an event that is not there");
  erase(state_row(id_));
  expect("an event waits for the trail 100000000001/trail, which has no state");
}

TEST_F(VerifyTrails, OfATrailThatIsGoneWaitToBeDropped) {
  trails_[id_].trail.created += std::chrono::seconds(1);
  erase(waiting_row(id_, 7));  // the dropping began
  expect("warning: trails: rows of the trail 100000000001/trail, which is gone");
  trails_.clear();
  expect("warning: trails: rows of");
}

}  // namespace
}  // namespace muzn::trail
