#include "net/client_message.h"

#include <gtest/gtest.h>

#include <string>

namespace muzn::net {
namespace {

TEST(ClientUrl, Parts) {
  const auto url = parse_url("HTTPS://s3.test:9000/b/k?x=1");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "s3.test");
  EXPECT_EQ(url->port, "9000");
  EXPECT_EQ(url->authority, "s3.test:9000");
  EXPECT_EQ(url->target, "/b/k?x=1");
  const auto six = parse_url("http://[::1]:80");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->target, "/");
  EXPECT_EQ(parse_url("http://h?q")->target, "/?q");
  EXPECT_EQ(parse_url("https://h")->port, "443");
  for (const char* bad :
       {"", "h", "ftp://h/", "http://", "http:///p", "http://u@h/", "http://h/a b", "http://h/#f",
        "http://h:99999/", "http://h/\r\nA: b", "http://[::1"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

TEST(ClientResponse, Heads) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag:  a \r\n\r\nhello";
  for (std::size_t size = 0; size + 5 < text.size(); ++size) {
    const auto part = parse_response_head(text.substr(0, size), false);
    ASSERT_TRUE(part) << size;
    EXPECT_FALSE(part->has_value()) << size;
  }
  const auto head = parse_response_head(text, false);
  ASSERT_TRUE(head && head->has_value());
  EXPECT_EQ((*head)->status, 200);
  EXPECT_EQ((*head)->headers.get("etag"), "a");
  EXPECT_EQ((*head)->content_length, 5U);
  EXPECT_EQ((*head)->consumed, text.size() - 5);
  EXPECT_TRUE((*parse_response_head(text, true))->bodiless);
  EXPECT_TRUE((*parse_response_head("HTTP/1.0 204\r\n\r\n", false))->bodiless);
  EXPECT_EQ(
      (*parse_response_head("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", false))->framing,
      http::Framing::kChunked);
}

TEST(ClientResponse, RefusesMalformedHeads) {
  for (const char* bad :
       {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 200 OK\r\nA b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    EXPECT_FALSE(parse_response_head(bad, false)) << bad;
  }
  const auto endless = parse_response_head(std::string(kResponseHeadMax, 'a'), false);
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().code, Code::kLimit);
}

}  // namespace
}  // namespace muzn::net
