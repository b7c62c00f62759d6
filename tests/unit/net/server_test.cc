#include "net/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

#include "net/client.h"
#include "unit/net/raw_client.h"
#include "unit/net/test_server.h"

namespace muzn::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}
std::string body_of(const std::string& message) {
  const auto at = message.find("\r\n\r\n");
  return at == std::string::npos ? "" : message.substr(at + 4);
}
int status_of(const std::string& message) {
  return message.size() < 12 ? 0 : std::stoi(message.substr(9, 3));
}

TEST(Server, KeepsAliveAndPipelinesInOrder) {
  TestServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.send(get("/1")));
  EXPECT_NE(client.read_until("GET /1").find("200 OK"), std::string::npos);
  std::string many;
  for (int i = 0; i < 100; ++i) many += get("/" + std::to_string(i) + "x");
  ASSERT_TRUE(client.send(many + get("/last", "Connection: close\r\n")));
  const std::string all = client.read_all();
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    at = all.find("\r\n\r\nGET /" + std::to_string(i) + "x", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_NE(all.find("GET /last", at), std::string::npos);
  EXPECT_EQ(server.server().figures().connections_total, 1U);
}

TEST(Server, PipelinesBehindBodies) {
  TestServer server;
  RawClient client(server.port());
  const std::string length = "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  const std::string chunked =
      "PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nde\r\n1;x=y\r\nf\r\n0\r\n\r\n";
  ASSERT_TRUE(client.send(length + chunked + get("/g", "Connection: close\r\n")));
  const std::string all = client.read_all();
  const auto first = all.find("\r\n\r\nabcHTTP/1.1");
  const auto second = all.find("\r\n\r\ndefHTTP/1.1");
  ASSERT_NE(first, std::string::npos) << all;
  ASSERT_NE(second, std::string::npos) << all;
  EXPECT_LT(first, second);
  EXPECT_TRUE(all.ends_with("GET /g"));
}

TEST(Server, ReadsAHeadByteByByte) {
  TestServer server;
  RawClient client(server.port());
  for (const char byte : get("/b", "Connection: close\r\n")) {
    ASSERT_TRUE(client.send({&byte, 1}));
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(body_of(client.read_all()), "GET /b");
}

TEST(Server, TakesLargeBodiesInLargePieces) {
  TestServer server;
  const std::string body(48U << 20, 'b');
  const auto counted = fetch({.url = server.url("/count"), .method = "PUT", .body = body});
  ASSERT_TRUE(counted) << counted.error().what;
  EXPECT_EQ(counted->body, std::to_string(body.size()));
  EXPECT_LE(std::stoul(std::string(*counted->headers.get("x-largest"))), 256U << 10);
}

TEST(Server, StreamsLargeBodiesBothWays) {
  TestServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.send(get("/stream", "Connection: close\r\n")));
  const std::string all = client.read_all();
  const std::string body = body_of(all);
  ASSERT_EQ(body.size(), (64U << 20) + 6);
  EXPECT_TRUE(body.starts_with("start:pppp"));

  RawClient pipe(server.port());
  const std::string payload(32U << 20, 'x');
  std::thread sender([&] {
    pipe.send("PUT /pipe HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
              std::to_string(payload.size()) + "\r\n\r\n");
    pipe.send(payload);
  });
  const std::string echoed = body_of(pipe.read_all());
  sender.join();
  EXPECT_TRUE(echoed == payload);
}

