#include "codec/base64.h"

#include <gtest/gtest.h>

namespace muzn::codec {
namespace {

// RFC 4648 section 10.
TEST(Base64, Vectors) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded).value(), plain);
  }
}

// RFC 7515 appendix C.
TEST(Base64, ForUrls) {
  EXPECT_EQ(base64url_encode("\x03\xec\xff\xe0\xc1"), "A-z_4ME");
  EXPECT_EQ(base64url_decode("A-z_4ME").value(), "\x03\xec\xff\xe0\xc1");
  EXPECT_EQ(base64url_decode("").value(), "");
  for (const char* text : {"A", "AAAAA", "A-z_4ME=", "A+z/4ME", "A-z_4MF", " A-z", "Zh"}) {
    EXPECT_FALSE(base64url_decode(text).has_value()) << text;
  }
}

TEST(Base64, AllBytesRoundTrip) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(base64_decode(base64_encode(bytes)).value(), bytes);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)).value(), bytes);
    EXPECT_EQ(hex_decode(hex_encode(bytes)).value(), bytes);
  }
}

TEST(Base64, RefusesWhatIsNotStrict) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=\n", " Zm8", "Zm-_", "=",
                           "====", "Z===", "Zg==Zg==", "Zm=v", "Zm9v====", "\xFFm9v"}) {
    const auto got = base64_decode(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_EQ(got.error().code, Code::kInvalid);
  }
}

TEST(Hex, CaseAndErrors) {
  EXPECT_EQ(hex_encode(std::string_view("\x00\xab\xFF", 3)), "00abff");
  EXPECT_EQ(hex_decode("00ABff").value(), std::string_view("\x00\xab\xFF", 3));
  EXPECT_EQ(hex_decode("").value(), "");
  for (const char* text : {"0", "0g", "g0", "0x", " 0", "abc"}) {
    EXPECT_EQ(hex_decode(text).error().code, Code::kInvalid) << text;
  }
}

}  // namespace
}  // namespace muzn::codec
