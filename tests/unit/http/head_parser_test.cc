#include "http/head_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace muzn::http {
namespace {

using namespace std::string_literals;

Parsed parsed(std::string_view text) {
  HeadResult result = parse_head(text);
  if (const auto* bad = std::get_if<Refused>(&result)) ADD_FAILURE() << bad->reason;
  EXPECT_TRUE(std::holds_alternative<Parsed>(result)) << text;
  return std::holds_alternative<Parsed>(result) ? std::get<Parsed>(std::move(result)) : Parsed{};
}

// The status of the refusal; 0: parsed, 1: more is needed.
int status_of(std::string_view text) {
  const HeadResult result = parse_head(text);
  if (const auto* bad = std::get_if<Refused>(&result)) return bad->status;
  return std::holds_alternative<Parsed>(result) ? 0 : 1;
}

std::string with_headers(const std::string& lines) {
  return "PUT /b/k HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
}

TEST(HeadParser, ReadsAPlainRequest) {
  const std::string text =
      "GET /bucket/a%20b?acl&x=1 HTTP/1.1\r\nHost: s3.test:9000\r\nA:  b \t\r\n\r\nrest";
  const Parsed out = parsed(text);
  EXPECT_EQ(out.head.method, "GET");
  EXPECT_EQ(out.head.target, "/bucket/a%20b?acl&x=1");
  EXPECT_EQ(out.head.path, "/bucket/a%20b");
  EXPECT_EQ(out.head.query, "acl&x=1");
  EXPECT_EQ(out.head.host, "s3.test:9000");
  EXPECT_EQ(out.head.headers.get("a"), "b");
  EXPECT_EQ(out.head.framing, Framing::kNone);
  EXPECT_TRUE(out.head.keep_alive);
  EXPECT_EQ(out.consumed, text.size() - 4);
}

TEST(HeadParser, AsksForMoreOnEveryPrefix) {
  const std::string text = "\r\nPUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(status_of(text.substr(0, size)), 1) << size;
  }
  EXPECT_EQ(parsed(text).consumed, text.size());
}

