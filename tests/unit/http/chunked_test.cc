#include "http/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace muzn::http {
namespace {

using namespace std::string_literals;

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
};

// Feeds `text` in pieces of at most `piece` fresh bytes, as a connection's buffer would.
Result<Decoded> decode(const std::string& text, std::size_t piece) {
  ChunkedDecoder decoder;
  Decoded out;
  std::size_t visible = 0;
  for (;;) {
    const std::string_view window =
        std::string_view(text).substr(out.consumed, visible - out.consumed);
    TRY(const ChunkedDecoder::Step step, decoder.feed(window));
    out.consumed += step.consumed;
    out.body.append(step.data);
    out.done = step.done;
    if (out.done) return out;
    if (step.consumed > 0) continue;
    if (visible == text.size()) return out;
    visible = std::min(text.size(), visible + piece);
  }
}

Code code_of(const std::string& text) {
  const auto whole = decode(text, text.size());
  const auto bytewise = decode(text, 1);
  EXPECT_FALSE(whole) << text;
  EXPECT_FALSE(bytewise) << text;
  if (whole || bytewise) return Code::kInternal;
  EXPECT_EQ(whole.error().code, bytewise.error().code) << text;
  return whole.error().code;
}

TEST(Chunked, DecodesWhateverThePieces) {
  const std::string text =
      "5\r\nhello\r\n00006;a;b=c;d=\"e;\\\"f\"\r\n world\r\nA\r\n0123456789\r\n0\r\nX-A: b\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const auto out = decode(text + "GET", piece);
    ASSERT_TRUE(out) << out.error().what;
    EXPECT_EQ(out->body, "hello world0123456789");
    EXPECT_TRUE(out->done);
    EXPECT_EQ(out->consumed, text.size());
  }
}

TEST(Chunked, EveryPrefixWaitsForMore) {
  const std::string text = "3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto out = decode(text.substr(0, size), size);
    ASSERT_TRUE(out) << size;
    EXPECT_FALSE(out->done) << size;
  }
}

TEST(Chunked, WhatFollowsAChunkIsItsLineEndAndNothingElse) {
  for (const char* text :
       {"3\r\nabcXY0\r\n\r\n", "3\r\nabc\rX0\r\n\r\n", "3\r\nabc\n\n0\r\n\r\n"}) {
    EXPECT_EQ(code_of(text), Code::kInvalid) << text;
  }
}

TEST(Chunked, StaysDone) {
  ChunkedDecoder decoder;
  ASSERT_TRUE(decoder.feed("0\r\n\r\n")->done);
  const auto again = decoder.feed("5\r\nhello");
  EXPECT_TRUE(again->done);
  EXPECT_EQ(again->consumed, 0U);
}

TEST(Chunked, RefusesMalformedSizes) {
  for (const std::string& size : {"0x5"s,
                                  "+5"s,
                                  "-5"s,
                                  " 5"s,
                                  "5 "s,
                                  "1_0"s,
                                  ""s,
                                  "g"s,
                                  "5\t"s,
                                  "5;"s,
                                  "5;;a"s,
                                  "5;a="s,
                                  "5;a=\"b"s,
                                  "5;a=\"b\"c"s,
                                  "5 ;a"s,
                                  "5; a"s,
                                  "5;a b"s,
                                  "5,"s,
                                  "ffffffffffffffff"s,
                                  "0000000000000000000005"s,
                                  "5\x0b"s,
                                  "5\0"s,
                                  "5;a=\x7f"s,
                                  "5;\xc3\xa4"s,
                                  "5;=b"s}) {
    EXPECT_EQ(code_of(size + "\r\nhello\r\n0\r\n\r\n"), Code::kInvalid) << size;
  }
}

TEST(Chunked, RefusesBareLineEndsAndSpill) {
  for (const char* text :
       {"5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\r\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n", "0\n\n", "0\r\n\n", "0\r\nA: b\n\r\n", "5\r\r\nhello"}) {
    EXPECT_EQ(code_of(text), Code::kInvalid) << text;
  }
}

TEST(Chunked, RefusesForbiddenAndMalformedTrailers) {
  for (const char* trailer :
       {"Content-Length: 5", "transfer-encoding: chunked", "Host: h", "Authorization: x", "A : b",
        " A: b", "nocolon", ": b", "Content-Type: a", "Expect: 100-continue", "Trailer: a"}) {
    EXPECT_EQ(code_of("0\r\n" + std::string(trailer) + "\r\n\r\n"), Code::kInvalid) << trailer;
  }
}

TEST(Chunked, BoundsLinesAndTrailers) {
  EXPECT_EQ(code_of("5;a=" + std::string(kChunkLineMax, 'b')), Code::kLimit);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1000; ++i) trailers += "X-Long: 0123456789\r\n";
  EXPECT_EQ(code_of(trailers), Code::kLimit);
}

}  // namespace
}  // namespace muzn::http
