#include "server/jobs.h"

#include <gtest/gtest.h>

#include "base/system.h"

namespace muzn::server {
namespace {

using codec::Json;

struct JobsTest : testing::Test {
  Json wait(const std::string& id) {
    for (;;) {
      Json job = jobs.get(id).value();
      if (job["state"] != "running") return job;
      std::this_thread::yield();
    }
  }
  SystemClock clock;
  Jobs jobs{clock};
};

TEST_F(JobsTest, TellsHowFarItIsAndWhatItFound) {
  const Json started = jobs.start("check", {{"bytes", true}},
                                  [](BackupListener& listener) {
                                    object::VerifyTotals totals;
                                    totals.rows = 5;
                                    listener.copied({.blobs = 2, .bytes = 3, .present = 1});
                                    listener.progress(totals);
                                    for (int i = 0; i < 1500; ++i) {
                                      listener.found({true, "b", "k", "", "bad"});
                                    }
                                    listener.found({false, "", "", "", "odd"});
                                    return Result<Json>(Json{{"x", 1}});
                                  })
                           .value();
  EXPECT_EQ(started["kind"], "check");
  EXPECT_EQ(started["about"]["bytes"], true);
  const Json job = wait(started["id"]);
  EXPECT_EQ(job["state"], "done");
  EXPECT_EQ(job["progress"]["rows"], 5U);
  EXPECT_EQ(job["progress"]["blobs_copied"], 2U);
  EXPECT_EQ(job["error_count"], 1500U);
  EXPECT_EQ(job["errors"].size(), kJobFindingsMax);
  EXPECT_EQ(job["errors"][0]["key"], "k");
  EXPECT_EQ(job["warnings"].size(), 1U);
  EXPECT_EQ(job["result"]["x"], 1);
  EXPECT_FALSE(job["ended"].is_null());
  EXPECT_FALSE(jobs.list()[0].contains("errors"));
}

TEST_F(JobsTest, OneAtATimeAndItCanBeStopped) {
  const auto until_stopped = [](BackupListener& listener) -> Result<Json> {
    while (listener.go_on()) std::this_thread::yield();
    return fail(Code::kClosed, "stopped");
  };
  const std::string id = jobs.start("backup", {}, until_stopped).value()["id"];
  EXPECT_EQ(jobs.running(), id);
  const auto second = jobs.start("check", {}, until_stopped);
  EXPECT_EQ(second.error().code, Code::kPrecondition);
  EXPECT_NE(second.error().what.find(id), std::string::npos);
  EXPECT_EQ(jobs.cancel("no-such").error().code, Code::kNotFound);
  ASSERT_TRUE(jobs.cancel(id));
  EXPECT_EQ(wait(id)["state"], "cancelled");
  EXPECT_EQ(jobs.running(), "");
  ASSERT_TRUE(jobs.cancel(id));
  // The end of all stops what runs.
  ASSERT_TRUE(jobs.start("check", {}, until_stopped));
}

TEST_F(JobsTest, AFailureIsToldAndTheLastOnesAreKept) {
  std::string id;
  for (std::size_t i = 0; i < kJobsKept + 5; ++i) {
    id = jobs.start("check", {},
                    [](BackupListener&) -> Result<Json> {
                      return fail(Code::kNoSpace, "the disk is full");
                    })
             .value()["id"];
    EXPECT_EQ(wait(id)["state"], "failed");
  }
  EXPECT_EQ(jobs.get(id).value()["error"], "the disk is full");
  EXPECT_EQ(jobs.list().size(), kJobsKept);
  EXPECT_EQ(jobs.list()[0]["id"], id);
}

}  // namespace
}  // namespace muzn::server
