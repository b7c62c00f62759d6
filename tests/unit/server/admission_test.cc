#include "server/admission.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace muzn::server {
namespace {

constexpr std::uint64_t kMiB = 1U << 20;

http::RequestHead head_of(const char* method, std::uint64_t length = 0) {
  http::RequestHead head;
  head.method = method;
  head.content_length = length;
  if (length > 0) head.framing = http::Framing::kLength;
  return head;
}

std::vector<Admission::Ticket> fill(Admission& admission, const http::RequestHead& head,
                                    std::size_t count) {
  std::vector<Admission::Ticket> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto ticket = admission.admit(head);
    EXPECT_TRUE(ticket);
    if (ticket) out.push_back(*ticket);
  }
  return out;
}
void leave(Admission& admission, const Admission::Ticket& ticket) {
  admission.handled(ticket);
  admission.sent(ticket);
}
void expect_empty(const Admission& admission) {
  for (const Bound bound : kBounds) EXPECT_EQ(admission.taken(bound), 0U) << name(bound);
}

TEST(Admission, EachRequestTakesAPlaceUntilItsAnswerLeft) {
  Admission admission({.requests_max = 3});
  const auto in = fill(admission, head_of("GET"), 3);
  EXPECT_EQ(admission.admit(head_of("GET")).error(), Bound::kRequests);
  admission.handled(in[0]);
  EXPECT_FALSE(admission.admit(head_of("GET")));  // its answer is still on the way
  admission.sent(in[0]);
  const auto next = admission.admit(head_of("GET"));
  ASSERT_TRUE(next);
  EXPECT_EQ(admission.refused(Bound::kRequests), 2U);
  for (const auto& ticket : {in[1], in[2], *next}) leave(admission, ticket);
  expect_empty(admission);
}

TEST(Admission, WritesHaveABoundOfTheirOwnAndReadsGoOn) {
  Admission admission({.requests_max = 100, .writes_max = 2});
  auto in = fill(admission, head_of("PUT", 10), 1);
  in.push_back(fill(admission, head_of("DELETE"), 1)[0]);
  EXPECT_EQ(admission.admit(head_of("POST")).error(), Bound::kWrites);
  EXPECT_EQ(admission.taken(Bound::kRequests), 2U);  // the refused one left nothing
  in.push_back(fill(admission, head_of("GET"), 1)[0]);
  in.push_back(fill(admission, head_of("HEAD"), 1)[0]);
  admission.handled(in[0]);
  in.push_back(fill(admission, head_of("PUT", 10), 1)[0]);
  admission.sent(in[0]);
  for (std::size_t i = 1; i < in.size(); ++i) leave(admission, in[i]);
  expect_empty(admission);
}

TEST(Admission, AClientThatSendsNothingKeepsNobodyFromWriting) {
  Admission admission({.requests_max = 100, .writes_max = 1});
  const auto slow = fill(admission, head_of("PUT", kMiB), 1);
  admission.waits_for_client(slow[0]);
  const auto other = fill(admission, head_of("PUT", kMiB), 1);
  admission.goes_on(slow[0]);  // past the bound: it was let in
  EXPECT_EQ(admission.taken(Bound::kWrites), 2U);
  leave(admission, other[0]);
  EXPECT_EQ(admission.admit(head_of("PUT")).error(), Bound::kWrites);
  leave(admission, slow[0]);
  expect_empty(admission);
}

TEST(Admission, MemoryForBodiesIsSetAsideBeforeTheyCome) {
  Admission admission({.upload_bytes_max = kMiB});
  const auto small = fill(admission, head_of("PUT", 1000), 1);
  EXPECT_EQ(admission.taken(Bound::kUploadMemory), 1000U);
  auto in = fill(admission, head_of("PUT", 1U << 30), 1);  // never all of it at once
  const std::uint64_t one = admission.taken(Bound::kUploadMemory) - 1000;
  EXPECT_LT(one, kMiB);
  admission.waits_for_client(in[0]);  // which gives back no memory
  EXPECT_EQ(admission.admit(head_of("PUT", 1U << 30)).error(), Bound::kUploadMemory);
  admission.goes_on(in[0]);
  leave(admission, in[0]);

  http::RequestHead chunked = head_of("PUT");
  chunked.framing = http::Framing::kChunked;
  http::RequestHead copy = head_of("PUT");
  copy.headers.add("x-amz-copy-source", "/b/k");
  for (const auto& head : {chunked, copy}) {
    const auto ticket = fill(admission, head, 1);
    EXPECT_EQ(admission.taken(Bound::kUploadMemory), one + 1000);
    leave(admission, ticket[0]);
  }
  leave(admission, small[0]);
  expect_empty(admission);
}

TEST(Admission, WhatIsOursTakesUpNothing) {
  Admission admission({.requests_max = 1});
  leave(admission, {});
  expect_empty(admission);
}

TEST(TurnedAway, AFloodMakesAHundredRecordsASecondAndTellsOfTheRest) {
  TurnedAway away;
  constexpr std::int64_t kSecond = 1'000'000;
  EXPECT_EQ(away.take_unrecorded(7 * kSecond), 0U);
  std::uint64_t recorded = 0;
  for (int i = 0; i < 1000; ++i) recorded += away.note(7 * kSecond + i) ? 1 : 0;
  EXPECT_EQ(recorded, TurnedAway::kRecordsPerSecond);
  EXPECT_EQ(away.take_unrecorded(7 * kSecond + 5), 900U);
  EXPECT_FALSE(away.note(7 * kSecond + 6));
  EXPECT_EQ(away.take_unrecorded(7 * kSecond + 7), 0U);  // once a second
  EXPECT_TRUE(away.note(8 * kSecond));
  EXPECT_EQ(away.take_unrecorded(8 * kSecond), 1U);
  EXPECT_EQ(away.take_unrecorded(9 * kSecond), 0U);
}

}  // namespace
}  // namespace muzn::server