TEST(HeadParser, SkipsOneEmptyLineOnly) {
  EXPECT_EQ(status_of("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
  EXPECT_EQ(status_of("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
}

TEST(HeadParser, RefusesMalformedRequestLines) {
  for (const char* line : {"GET /",
                           "GET  / HTTP/1.1",
                           " GET / HTTP/1.1",
                           "GET / HTTP/1.1 ",
                           "GET /\tHTTP/1.1",
                           "GET\t/ HTTP/1.1",
                           "G(T / HTTP/1.1",
                           "/ HTTP/1.1",
                           "GET / http/1.1",
                           "GET / HTTP/1",
                           "GET / HTTP/1.10",
                           "GET / HTTP/01.1",
                           "GET / HTTP /1.1",
                           "GET /a b HTTP/1.1",
                           "GET /\xc3\xa4 HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET a HTTP/1.1",
                           "GET * HTTP/1.1",
                           "CONNECT h:80 HTTP/1.1",
                           "GET //h:80 HTTQ/1.1",
                           "GET ftp://h/ HTTP/1.1",
                           "GET http:// HTTP/1.1",
                           "GET http://u@h/ HTTP/1.1",
                           "GET ://h/ HTTP/1.1"}) {
    EXPECT_EQ(status_of(std::string(line) + "\r\nHost: h\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/0.9\r\n\r\n"), 505);
  EXPECT_EQ(parsed("GET / HTTP/1.7\r\nHost: h\r\n\r\n").head.minor_version, 1);
}

TEST(HeadParser, RefusesBytesAsSoonAsTheyAreWrong) {
  EXPECT_EQ(status_of("\x16\x03\x01\x02"), 400);  // TLS on the plain port
  EXPECT_EQ(status_of("GET / HT\nTP"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\rX"), 400);
  EXPECT_EQ(status_of("GET /\0"s), 400);
  EXPECT_EQ(status_of(std::string(65536, '\xa5')), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\r\nA: \x7f"), 400);
}

TEST(HeadParser, ReadsAbsoluteFormAndComparesItsAuthority) {
  const Parsed out = parsed("GET http://Host.test/b/k?x HTTP/1.1\r\nHost: host.test\r\n\r\n");
  EXPECT_EQ(out.head.target, "/b/k?x");
  EXPECT_EQ(out.head.path, "/b/k");
  EXPECT_EQ(out.head.host, "host.test");
  EXPECT_EQ(parsed("GET HTTPS://h?q HTTP/1.1\r\nHost: h\r\n\r\n").head.target, "/?q");
  EXPECT_EQ(parsed("GET http://h HTTP/1.0\r\n\r\n").head.host, "h");
  EXPECT_EQ(status_of("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(parsed("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").head.path, "*");
}

TEST(HeadParser, HostRules) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: h\r\nhost: i\r\n\r\n"), 400);
  for (const char* bad : {"", "a b", "a/b", "u@h", "h:port", "h:123456", "h:70000", "a,b\\", "[::1",
                          "[]", "[::1]x", "h\"", "http://h"}) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(bad) + "\r\n\r\n"), 400) << bad;
  }
  for (const char* good : {"h", "h:9000", "[::1]:80", "[::1]", "b.s3.example.com", "a_b", "h:"}) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(good) + "\r\n\r\n"), 0) << good;
  }
}

TEST(HeadParser, RefusesMalformedHeaderLines) {
  for (const std::string& line :
       {"A : b\r\n"s, "A\t: b\r\n"s, ": b\r\n"s, "A b: c\r\n"s, "A\xc3\xa4: b\r\n"s, "nocolon\r\n"s,
        " A: b\r\n"s, "A: b\r\n c\r\n"s, "A: b\r\n\tc\r\n"s, "A: b\nB: c\r\n"s, "A: b\rc\r\n"s,
        "A: b\0c\r\n"s, "A: \x0b\r\n"s, "A: b\r\r\n"s, "A(b): c\r\n"s, "A: b\x1b\r\n"s}) {
    EXPECT_EQ(status_of(with_headers(line)), 400) << line;
  }
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n Host: h\r\n\r\n"), 400);
  EXPECT_EQ(parsed(with_headers("X: \xc3\xa4\tb\r\nY:\r\n")).head.headers.get("x"), "\xc3\xa4\tb");
}

TEST(HeadParser, ContentLengthIsPlainDigits) {
  for (const std::string& value : {"-1"s, "+5"s, "5 5"s, "5, 5"s, "5,"s, "0x5"s, "1e3"s, "5.0"s,
                                   ""s, "99999999999999999999"s, "18446744073709551616"s, "05"s,
                                   "\x0b"
                                   "5"s,
                                   "five"s, "0b1"s, "1_0"s, "\xd9\xa5"s}) {
    EXPECT_EQ(status_of(with_headers("Content-Length: " + value + "\r\n")), 400) << value;
  }
  EXPECT_EQ(status_of(with_headers("Content-Length: 5\r\nContent-Length: 6\r\n")), 400);
  const Parsed same = parsed(with_headers("Content-Length: 5\r\ncontent-length: 5 \r\n"));
  EXPECT_EQ(same.head.content_length, 5U);
  const Parsed largest = parsed(with_headers("Content-Length: 18446744073709551615\r\n"));
  EXPECT_EQ(largest.head.content_length, 18446744073709551615ULL);
  EXPECT_EQ(parsed(with_headers("Content-Length: 0\r\n")).head.framing, Framing::kLength);
}

TEST(HeadParser, TransferEncodingIsExactlyChunked) {
  EXPECT_EQ(parsed(with_headers("Transfer-Encoding: chunked\r\n")).head.framing, Framing::kChunked);
  EXPECT_EQ(parsed(with_headers("Transfer-Encoding: Chunked \r\n")).head.framing,
            Framing::kChunked);
  for (const std::string& value :
       {"chunked, identity"s, "chunked, chunked"s, ""s, ", chunked"s, "chunked,"s,
        "\x0b"
        "chunked"s,
        "\x0c"
        "chunked"s,
        "\0chunked"s, "xchunked"s, "chunkedx"s, "\"chunked\""s, "identity"s, "chunked;q=1"s,
        "gzip"s, "chun ked"s}) {
    EXPECT_EQ(status_of(with_headers("Transfer-Encoding: " + value + "\r\n")), 400) << value;
  }
  EXPECT_EQ(status_of(with_headers("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(status_of(with_headers("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")), 400);
  EXPECT_EQ(status_of(with_headers("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status_of(with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
            400);
  EXPECT_EQ(
      status_of(with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")),
      400);
  EXPECT_EQ(status_of(with_headers("Transfer-Encoding:\r\n chunked\r\n")), 400);
  EXPECT_EQ(status_of(with_headers("Transfer-Encoding : chunked\r\n")), 400);
  EXPECT_EQ(status_of("PUT / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(HeadParser, ConnectionAndExpect) {
  EXPECT_FALSE(parsed(with_headers("Connection: close\r\n")).head.keep_alive);
  EXPECT_FALSE(parsed(with_headers("Connection: x , CLOSE\r\n")).head.keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  EXPECT_TRUE(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n")
                   .head.keep_alive);
  EXPECT_TRUE(
      parsed(with_headers("Content-Length: 1\r\nExpect: 100-Continue\r\n")).head.expects_continue);
  EXPECT_FALSE(parsed(with_headers("Expect: 100-continue\r\n")).head.expects_continue);
  EXPECT_FALSE(parsed("PUT / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
                   .head.expects_continue);
}

TEST(HeadParser, LimitsHoldBeforeTheHeadIsComplete) {
  const std::string start = "GET /";
  const std::string longest(kRequestLineMax - start.size() - 9, 'a');
  EXPECT_EQ(status_of(start + longest + " HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
  EXPECT_EQ(status_of(start + longest + "a HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
  EXPECT_EQ(status_of(start + std::string(kRequestLineMax, 'a')), 414);
  EXPECT_EQ(status_of(with_headers("A: " + std::string(kHeadMax, 'a'))), 431);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(kHeadMax, 'a')), 431);
  const std::string fixed = with_headers("A: \r\n");
  EXPECT_EQ(status_of(with_headers("A: " + std::string(kHeadMax - fixed.size(), 'a') + "\r\n")), 0);
  EXPECT_EQ(status_of(with_headers("A: " + std::string(kHeadMax - fixed.size() + 1, 'a') + "\r\n")),
            431);
  std::string many;
  for (std::size_t i = 1; i < kHeaderCountMax; ++i) many += "A: b\r\n";
  EXPECT_EQ(status_of(with_headers(many)), 0);
  EXPECT_EQ(status_of(with_headers(many + "A: b\r\n")), 431);
}

TEST(Headers, SetReplacesAllOfAName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("b", "2");
  headers.add("a", "3");
  EXPECT_EQ(headers.count("a"), 2U);
  EXPECT_EQ(headers.get("a"), "1");
  headers.set("a", *headers.get("A"));
  EXPECT_EQ(headers.count("A"), 1U);
  EXPECT_EQ(headers.get("A"), "1");
  EXPECT_FALSE(headers.has("c"));
}

}  // namespace
}  // namespace muzn::http
