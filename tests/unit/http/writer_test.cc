#include "http/writer.h"

#include <gtest/gtest.h>

#include <memory>

namespace muzn::http {
namespace {

const Time kNow = from_seconds(784111777);

TEST(Writer, AddsDateLengthAndConnection) {
  Response response;
  response.headers.add("ETag", "\"a\"");
  response.body = "hello";
  EXPECT_EQ(write_head(response, kNow, {}),
            "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Length: 5\r\n\r\n");
  EXPECT_NE(write_head(response, kNow, {.close = true}).find("Connection: close\r\n"),
            std::string::npos);
  EXPECT_NE(write_head(response, kNow, {.minor_version = 0}).find("Connection: keep-alive\r\n"),
            std::string::npos);
}

TEST(Writer, DeclaresTheLengthOfAStream) {
  Response response;
  response.body = "abc";
  response.stream = std::make_unique<StringSource>("de");
  response.stream_length = 2;
  EXPECT_NE(write_head(response, kNow, {}).find("Content-Length: 5\r\n"), std::string::npos);
}

TEST(Writer, BodilessStatuses) {
  Response response;
  for (const int status : {204, 304}) {
    response.status = status;
    EXPECT_EQ(write_head(response, kNow, {}).find("Content-Length"), std::string::npos);
  }
  response.declared_length = 7;
  EXPECT_NE(write_head(response, kNow, {}).find("Content-Length: 7\r\n"), std::string::npos);
  response.status = 200;
  EXPECT_NE(write_head(response, kNow, {.head_request = true}).find("Content-Length: 7\r\n"),
            std::string::npos);
  EXPECT_NE(write_head(response, kNow, {}).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(Writer, CannotBeSplit) {
  Response response;
  response.headers.add("A", "b\r\nSet-Cookie: x\n\0y\x7f\tz");
  response.headers.add("B\r\nC", "d");
  response.headers.add("", "d");
  response.headers.add("Content-Length", "99");
  response.headers.add("transfer-encoding", "chunked");
  response.headers.add("Connection", "upgrade");
  const std::string head = write_head(response, kNow, {});
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\nA: b??Set-Cookie: x?\r\nDate: ")) << head;
  EXPECT_TRUE(head.ends_with("GMT\r\nContent-Length: 0\r\n\r\n")) << head;
}

TEST(Writer, KeepsTheHandlersDate) {
  Response response;
  response.headers.add("date", "then");
  EXPECT_EQ(write_head(response, kNow, {}),
            "HTTP/1.1 200 OK\r\ndate: then\r\nContent-Length: 0\r\n\r\n");
}

TEST(Writer, ReasonPhrases) {
  EXPECT_EQ(reason_phrase(206), "Partial Content");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

// Wherever it stands: one that left would begin a header of the client's making.
TEST(Writer, AControlAtAnyPlaceOfAValueIsReplaced) {
  for (std::size_t size = 1; size < 30; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string value(size, 'v');
      value[place] = '\n';
      Response response;
      response.headers.add("x-amz-meta-a", value);
      value[place] = '?';
      const std::string head = write_head(response, Time{}, {});
      EXPECT_TRUE(head.contains("x-amz-meta-a: " + value + "\r\n")) << size << " " << place;
    }
  }
}

}  // namespace
}  // namespace muzn::http
