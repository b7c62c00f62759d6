#include "net/load.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/system.h"
#include "unit/net/certificate.h"
#include "unit/net/test_server.h"

namespace muzn::net {
namespace {

const std::string kPattern = "0123456789abcdefghijklmnopqrstuvwxyz";

// So many requests of one kind, one after another on each connection.
class Plan final : public LoadPlan {
 public:
  Plan(std::uint64_t count, LoadRequest request) : count_(count), request_(std::move(request)) {}

  std::int64_t due(std::int64_t /*now*/) override { return begun_ < count_ ? 0 : kNoMore; }
  LoadRequest take(std::int64_t now) override {
    LoadRequest request = request_;
    request.planned_micros = now;
    request.tag = begun_++;
    return request;
  }
  std::int64_t cut_micros() const override { return cut; }
  void look(const LoadRequest& request, std::uint64_t at, std::string_view bytes) override {
    std::string& seen = bodies[request.tag];
    EXPECT_EQ(at, seen.size());
    seen += bytes;
  }
  void done(const LoadRequest& request, const LoadAnswer& answer) override {
    ++statuses[answer.status];
    text = answer.text;
    body_bytes = answer.body_bytes;
    EXPECT_GE(answer.done_micros, request.planned_micros);
    EXPECT_LE(answer.first_byte_micros, answer.done_micros);
  }

  std::map<int, std::uint64_t> statuses;
  std::map<std::uint64_t, std::string> bodies;
  std::string text;
  std::uint64_t body_bytes = 0;
  std::int64_t cut = kNoMore;

