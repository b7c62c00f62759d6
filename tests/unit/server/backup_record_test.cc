#include "server/backup_record.h"

#include <gtest/gtest.h>

namespace muzn::server {
namespace {

BackupRecord full() {
  BackupRecord out;
  out.id = 7;
  out.time = from_micros(1'800'000'000'123'000);
  out.complete = false;
  out.store = "0123456789abcdef0123456789abcdef";
  out.node_epoch = 3;
  out.acts = 4;
  out.buckets = 1;
  out.objects = 5;
  out.versions = 6;
  out.bytes = ~std::uint64_t{0};
  out.rows_bytes = 8;
  out.blobs = 9;
  out.blob_bytes = 10;
  out.copied_blobs = 11;
  out.copied_bytes = 12;
  out.errors = 13;
  out.keys = {{"master.key", "00"}};
  out.lost_count = 1;
  out.lost = {{"bucket", "a \"key\"\n\xc3\xa4", "", "blob 00 is missing"}};
  return out;
}

TEST(BackupRecord, ComesBackTheSame) {
  EXPECT_EQ(decode_backup_record(encode(full())).value(), full());
  EXPECT_EQ(decode_backup_record(encode({})).value(), BackupRecord());
}

// What stands in docs/formats/backup.md, made by other means.
TEST(BackupRecord, HasTheFormOfItsFormat) {
  BackupRecord record;
  record.id = 7;
  record.store = "s";
  record.keys = {{"master.key", "00"}};
  EXPECT_EQ(
      encode(record),
      R"({"acts":0,"blob_bytes":0,"blobs":0,"buckets":0,"bytes":0,"complete":true,"copied_blobs":0,"copied_bytes":0,"digest":"c4f3686957f266c0aead94385312fc1790e2067c6ff354f8b91e24c71ccf1b1b","errors":0,"format":1,"id":7,"keys":{"master.key":"00"},"lost":[],"lost_count":0,"node_epoch":0,"objects":0,"rows_bytes":0,"store":"s","time":"1970-01-01T00:00:00.000Z","versions":0})"
      "\n");
}

TEST(BackupRecord, AnyOtherByteIsCorrupt) {
  const std::string text = encode(full());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string bad = text;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_FALSE(decode_backup_record(bad)) << at;
    EXPECT_FALSE(decode_backup_record(text.substr(0, at))) << at;
  }
  EXPECT_EQ(decode_backup_record(text + "\n").error().code, Code::kCorrupt);
  EXPECT_EQ(decode_backup_record("{}").error().code, Code::kCorrupt);
  EXPECT_EQ(decode_backup_record(R"({"format":2})").error().code, Code::kUnsupported);
}

// Names of objects are bytes, JSON is text.
TEST(BackupRecord, NamesThatAreNoTextAreToldAsFarAsTheyAre) {
  BackupRecord record = full();
  record.lost[0].key = "\xff\x80";
  const auto back = decode_backup_record(encode(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->lost[0].key, "\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace muzn::server
