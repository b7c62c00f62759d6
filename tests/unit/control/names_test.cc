#include "control/names.h"

#include <gtest/gtest.h>

namespace muzn::control {
namespace {

TEST(Names, AccountId) {
  EXPECT_TRUE(is_account_id("123456789012"));
  for (const char* bad : {"", "12345678901", "1234567890123", "012345678901", "12345678901a"}) {
    EXPECT_FALSE(is_account_id(bad)) << bad;
  }
}

TEST(Names, CanonicalId) {
  EXPECT_TRUE(is_canonical_id(std::string(64, 'f')));
  EXPECT_FALSE(is_canonical_id(std::string(63, 'f')));
  EXPECT_FALSE(is_canonical_id(std::string(64, 'F')));
  EXPECT_FALSE(is_canonical_id(std::string(64, 'g')));
}

TEST(Names, DisplayName) {
  EXPECT_TRUE(is_display_name("a"));
  EXPECT_TRUE(is_display_name("Zürich AG & Söhne"));
  EXPECT_TRUE(is_display_name(std::string(50, 'x')));
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "ü";
  EXPECT_TRUE(is_display_name(umlauts));  // characters count, not bytes
  EXPECT_FALSE(is_display_name(umlauts + "u"));
  EXPECT_FALSE(is_display_name(""));
  EXPECT_FALSE(is_display_name("a\nb"));
  EXPECT_FALSE(is_display_name("a\x7f"));
  EXPECT_FALSE(is_display_name("a\xc2\x85"));  // NEL, a C1 control
  EXPECT_FALSE(is_display_name("\xff"));
  EXPECT_FALSE(is_display_name("\xc2"));
}

TEST(Names, Email) {
  EXPECT_TRUE(is_email("a@b"));
  EXPECT_TRUE(is_email("first.last+tag@example.org"));
  for (const char* bad : {"", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "ä@b", "plain"}) {
    EXPECT_FALSE(is_email(bad)) << bad;
  }
  EXPECT_FALSE(is_email(std::string(kEmailBytesMax, 'a') + "@b"));
}

TEST(Names, UserName) {
  EXPECT_TRUE(is_user_name("a"));
  EXPECT_TRUE(is_user_name("A_z0+=,.@-"));
  EXPECT_TRUE(is_user_name(std::string(64, 'u')));
  for (const char* bad : {"", ".", "..", "a b", "a/b", "a:b", "a%b", "ü", "a\n"}) {
    EXPECT_FALSE(is_user_name(bad)) << bad;
  }
  EXPECT_FALSE(is_user_name(std::string(65, 'u')));
}

TEST(Names, Keys) {
  EXPECT_TRUE(is_access_key("0555b35654ad1656d804"));  // ceph/s3-tests' main user
  EXPECT_TRUE(is_secret_key("h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhqluN30JaT3Q=="));
  EXPECT_TRUE(is_access_key("abc"));
  EXPECT_TRUE(is_access_key(std::string(128, 'A')));
  for (const char* bad : {"", "ab", "a-b", "a/b", "a b", "abc\n"}) {
    EXPECT_FALSE(is_access_key(bad)) << bad;
  }
  EXPECT_FALSE(is_access_key(std::string(129, 'A')));
  EXPECT_TRUE(is_secret_key("12345678"));
  EXPECT_FALSE(is_secret_key("1234567"));
  EXPECT_FALSE(is_secret_key("1234 5678"));
  EXPECT_FALSE(is_secret_key("1234567\x7f"));
  EXPECT_FALSE(is_secret_key(std::string(129, 's')));
}

TEST(Names, OfIdentities) {
  EXPECT_TRUE(is_iam_name(IamKind::kGroup, std::string(128, 'a')));
  EXPECT_FALSE(is_iam_name(IamKind::kGroup, std::string(129, 'a')));
  EXPECT_FALSE(is_iam_name(IamKind::kRole, std::string(65, 'a')));
  EXPECT_TRUE(is_iam_name(IamKind::kProvider, "idp.example/a"));
  for (const char* bad : {"", "a b", "a/b", ".", "..", "a*", "\xc3\xbc"}) {
    EXPECT_FALSE(is_iam_name(IamKind::kPolicy, bad)) << bad;
  }
  EXPECT_TRUE(is_unique_id(IamKind::kGroup, "AGPA" + std::string(17, '7')));
  EXPECT_FALSE(is_unique_id(IamKind::kGroup, "AROA" + std::string(17, '7')));
  EXPECT_FALSE(is_unique_id(IamKind::kProvider, std::string(17, '7')));

  for (const char* good : {"/", "/a/", "/a/b!*/"}) EXPECT_TRUE(is_path(good)) << good;
  for (const char* bad : {"", "//", "a/", "/a", "/a b/", "/\xc3\xbc/"}) {
    EXPECT_FALSE(is_path(bad)) << bad;
  }
  EXPECT_TRUE(is_path("/" + std::string(510, 'a') + "/"));
  EXPECT_FALSE(is_path("/" + std::string(511, 'a') + "/"));

  for (const char* good : {"abc", "a-b", "0a9", "1234567890123"})
    EXPECT_TRUE(is_alias(good)) << good;
  for (const char* bad : {"ab", "-ab", "ab-", "a--b", "Abc", "a.b", "123456789012"}) {
    EXPECT_FALSE(is_alias(bad)) << bad;
  }
  EXPECT_TRUE(is_alias(std::string(63, 'a')));
  EXPECT_FALSE(is_alias(std::string(64, 'a')));
}

TEST(Names, OfTagsAndProviders) {
  for (const char* good : {"k", "a b_.:/=+-@9", "gr\xc3\xbc\xc3\x9f"})
    EXPECT_TRUE(is_tag_key(good)) << good;
  for (const char* bad : {"", "aws:k", "AWS:k", "a*", "a\n", "\xff"})
    EXPECT_FALSE(is_tag_key(bad)) << bad;
  EXPECT_TRUE(is_tag_key(std::string(128, 'k')));
  EXPECT_FALSE(is_tag_key(std::string(129, 'k')));
  EXPECT_TRUE(is_tag_value(""));
  EXPECT_TRUE(is_tag_value(std::string(256, 'v')));
  EXPECT_FALSE(is_tag_value(std::string(257, 'v')));
  EXPECT_TRUE(is_description("a\n\xc3\xbc"));
  EXPECT_FALSE(is_description("\x01"));
  EXPECT_FALSE(is_description(std::string(1001, 'd')));
  for (const char* bad : {"", "/a", "a/", "a?b", "a#b", "a b"})
    EXPECT_FALSE(is_provider_url(bad)) << bad;
  EXPECT_FALSE(is_provider_url(std::string(256, 'a')));
  EXPECT_FALSE(is_client_id(""));
  EXPECT_TRUE(is_thumbprint(std::string(40, 'F')));
  EXPECT_FALSE(is_thumbprint(std::string(40, 'g')));
  EXPECT_FALSE(is_thumbprint(std::string(39, 'f')));
}

TEST(Names, TheRest) {
  EXPECT_TRUE(is_region("eu-central-1"));
  EXPECT_FALSE(is_region(""));
  EXPECT_FALSE(is_region("EU"));
  EXPECT_FALSE(is_region(std::string(65, 'a')));
  EXPECT_TRUE(is_unique_id(IamKind::kUser, "AIDA" + std::string(17, '7')));
  EXPECT_FALSE(is_unique_id(IamKind::kUser, "AIDA" + std::string(17, '1')));
  EXPECT_FALSE(is_unique_id(IamKind::kUser, "AIDA" + std::string(16, 'A')));
  EXPECT_FALSE(is_unique_id(IamKind::kUser, "AKIA" + std::string(17, 'A')));
  EXPECT_TRUE(is_printable("", 0));
  EXPECT_TRUE(is_printable("a b~", 4));
  EXPECT_FALSE(is_printable("abc", 2));
  EXPECT_FALSE(is_printable("a\t", 9));
  EXPECT_EQ(fold_case("AzÄ_9"), "azÄ_9");
}

}  // namespace
}  // namespace muzn::control