 private:
  const std::uint64_t count_;
  const LoadRequest request_;
  std::uint64_t begun_ = 0;
};

LoadRequest request_of(const std::string& lines) {
  LoadRequest out;
  out.head = std::make_shared<const std::string>(lines + "Host: 127.0.0.1\r\n\r\n");
  return out;
}
LoadRequest upload(const std::string& target, std::uint64_t size, const std::string& more = "") {
  LoadRequest out = request_of(
      "PUT " + target + " HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n" + more);
  out.pattern = kPattern;
  out.pattern_at = 5;
  out.body_size = size;
  return out;
}
std::string body_of(std::uint64_t size) {
  std::string out;
  while (out.size() < size) out += kPattern[(5 + out.size()) % kPattern.size()];
  return out;
}

class Load : public testing::Test {
 protected:
  Result<void> drive(LoadPlan& plan, const std::string& url, std::size_t connections = 3,
                     const std::string& ca_file = "", int timeout_ms = 10'000) {
    auto parsed = parse_url(url);
    CHECK(parsed.has_value());
    const LoadOptions options{.url = *std::move(parsed),
                              .ca_file = ca_file,
                              .insecure = false,
                              .connections = connections,
                              .timeout_ms = timeout_ms};
    return drive_load(options, plan, clock_, stop_);
  }
  SystemClock clock_;
  std::atomic<bool> stop_ = false;
};

TEST_F(Load, BodiesGoAndComeWhole) {
  const TestServer server;
  LoadRequest request = upload("/echo", 300'000);
  request.look = true;
  Plan plan(20, request);
  ASSERT_TRUE(drive(plan, server.url("/")));
  EXPECT_EQ(plan.statuses, (std::map<int, std::uint64_t>{{200, 20}}));
  ASSERT_EQ(plan.bodies.size(), 20U);
  for (const auto& [tag, body] : plan.bodies) EXPECT_TRUE(body == body_of(300'000)) << tag;
}

TEST_F(Load, WhatNobodyLooksAtIsCounted) {
  const TestServer server;
  Plan plan(3, request_of("GET /stream HTTP/1.1\r\n"));
  ASSERT_TRUE(drive(plan, server.url("/")));
  EXPECT_EQ(plan.statuses, (std::map<int, std::uint64_t>{{200, 3}}));
  EXPECT_EQ(plan.body_bytes, (64U << 20) + 6);
  EXPECT_TRUE(plan.bodies.empty());
}

TEST_F(Load, OverTls) {
  const CertificateDir dir;
  ServerOptions options;
  options.tls_cert_file = dir.cert();
  options.tls_key_file = dir.key();
  const TestServer server(options);
  LoadRequest request = upload("/echo", 300'000);
  request.look = true;
  Plan plan(5, request);
  ASSERT_TRUE(drive(plan, server.url("/", "https"), 2, dir.cert()));
  EXPECT_EQ(plan.statuses, (std::map<int, std::uint64_t>{{200, 5}}));
  for (const auto& [tag, body] : plan.bodies) EXPECT_TRUE(body == body_of(300'000)) << tag;

  Plan untrusted(1, request);
  const auto refused = drive(untrusted, server.url("/", "https"), 1);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("self"), std::string::npos) << refused.error().what;
}

TEST_F(Load, ABodyWaitsForContinue) {
  const TestServer server;
  LoadRequest request = upload("/count", 100'000, "Expect: 100-continue\r\n");
  request.expect = true;
  request.look = true;
  Plan plan(6, request);
  ASSERT_TRUE(drive(plan, server.url("/")));
  EXPECT_EQ(plan.statuses, (std::map<int, std::uint64_t>{{200, 6}}));
  for (const auto& [tag, body] : plan.bodies) EXPECT_EQ(body, "100000") << tag;

  // Refused without it: the body is never sent, and the next request finds a connection.
  LoadRequest denied = upload("/deny", 100'000'000, "Expect: 100-continue\r\n");
  denied.expect = true;
  Plan refusals(6, denied);
  ASSERT_TRUE(drive(refusals, server.url("/")));
  EXPECT_EQ(refusals.statuses, (std::map<int, std::uint64_t>{{403, 6}}));
  EXPECT_EQ(refusals.text, "denied");
}

TEST_F(Load, AnErrorShowsItsText) {
  const TestServer server;
  Plan plan(7, request_of("GET /deny HTTP/1.1\r\n"));
  ASSERT_TRUE(drive(plan, server.url("/")));
  EXPECT_EQ(plan.statuses, (std::map<int, std::uint64_t>{{403, 7}}));
  EXPECT_EQ(plan.text, "denied");
}

TEST_F(Load, AnswersWithoutABody) {
  const TestServer server;
  LoadRequest head = request_of("HEAD /x HTTP/1.1\r\n");
  head.head_request = true;
  Plan heads(5, head);
  ASSERT_TRUE(drive(heads, server.url("/")));
  EXPECT_EQ(heads.statuses, (std::map<int, std::uint64_t>{{200, 5}}));
  Plan none(5, request_of("GET /none HTTP/1.1\r\n"));
  ASSERT_TRUE(drive(none, server.url("/")));
  EXPECT_EQ(none.statuses, (std::map<int, std::uint64_t>{{204, 5}}));
}

TEST_F(Load, AConnectionThatEndsIsMadeAnew) {
  const TestServer server;
  Plan closing(9, request_of("GET /x HTTP/1.1\r\nConnection: close\r\n"));
  ASSERT_TRUE(drive(closing, server.url("/")));
  EXPECT_EQ(closing.statuses, (std::map<int, std::uint64_t>{{200, 9}}));
}

TEST_F(Load, AnAnswerThatBreaksOffIsNone) {
  const TestServer server;
  Plan good(1, request_of("GET /x HTTP/1.1\r\n"));
  Plan plan(4, request_of("GET /short HTTP/1.1\r\n"));
  // The first answer decides whether there is a server at all.
  const auto done = drive(plan, server.url("/"));
  EXPECT_FALSE(done);
  EXPECT_GE(plan.statuses[0], 1U);
}

TEST_F(Load, NobodyThereIsAnError) {
  std::string url;
  {
    const TestServer server;
    url = server.url("/");
  }
  Plan plan(5, request_of("GET /x HTTP/1.1\r\n"));
  const auto done = drive(plan, url);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kUnavailable);
  EXPECT_NE(done.error().what.find("refused"), std::string::npos) << done.error().what;
}

TEST_F(Load, TheCutEndsWhatIsUnderWay) {
  const TestServer server;
  Plan plan(3, request_of("GET /slow HTTP/1.1\r\n"));
  plan.cut = clock_.monotonic_micros();
  ASSERT_TRUE(drive(plan, server.url("/")));
  EXPECT_TRUE(plan.statuses.empty());
}

}  // namespace
}  // namespace muzn::net
