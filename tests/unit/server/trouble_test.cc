#include "server/trouble.h"

#include <gtest/gtest.h>

#include "unit/control/fakes.h"

namespace muzn::server {
namespace {

// What the log writes on standard error meanwhile.
template <class Work>
std::string said(const Work& work) {
  testing::internal::CaptureStderr();
  {
    const control::FakeClock clock;
    Log log(LogFormat::kText, clock);
    work(log);
  }
  return testing::internal::GetCapturedStderr();
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t out = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++out;
  }
  return out;
}

TEST(Trouble, IsToldOnceAndWhenItIsOver) {
  const Result<void> good;
  const Result<void> full = fail(Code::kNoSpace, "the disk is full");
  const Result<void> gone = fail(Code::kNotFound, "the bucket is gone");
  const std::string text = said([&](Log& log) {
    Trouble trouble(log, "it waits", "it goes on");
    trouble.tell(good);
    trouble.tell(full);
    trouble.tell(full);
    trouble.tell(gone);
    trouble.tell(good);
    trouble.tell(good);
    trouble.tell(full);
  });
  EXPECT_EQ(count(text, "it waits"), 3U) << text;
  EXPECT_EQ(count(text, "the disk is full"), 2U) << text;
  EXPECT_EQ(count(text, "the bucket is gone"), 1U) << text;
  EXPECT_EQ(count(text, "it goes on"), 1U) << text;
}

}  // namespace
}  // namespace muzn::server
