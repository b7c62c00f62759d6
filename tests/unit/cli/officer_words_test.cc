#include "cli/officer_words.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace muzn::cli {
namespace {

audit::Subject subject(std::string kind) {
  return {
      .installation = "i", .kind = std::move(kind), .about = "officers", .step = 4, .body = "b"};
}

TEST(OfficerWords, TellAllThatIsSigned) {
  const codec::Json said = {{"charter", {{"legal_name", "Ministry"}, {"services", {"storage"}}}}};
  const std::string words = in_words(subject("put_charter"), said);
  for (const char* piece : {"Puts a charter", "step 4 of officers", "\"legal_name\": \"Ministry\"",
                            "[\"storage\"]", "hash of all of it: b"}) {
    EXPECT_TRUE(words.contains(piece)) << piece << " in " << words;
  }
}

TEST(OfficerWords, WarnOfWhatIsNotKnown) {
  EXPECT_TRUE(in_words(subject("sell_everything"), {{"a", 1}}).contains("Do not sign"));
}

// What is signed can't be hidden by what moves a terminal's cursor.
TEST(OfficerWords, HoldNoControlCharacters) {
  const codec::Json said = {{"a\x1b[2Jb", "c\rd\x07"}, {"e", {{"f\n", {"g\b"}}}}};
  const std::string words = in_words(subject("put_charter"), said);
  EXPECT_TRUE(std::ranges::none_of(words, [](char c) {
    return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
  })) << words;
}

}  // namespace
}  // namespace muzn::cli