// Through a client that is slower than the server, so that sockets fill up in the middle of a lent
// piece; several at a time share the loop's pipe.
TEST(Server, LendsLastingBytes) {
  TestServer server({.loops = 1});
  const auto read = [&] {
    RawClient client(server.port());
    const int small = 64 << 10;
    ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client.send(get("/lasting") + get("/lasting") + get("/x", "Connection: close\r\n"));
    for (int i = 0; i < 2; ++i) {
      EXPECT_NE(client.read_until("\r\n\r\nstart:").find("Content-Length: 20000009"),
                std::string::npos);
      EXPECT_TRUE(client.read_bytes(lasting_bytes().size()) == lasting_bytes());
    }
    EXPECT_EQ(body_of(client.read_all()), "GET /x");
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(read);
  for (auto& client : clients) client.join();
  server.stop();
  for (const auto& one : server.handler().sent()) {
    EXPECT_TRUE(one.complete);
    EXPECT_TRUE(one.body_bytes == 6 || one.body_bytes == lasting_bytes().size() + 6);
  }
}

// What it did not take must not reach the next one by the loop's pipe.
TEST(Server, AClientThatGoesAwayTakesNothingAlong) {
  TestServer server({.loops = 1});
  for (int i = 0; i < 10; ++i) {
    RawClient gone(server.port());
    gone.send(get("/lasting"));
    EXPECT_EQ(gone.read_bytes(100'000).size(), 100'000U);
  }
  RawClient client(server.port());
  client.send(get("/lasting", "Connection: close\r\n"));
  EXPECT_TRUE(body_of(client.read_all()) == "start:" + lasting_bytes());
  server.stop();
  const auto sent = server.handler().sent();
  ASSERT_EQ(sent.size(), 11U);
  EXPECT_EQ(std::ranges::count(sent, true, &http::Sent::complete), 1);
}

TEST(Server, CutsShortFailedAndOverlongStreams) {
  TestServer server;
  for (const char* path : {"/short", "/fails", "/long"}) {
    RawClient client(server.port());
    ASSERT_TRUE(client.send(get(path) + get("/next")));
    const std::string all = client.read_all();
    EXPECT_NE(all.find("Content-Length: 2500"), std::string::npos) << path;
    EXPECT_LT(body_of(all).size(), 2500U) << path;
    EXPECT_EQ(all.find("/next"), std::string::npos) << path;
  }
  server.stop();
  const auto sent = server.handler().sent();
  ASSERT_EQ(sent.size(), 3U);
  for (const auto& one : sent) EXPECT_FALSE(one.complete);
  EXPECT_EQ(sent[0].body_bytes, 1000U);
}

TEST(Server, ReportsWhatWasSent) {
  TestServer server;
  ASSERT_TRUE(fetch({.url = server.url("/stream")}).error().code == Code::kLimit);
  RawClient client(server.port());
  client.send(get("/x", "Connection: close\r\n"));
  EXPECT_EQ(body_of(client.read_all()), "GET /x");
  server.stop();
  const auto sent = server.handler().sent();
  ASSERT_EQ(sent.size(), 2U);
  const auto whole = std::ranges::find(sent, true, &http::Sent::complete);
  ASSERT_NE(whole, sent.end());
  EXPECT_EQ(whole->body_bytes, 6U);
}

TEST(Server, HeadAndBodilessStatusesSendNoBody) {
  TestServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n" + get("/none") +
                          get("/end", "Connection: close\r\n")));
  const std::string all = client.read_all();
  EXPECT_NE(all.find("Content-Length: 67108870\r\n\r\nHTTP/1.1 204"), std::string::npos) << all;
  EXPECT_EQ(all.find("must not be sent"), std::string::npos);
  EXPECT_TRUE(all.ends_with("GET /end"));
}

