// The encodings of format 1, as bytes: a change here is a change of the format on disk.
#include "object/row_keys.h"
#include "object/row_values.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/base64.h"

namespace muzn::object::row {
namespace {

using namespace std::string_literals;

std::string hex(std::string_view bytes) {
  return codec::hex_encode(bytes);
}

TEST(RowKeys, GoldenBytes) {
  constexpr std::uint64_t kStamp = 0x0102030405060708;
  EXPECT_EQ(hex(shard()), "6d");
  EXPECT_EQ(hex(head("a\0b"s)), "486100ff620000");
  EXPECT_EQ(hex(noncurrent("a", kStamp)), "56610000fefdfcfbfaf9f8f7");
  EXPECT_EQ(hex(noncurrent_prefix("a")), "56610000");
  EXPECT_EQ(hex(body("a", kStamp)), "42610000fefdfcfbfaf9f8f7");
  EXPECT_EQ(hex(manifest("a", kStamp)), "4d610000fefdfcfbfaf9f8f7");
  EXPECT_EQ(hex(upload("a", "id")), "556100006964");
  EXPECT_EQ(hex(part("a", "id", 10'000)), "5061000069642710");
  EXPECT_EQ(hex(done("a", "id")), "446100006964");
  EXPECT_EQ(hex(pending(1, 2)), "7000000000000000010000000000000002");
  EXPECT_EQ(hex(garbage(1, 2)), "6700000000000000010000000000000002");
  EXPECT_EQ(hex(counters(3)), "630000000000000003");
  EXPECT_EQ(hex(created(from_micros(1), "a", 2)), "746300000000000000016100000000000000000002");
  EXPECT_EQ(hex(became_noncurrent(from_micros(1), "a", 2)),
            "746e00000000000000016100000000000000000002");
  EXPECT_EQ(document("tagging"), "stagging");
  EXPECT_EQ(renamed("token"), "rtoken");
  EXPECT_EQ(bucket("name"), "bname");
  EXPECT_EQ(owned_bucket("123", "name"), "o123\0name"s);
  EXPECT_EQ(hex(intent(1024)), "690000000000000400");
  EXPECT_EQ(shard_counter(), "n");
  EXPECT_EQ(node_epoch(), "epoch");
  EXPECT_EQ(node_format(), "format");
  EXPECT_EQ(node_scrub(), "scrub");
}

std::string random_key(std::mt19937_64& rng) {
  // Few bytes, the awkward ones, so that prefixes and equal keys come often.
  static constexpr std::string_view kBytes{"\0\0\x01/a\xfe\xff\xff", 8};
  std::string out(rng() % 6, '\0');
  for (char& c : out) c = kBytes[rng() % kBytes.size()];
  return out;
}

TEST(RowKeys, EscapeKeepsOrderAndPrefixes) {
  std::mt19937_64 rng(7);
  for (int i = 0; i < 50'000; ++i) {
    const std::string a = random_key(rng);
    const std::string b = random_key(rng);
    ASSERT_EQ(a < b, escape(a) < escape(b)) << hex(a) << ' ' << hex(b);
    ASSERT_EQ(a.starts_with(b), escape(a).starts_with(escape_prefix(b)));
    if (a != b) ASSERT_FALSE(escape(a).starts_with(escape(b)));
    const std::string joined = escape(a) + b;
    const auto back = unescape(joined);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->key, a);
    ASSERT_EQ(back->rest, b);
  }
}

TEST(RowKeys, NewerVersionsSortFirst) {
  EXPECT_LT(noncurrent("k", 9), noncurrent("k", 8));
  EXPECT_LT(noncurrent("k", 1), noncurrent("k\0"s, 9));
}

TEST(RowKeys, BrokenOnesAreCorrupt) {
  for (const std::string& bytes : {""s, "abc"s, "a\0"s, "a\0\x01"s, "a\0\xff"s}) {
    const auto out = unescape(bytes);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, Code::kCorrupt);
  }
  EXPECT_FALSE(parse_upload("a\0\0"s));
  EXPECT_FALSE(parse_part_number("P"));
  EXPECT_FALSE(parse_sequence("p123"));
  EXPECT_FALSE(parse_sequence(pending(1, 2) + "x"));
}

TEST(RowKeys, PartsParse) {
  EXPECT_EQ(parse_part_number(part("k", "id", 513)).value(), 513);
  const auto upload_key = parse_upload(upload("k\0"s, "id").substr(1)).value();
  EXPECT_EQ(upload_key.key, "k\0"s);
  EXPECT_EQ(upload_key.upload_id, "id");
  const auto sequence = parse_sequence(garbage(5, 6)).value();
  EXPECT_EQ(sequence.epoch, 5U);
  EXPECT_EQ(sequence.sequence, 6U);
}

Version sample_version() {
  Version out;
  out.stamp = 300;
  out.size = 5;
  out.etag = "ab";
  out.modified = from_micros(256);
  out.owner = "1";
  out.attributes.content_type = "t";
  out.attributes.user_metadata = {{"n", "v"}};
  out.checksum = Checksum{crypto::Algorithm::kCrc32, ChecksumType::kFullObject, "\1\2\3\4", 0};
  out.segments = {{std::string(16, 'B'), 5}};
  return out;
}

Part sample_part() {
  Part out;
  out.number = 2;
  out.segment = {std::string(16, 'B'), 7};
  out.md5 = std::string(16, 'M');
  out.checksum = Checksum{crypto::Algorithm::kSha256, ChecksumType::kComposite, "S", 3};
  out.modified = from_micros(1);
  return out;
}

constexpr char kBlobHex[] = "42424242424242424242424242424242";

TEST(RowValues, GoldenVersions) {
  EXPECT_EQ(hex(encode(Version{})), "010000000000000000000000000000000000000000000000");
  EXPECT_EQ(hex(encode(sample_version())),
            "0100ac0200050261628002013101740000000000000001016e0176000105000004010203040001"
            "0510"s +
                kBlobHex + "000000");
  Version noncurrent = sample_version();
  noncurrent.noncurrent_since = from_micros(257);
  EXPECT_EQ(hex(encode(noncurrent)), hex(encode(sample_version())) + "8102");
  Version marker;
  marker.delete_marker = true;
  marker.inline_body = true;
  EXPECT_EQ(hex(encode(marker)).substr(0, 4), "0103");
}

TEST(RowValues, GoldenUploadRows) {
  const std::string md5(32, '\0');
  const std::string part_hex =
      "020710"s + kBlobHex + "10" + hex(std::string(16, 'M')) + "010301030153" + "01";
  EXPECT_EQ(hex(encode(sample_part())), "01" + part_hex);
  EXPECT_EQ(hex(encode(std::vector<Part>{sample_part(), sample_part()})),
            "0102" + part_hex + part_hex);
  UploadRow upload;
  upload.revision = 1;
  upload.upload.key = "k";
  upload.upload.id = "i";
  upload.upload.owner = "o";
  upload.upload.initiator = "a";
  upload.upload.initiated = from_micros(2);
  upload.upload.checksum_algorithm = crypto::Algorithm::kCrc32c;
  EXPECT_EQ(hex(encode(upload)),
            "0101016b0169016f0161020000000000000000000006"
            "00");
  upload.upload.acl = "A";
  EXPECT_EQ(hex(encode(upload)),
            "0101016b0169016f0161020000000000000000000006"
            "000141");
  upload.counts = true;
  EXPECT_EQ(hex(encode(upload)),
            "0101016b0169016f0161020000000000000000000006"
            "0001410001");
  EXPECT_TRUE(decode_upload(encode(upload)).value().counts);
  Done done;
  done.completed = true;
  done.time = from_micros(3);
  done.list_hash = "h";
  done.used_parts = {1, 200};
  done.etag = "e";
  done.modified = from_micros(4);
  done.size = 9;
  EXPECT_EQ(hex(encode(done)),
            "010103016802"
            "01c801"
            "0001650409"
            "00");
  const std::string without = hex(encode(done));
  done.counts = true;
  done.released_parts = {3};
  EXPECT_EQ(hex(encode(done)), without + "010103");
  EXPECT_EQ(decode_done(encode(done)).value().released_parts, std::vector{3});
}

TEST(RowValues, GoldenOthers) {
  EXPECT_EQ(hex(encode_pending(std::string(16, 'B'))), "01"s + kBlobHex);
  Garbage blob;
  blob.time = from_micros(1);
  blob.blob = std::string(16, 'B');
  EXPECT_EQ(hex(encode(blob)), "010110"s + kBlobHex);
  Garbage whole;
  whole.time = from_micros(1);
  whole.key = "k";
  whole.stamp = 2;
  EXPECT_EQ(hex(encode(whole)), "010100016b02");
  Intent intent;
  intent.kind = Intent::Kind::kDead;
  intent.epoch = 3;
  intent.shard = 1024;
  intent.bucket_name = "n";
  intent.bucket_id = "i";
  intent.time = from_micros(1);
  EXPECT_EQ(hex(encode(intent)), "0102038008016e016901");
  Bucket bucket;
  bucket.name = "n";
  bucket.id = "i";
  bucket.owner = "o";
  bucket.region = "r";
  bucket.created = from_micros(1);
  bucket.ownership = Ownership::kObjectWriter;
  bucket.shard = 1024;
  EXPECT_EQ(hex(encode(bucket)), "01016e0169016f017201020000018008");
  bucket.acl = "A";
  bucket.public_access_block = 15;
  EXPECT_EQ(hex(encode(bucket)), "01016e0169016f01720102000001800801410f");
  bucket.acl = "";
  EXPECT_EQ(hex(encode(bucket)), "01016e0169016f017201020000018008000f");
  bucket.logging = "L";
  EXPECT_EQ(hex(encode(bucket)), "01016e0169016f017201020000018008000f014c");
  EXPECT_EQ(decode_bucket(encode(bucket)).value().logging, "L");
  bucket.public_access_block = 0;
  EXPECT_EQ(hex(encode(bucket)), "01016e0169016f0172010200000180080000014c");
  EXPECT_FALSE(decode_bucket(encode(bucket).substr(0, encode(bucket).size() - 2)));
  EXPECT_FALSE(decode_bucket(encode(bucket).substr(0, encode(bucket).size() - 2) + '\0'));
  bucket.logging = "";
  bucket.public_access_block = 15;
  EXPECT_EQ(hex(encode_document("<a/>")), "01043c612f3e");
  EXPECT_EQ(hex(encode(Renamed{from_micros(300), "ab"})), "01ac02026162");
  Shard shard;
  shard.bucket_id = "i";
  shard.state = ShardState::kSealed;
  EXPECT_EQ(hex(encode(shard)),
            "010169000001"
            "01"
            "01");
  ScrubState scrub;
  scrub.phase = ScrubState::Phase::kBuckets;
  scrub.began = from_micros(1);
  scrub.bucket = "b";
  scrub.shard = 1024;
  scrub.row_key = "H";
  scrub.so_far = {1, 2, 3};
  scrub.passes = 4;
  scrub.ended = from_micros(5);
  scrub.last = {6, 7, 8};
  EXPECT_EQ(hex(encode(scrub)), "010201000162800801480102030405060708");
  EXPECT_EQ(hex(encode_counters(1, -2)), "0100000000000000feffffffffffffff");
  EXPECT_EQ(hex(encode_counters({.objects = 1, .bytes = -2, .part_bytes = 3})),
            "0100000000000000feffffffffffffff0300000000000000");
  EXPECT_EQ(hex(encode_number(300)), "01ac02");
}

// One value has one encoding: whatever a decoder takes, the encoder writes again.
template <class Decode>
void expect_strict(const std::string& bytes, Decode decode) {
  const auto value = decode(bytes);
  ASSERT_TRUE(value) << value.error().what;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode(bytes + '\0'));
  std::string newer = bytes;
  newer[0] = 2;
  const auto refused = decode(newer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

TEST(RowValues, DeleteMarkersAreTold) {
  Version version;
  version.stamp = 7;
  for (const bool marker : {false, true}) {
    version.delete_marker = marker;
    EXPECT_EQ(is_delete_marker(encode(version)).value(), marker);
  }
  EXPECT_EQ(is_delete_marker("").error().code, Code::kCorrupt);
  EXPECT_EQ(is_delete_marker("\x01\x04").error().code, Code::kCorrupt);
  EXPECT_EQ(is_delete_marker("\x02").error().code, Code::kUnsupported);
}

TEST(RowValues, DecodersAreStrict) {
  expect_strict(encode(sample_version()), decode_version);
  expect_strict(encode(sample_part()), decode_part);
  expect_strict(encode(std::vector<Part>{sample_part()}), decode_manifest);
  expect_strict(encode(UploadRow{}), decode_upload);
  expect_strict(encode(Done{}), decode_done);
  expect_strict(encode(Shard{}), decode_shard);
  expect_strict(encode(Bucket{}), decode_bucket);
  expect_strict(encode_document("d"), decode_document);
  expect_strict(encode(Renamed{from_micros(1), "digest"}), decode_renamed);
  expect_strict(encode(Intent{}), decode_intent);
  expect_strict(encode(ScrubState{}), decode_scrub);
  expect_strict(encode(Garbage{}), decode_garbage);
  expect_strict(encode_pending(std::string(16, 'B')), decode_pending);
  EXPECT_FALSE(decode_counters("123"));
  EXPECT_FALSE(decode_counters(std::string(32, '\0')));
  EXPECT_EQ(decode_counters(encode_counters(1, 2)).value().part_bytes, 0) << "an older row";
}

// A tail is there only when it says something, and whole.
TEST(RowValues, TailsAreStrict) {
  const std::string bucket = encode(Bucket{});
  EXPECT_FALSE(decode_bucket(bucket + "\0\0"s));
  EXPECT_FALSE(decode_bucket(bucket + "\1A"s));
  EXPECT_FALSE(decode_bucket(bucket + "\0\x10"s));
  EXPECT_FALSE(decode_bucket(bucket + "\0\1\0"s));
  EXPECT_EQ(decode_bucket(bucket + "\0\1"s).value().public_access_block, 1);
  const auto with_acl = decode_bucket(bucket + "\1A\0"s).value();
  EXPECT_EQ(with_acl.acl, "A");
  EXPECT_EQ(with_acl.public_access_block, 0);
  const std::string upload = encode(UploadRow{});
  EXPECT_FALSE(decode_upload(upload + "\0"s));
  EXPECT_FALSE(decode_upload(upload + "\2A"s));
  EXPECT_FALSE(decode_upload(upload + "\1A\0"s));
  EXPECT_EQ(decode_upload(upload + "\1A"s).value().upload.acl, "A");
  EXPECT_FALSE(decode_upload(upload + "\0\0\0"s));
  EXPECT_TRUE(decode_upload(upload + "\0\0\1"s).value().counts);
  EXPECT_FALSE(decode_done(encode(Done{}) + "\0\0"s));
  EXPECT_FALSE(decode_done(encode(Done{}) + "\1"s));
  const std::string version = encode(sample_version());
  EXPECT_FALSE(decode_version(version + "\0"s));
  EXPECT_FALSE(decode_version(version + "\1\0"s));
  EXPECT_EQ(decode_version(version + "\1"s).value().noncurrent_since, from_micros(1));
}

TEST(RowValues, RoundTrip) {
  const Version version = decode_version(encode(sample_version())).value();
  EXPECT_EQ(version.attributes, sample_version().attributes);
  EXPECT_EQ(version.checksum, sample_version().checksum);
  EXPECT_EQ(version.segments, sample_version().segments);
  EXPECT_EQ(version.modified, sample_version().modified);
  const Part part = decode_part(encode(sample_part())).value();
  EXPECT_EQ(part.checksum, sample_part().checksum);
  EXPECT_EQ(part.segment, sample_part().segment);
}

}  // namespace
}  // namespace muzn::object::row
