#include "http/form_data.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace muzn::http {
namespace {

using Kind = FormDataParser::Kind;

// What a form is, fed `piece` bytes at a time: "[name|file]bytes;" for each part, "." at its end,
// "!" where it is refused.
std::string told(std::string_view text, std::size_t piece, std::string_view boundary = "b") {
  FormDataParser parser(boundary);
  std::string out;
  std::size_t consumed = 0;
  std::size_t visible = 0;
  for (;;) {
    const auto step = parser.feed(text.substr(consumed, visible - consumed));
    if (!step) return out + "!";
    consumed += step->consumed;
    switch (step->kind) {
      case Kind::kPart:
        out += "[" + parser.part().name;
        if (parser.part().file_name) out += "|" + *parser.part().file_name;
        out += "]";
        break;
      case Kind::kData:
        out += step->data;
        break;
      case Kind::kPartEnd:
        out += ";";
        break;
      case Kind::kEnd:
        return out + ".";
      case Kind::kMore:
        if (visible == text.size()) return out;
        visible = std::min(text.size(), visible + piece);
    }
  }
}

std::string part(std::string_view head, std::string_view body) {
  return "--b\r\nContent-Disposition: form-data; " + std::string(head) + "\r\n\r\n" +
         std::string(body) + "\r\n";
}

TEST(FormData, IsTheSameInPiecesOfAnySize) {
  const std::string text = part("name=\"key\"", "k") + part("name=empty", "") +
                           part("name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
                                "one\r\n--\r\n--c\r\n\r--b\r\n-") +
                           "--b--\r\nafter it";
  const std::string want = "[key]k;[empty];[file|a.txt]one\r\n--\r\n--c\r\n\r--b\r\n-;.";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 4096U}) EXPECT_EQ(told(text, piece), want);
}

TEST(FormData, TheDelimiterIsWholeOrNothing) {
  EXPECT_EQ(told(part("name=a", "x\r\n--bb") + "--b--", 1), "[a]x;!") << "its prefix ends the part";
  EXPECT_EQ(told("--long\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--lon\r\n--long--", 1,
                 "long"),
            "[a]\r\n--lon;.");
  EXPECT_EQ(told("--b--", 1), ".");
  EXPECT_EQ(told("--b", 1), "");
  for (const std::string_view bad : {"x", "\r\n--b--", "--c--", "--b\nx", "--b \r\n", "-\r\n"}) {
    EXPECT_EQ(told(bad, 1), "!") << bad;
    EXPECT_EQ(told(bad, 99), "!") << bad;
  }
}

TEST(FormData, NamesAndFileNames) {
  const auto name = [](std::string_view head) { return told(part(head, ""), 4096); };
  EXPECT_EQ(name("name=\"a \\\"b\\\\\""), "[a \"b\\]");
  EXPECT_EQ(name("name=\"f\"; filename=\"C:\\dir\\a.txt\""), "[f|C:\\dir\\a.txt]");
  EXPECT_EQ(name("filename=\"\";name=f;"), "[f|]");
  EXPECT_EQ(name("NAME=f; other=\"x;y\""), "[f]");
  EXPECT_EQ(name("name=\"\u00fc\""), "[\u00fc]");
  for (const std::string_view bad :
       {"name", "name=", "name=\"a", "name=a; name=b", "filename=a", "name=a b", "name=\"a\"b",
        "=a", "name=a;;x=y", "name=a; filename=x; filename=y"}) {
    EXPECT_EQ(name(bad), "!") << bad;
  }
}

TEST(FormData, HeadsOfParts) {
  const auto head = [](const std::string& lines) {
    return told("--b\r\n" + lines + "\r\n\r\nx\r\n--b--", 4096);
  };
  const std::string name = "Content-Disposition: form-data; name=a";
  EXPECT_EQ(head(name), "[a]x;.");
  EXPECT_EQ(head("X-Other: 1\r\ncontent-disposition:FORM-DATA;name=a"), "[a]x;.");
  for (const std::string& bad :
       {std::string(), std::string("X-Other: 1"), name + "\r\n" + name, name + "\r\n folded",
        std::string("Content-Disposition: attachment; name=a"), name + "\r\nbad name: x",
        name + "\r\nX: a\nb", std::string("Content-Disposition form-data; name=a")}) {
    EXPECT_EQ(head(bad), "!") << bad;
  }
  // A head that never ends is not waited for.
  const std::string most = name + "\r\nX: " + std::string(kPartHeadBytesMax - name.size() - 5, 'x');
  EXPECT_EQ(head(most), "[a]x;.");
  EXPECT_EQ(head(most + "x"), "!");
  EXPECT_EQ(told("--b\r\n" + std::string(2 * kPartHeadBytesMax, 'x'), 100), "!");
}

TEST(FormBoundary, IsThatOfAFormAlone) {
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(form_boundary("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b:c\""), "a b:c");
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(70, 'x')),
            std::string(70, 'x'));
  for (const std::string& bad :
       {std::string(), std::string("multipart/form-data"), std::string("text/plain; boundary=a"),
        std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"\""),
        std::string("multipart/form-data; boundary=a; boundary=b"),
        std::string("multipart/form-data; boundary=\"a \""),
        std::string("multipart/form-data; boundary=\"a\x7f\""),
        "multipart/form-data; boundary=" + std::string(71, 'x')}) {
    EXPECT_EQ(form_boundary(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace muzn::http
