#include "blob/registry.h"

#include <gtest/gtest.h>

namespace muzn::blob {
namespace {

const Identity kIdentity{std::string(16, '\xab'), 7, std::string(16, '\1')};
const Registry kRegistry{std::string(16, '\xab'),
                         {{1, std::string(16, '\1'), false, "/mnt/a disk"},
                          {255, std::string(16, '\2'), true, "/mnt/b"}}};

TEST(Registry, HasGoldenForms) {
  EXPECT_EQ(encode(kIdentity),
            "muzn volume 1\n"
            "store abababababababababababababababab\n"
            "volume 7 01010101010101010101010101010101\n"
            "checksum defb159120891c5e\n");
  EXPECT_EQ(encode(kRegistry),
            "muzn volumes 1\n"
            "store abababababababababababababababab\n"
            "volume 1 01010101010101010101010101010101 member /mnt/a disk\n"
            "volume 255 02020202020202020202020202020202 joining /mnt/b\n"
            "checksum 553e00495052417a\n");
}

TEST(Registry, ReadsBack) {
  EXPECT_EQ(decode_identity(encode(kIdentity)).value(), kIdentity);
  EXPECT_EQ(decode_registry(encode(kRegistry)).value(), kRegistry);
  const Registry none{std::string(16, 'x'), {}};
  EXPECT_EQ(decode_registry(encode(none)).value(), none);
}

TEST(Registry, EveryDamageIsFound) {
  for (const std::string& good : {encode(kIdentity), encode(kRegistry)}) {
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      EXPECT_FALSE(decode_identity(bad)) << i;
      EXPECT_FALSE(decode_registry(bad)) << i;
      EXPECT_FALSE(decode_identity(good.substr(0, i))) << i;
      EXPECT_FALSE(decode_registry(good.substr(0, i))) << i;
    }
    EXPECT_FALSE(decode_identity(good + "\n"));
    EXPECT_FALSE(decode_registry(good + "\n"));
  }
  EXPECT_FALSE(decode_identity(encode(kRegistry)));
  EXPECT_FALSE(decode_registry(encode(kIdentity)));
}

TEST(Registry, ANewerFormatIsNotCalledDamage) {
  EXPECT_EQ(decode_registry("muzn volumes 2\nanything").error().code, Code::kInvalid);
  EXPECT_EQ(decode_identity("muzn volume 2\nanything").error().code, Code::kInvalid);
  EXPECT_EQ(decode_registry("").error().code, Code::kCorrupt);
}

// Whatever the checksum says: encode() writes what no decoder may take.
TEST(Registry, RefusesWhatIsMalformed) {
  const auto refused = [](Registry registry) {
    return decode_registry(encode(registry)).error().code == Code::kCorrupt;
  };
  Registry bad = kRegistry;
  bad.volumes[1].number = 1;
  EXPECT_TRUE(refused(bad)) << "numbers ascend";
  bad.volumes[0].number = 0;
  EXPECT_TRUE(refused(bad)) << "volume 0 is the main directory's";
  bad = kRegistry;
  bad.volumes[0].path = "";
  EXPECT_TRUE(refused(bad));
  bad.volumes[0].path = "/mnt/a\nb";
  EXPECT_TRUE(refused(bad));
  bad = kRegistry;
  bad.store = "short";
  EXPECT_TRUE(refused(bad));
  Identity identity = kIdentity;
  identity.number = 0;
  EXPECT_EQ(decode_identity(encode(identity)).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::blob