TEST(Server, SpeaksHttp10) {
  TestServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_NE(client.read_until("GET /a").find("Connection: keep-alive"), std::string::npos);
  ASSERT_TRUE(client.send("GET /b HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(client.read_all().ends_with("GET /b"));
}

TEST(Server, SendsContinueOnlyWhenTheBodyIsRead) {
  TestServer server;
  RawClient reads(server.port());
  ASSERT_TRUE(reads.send(
      "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(reads.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(reads.send("hello" + get("/again", "Connection: close\r\n")));
  const std::string all = reads.read_all();
  EXPECT_NE(all.find("\r\n\r\nhelloHTTP/1.1 200"), std::string::npos) << all;

  RawClient denied(server.port());
  ASSERT_TRUE(denied.send(
      "PUT /deny HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  const std::string answer = denied.read_until("denied");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(denied.at_end());
}

TEST(Server, DrainsSmallUnreadBodies) {
  TestServer server;
  RawClient client(server.port());
  const std::string body(1U << 20, 'b');
  ASSERT_TRUE(client.send("PUT /deny HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body));
  ASSERT_TRUE(
      client.send("PUT /deny HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n0\r\n\r\n"));
  ASSERT_TRUE(client.send(get("/next", "Connection: close\r\n")));
  EXPECT_TRUE(client.read_all().ends_with("GET /next"));
}

TEST(Server, AnswersBeforeALargeUnreadBodyAndCloses) {
  TestServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.send("PUT /deny HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n"));
  // What is in flight must not destroy the answer.
  EXPECT_TRUE(client.send(std::string(4'000'000, 'b')));
  const std::string answer = client.read_all();
  EXPECT_EQ(status_of(answer), 403);
  EXPECT_TRUE(answer.ends_with("denied"));
}

TEST(Server, RefusesAmbiguousFramingAndCloses) {
  TestServer server;
  for (const std::string& head :
       {std::string("GET / HTTP/1.1\nHost: h\n\n"),
        std::string("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n"),
        std::string(65536, '\xa5')}) {
    RawClient client(server.port());
    client.send(head + get("/smuggled"));
    const std::string answer = client.read_all();
    EXPECT_EQ(status_of(answer), 400) << head.substr(0, 60);
    EXPECT_EQ(answer.find("smuggled"), std::string::npos);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST(Server, BadChunksAreAnErrorOfTheBody) {
  TestServer server;
  for (const char* size : {"0x5", "+5", "-5", " 5", "5 ", "1_0"}) {
    RawClient client(server.port());
    client.send("PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                std::string(size) + "\r\nhello\r\n0\r\n\r\n" + get("/smuggled"));
    const std::string answer = client.read_all();
    EXPECT_EQ(status_of(answer), 400) << size;
    EXPECT_EQ(body_of(answer), "invalid") << size;
  }
}

TEST(Server, AnUploadThatEndsEarlyIsClosed) {
  TestServer server;
  for (const char* head :
       {"Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    RawClient client(server.port());
    client.send("PUT /echo HTTP/1.1\r\nHost: h\r\n" + std::string(head));
    client.half_close();
    EXPECT_EQ(body_of(client.read_all()), "closed") << head;
  }
}

TEST(Server, CVE_2022_31028_CVE_2020_1700_TimesOutSlowHeadsBodiesAndIdlers) {
  TestServer server({.head_timeout_ms = 200, .idle_timeout_ms = 200, .body_timeout_ms = 200});
  RawClient silent(server.port());
  RawClient slow_head(server.port());
  RawClient slow_body(server.port());
  RawClient idle(server.port());
  slow_head.send("GET / HTTP/1.1\r\nHost:");
  slow_body.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
  idle.send(get("/idle"));
  const auto start = steady_clock::now();
  EXPECT_EQ(status_of(slow_head.read_all()), 408);
  EXPECT_EQ(body_of(slow_body.read_all()), "timeout");
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(idle.read_all().ends_with("GET /idle"));
  EXPECT_LT(steady_clock::now() - start, milliseconds(8000));
}

TEST(Server, TricklingHeadsTimeOutToo) {
  TestServer server({.head_timeout_ms = 300});
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 100 && client.send("A: b\r\n"); ++i) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_EQ(status_of(client.read_all()), 408);
}

TEST(Server, AReaderThatStopsIsCut) {
  TestServer server({.body_timeout_ms = 300});
  RawClient client(server.port());
  client.send(get("/stream"));
  const auto start = steady_clock::now();
  while (server.handler().sent().empty() && steady_clock::now() - start < milliseconds(8000)) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  ASSERT_EQ(server.handler().sent().size(), 1U);
  EXPECT_FALSE(server.handler().sent()[0].complete);
}

TEST(Server, LimitsConnections) {
  TestServer server({.loops = 1, .connections_max = 2});
  RawClient first(server.port());
  RawClient second(server.port());
  first.send(get("/1"));
  second.send(get("/2"));
  first.read_until("GET /1");
  second.read_until("GET /2");
  RawClient third(server.port());
  EXPECT_EQ(third.read_all(), "");
  EXPECT_EQ(server.server().figures().connections_refused, 1U);
  EXPECT_EQ(server.server().figures().connections_open, 2U);
}

TEST(Server, StopsGracefully) {
  TestServer server({.stop_timeout_ms = 5000});
  RawClient idle(server.port());
  RawClient busy(server.port());
  idle.send(get("/i"));
  idle.read_until("GET /i");
  busy.send(get("/slow"));
  std::this_thread::sleep_for(milliseconds(100));
  server.begin_stop();
  EXPECT_TRUE(idle.at_end());
  const std::string answer = busy.read_all();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("slow"));
  server.stop();
  EXPECT_FALSE(RawClient(server.port()).connected());
  EXPECT_EQ(server.server().figures().connections_open, 0U);
}

// Every timeout is an hour and no client ever closes: run() can only return because the server
// needs none of these connections any more.
TEST(Server, StopsAlthoughAnsweredClientsStay) {
  constexpr int kHour = 3'600'000;
  TestServer server({.head_timeout_ms = kHour,
                     .idle_timeout_ms = kHour,
                     .body_timeout_ms = kHour,
                     .drain_timeout_ms = kHour,
                     .linger_timeout_ms = kHour,
                     .stop_timeout_ms = kHour});
  RawClient silent(server.port());
  RawClient idle(server.port());
  RawClient draining(server.port());
  RawClient denied(server.port());
  RawClient refused(server.port());
  RawClient closing(server.port());
  RawClient half_head(server.port());
  idle.send(get("/idle"));
  idle.read_until("GET /idle");
  draining.send("PUT /deny HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nsome");
  draining.read_until("denied");
  denied.send("PUT /deny HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\nsome");
  denied.read_until("denied");
  refused.send("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n");
  refused.read_until("Connection: close");
  closing.send(get("/close", "Connection: close\r\n"));
  closing.read_until("GET /close");
  half_head.send("GET / HTTP/1.1\r\nHost:");
  RawClient running(server.port());
  running.send(
      "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  running.read_until("100 Continue\r\n\r\n");

  while (server.server().figures().connections_total < 8) std::this_thread::yield();

  server.begin_stop();
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_TRUE(idle.at_end());
  EXPECT_TRUE(draining.at_end());
  EXPECT_EQ(half_head.read_all(), "");
  EXPECT_FALSE(server.ended());
  running.send("hello");
  EXPECT_TRUE(running.read_all().ends_with("hello"));
  server.stop();
  EXPECT_EQ(server.server().figures().connections_open, 0U);
}

TEST(Server, CutsWhatOutlivesTheStopTimeout) {
  TestServer server({.stop_timeout_ms = 200});
  RawClient client(server.port());
  client.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel");
  std::this_thread::sleep_for(milliseconds(100));
  const auto start = steady_clock::now();
  server.stop();
  EXPECT_LT(steady_clock::now() - start, milliseconds(4000));
}

TEST(Server, ManyConnectionsAtOnce) {
  TestServer server;
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        RawClient client(server.port());
        client.send(get(i == 0 ? "/slow" : "/q", "Connection: close\r\n"));
        if (status_of(client.read_all()) == 200) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 8 * 50);
}

TEST(Server, SaysWhenThePortIsInUse) {
  TestServer server;
  TestHandler handler;
  const SystemClock clock;
  ServerOptions options;
  options.port = server.port();
  const auto second = listen(options, handler, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  options.host = "no such host";
  EXPECT_EQ(listen(options, handler, clock).error().code, Code::kInvalid);
}

TEST(Server, StopBeforeRunReturns) {
  TestHandler handler;
  const SystemClock clock;
  ServerOptions options;
  options.port = 0;
  const auto server = listen(options, handler, clock);
  ASSERT_TRUE(server);
  (*server)->stop();
  (*server)->run();
}

TEST(Server, BelievesTrustedProxiesOnly) {
  const std::string forwarded = "X-Forwarded-For: 9.9.9.9, 8.8.8.8\r\nConnection: close\r\n";
  TestServer distrusting;
  RawClient plain(distrusting.port());
  plain.send(get("/peer", forwarded));
  EXPECT_EQ(body_of(plain.read_all()), "127.0.0.1");

  TestServer trusting({.trusted_proxies = {"127.0.0.0/8"}});
  RawClient through(trusting.port());
  through.send(get("/peer", forwarded));
  EXPECT_EQ(body_of(through.read_all()), "8.8.8.8");
}

TEST(Server, ReadsTheProxyProtocol) {
  TestServer server({.trusted_proxies = {"127.0.0.1"}, .proxy_protocol = true});
  RawClient one(server.port());
  one.send("PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n");
  std::this_thread::sleep_for(milliseconds(20));
  one.send(get("/peer", "Connection: close\r\n"));
  EXPECT_EQ(body_of(one.read_all()), "1.2.3.4");
  RawClient two(server.port());
  two.send(
      std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x04\x03\x02\x01\x05\x06\x07\x08\0\x50\0\x50",
                  28) +
      get("/peer", "Connection: close\r\n"));
  EXPECT_EQ(body_of(two.read_all()), "4.3.2.1");
  RawClient bare(server.port());
  bare.send(get("/peer"));
  EXPECT_EQ(bare.read_all(), "");
}

}  // namespace
}  // namespace muzn::net
