#include "object/label.h"

#include "codec/base64.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class Labels : public ObjectTest {
 protected:
  Labels() { bucket_ = make_bucket(kBucket).value(); }

  std::string raw_label(const blob::BlobId& id) {
    return run_sync(blobs_.open(id)).value()->label();
  }
  // Of the only blob there is.
  Label only_label() {
    EXPECT_EQ(blobs_.count_for_test(), 1U);
    return decode_label(raw_label(blobs_.ids_for_test().at(0))).value();
  }

  Bucket bucket_;
};

TEST_F(Labels, AnObjectsBlobSaysWhatItsRowSays) {
  const std::string key("k\0\xff/..", 6);
  PutArgs args = put_args(kBucket, key);
  args.acl = "acl";
  args.attributes.content_type = "text/plain";
  args.attributes.user_metadata = {{"a", "b"}};
  args.attributes.tags = {{"t", "u"}};
  StringSource source(std::string(20'000, 'x'));
  Verifier verifier(crypto::Algorithm::kCrc32c);
  ASSERT_TRUE(run_sync(store_->put(std::move(args), source, verifier)));

  const Label label = only_label();
  EXPECT_EQ(label.bucket, kBucket);
  EXPECT_EQ(label.bucket_id, bucket_.id);
  EXPECT_EQ(label.key, key);
  Version version = std::get<ObjectLabel>(label.what).version;
  EXPECT_EQ(version.stamp, 0U);
  EXPECT_EQ(version.modified, clock_.now());
  const Version stored = open(kBucket, key).value()->version();
  version.stamp = stored.stamp;
  version.modified = stored.modified;
  EXPECT_EQ(row::encode(version), row::encode(stored));
}

TEST_F(Labels, APartsBlobSaysItsUploadAndPart) {
  const UploadRef upload = begin_upload(kBucket, "k");
  const Part part = put_part(upload, 7, "seven").value();
  const Label label = only_label();
  EXPECT_EQ(label.bucket_id, bucket_.id);
  EXPECT_EQ(label.key, "k");
  const auto& what = std::get<PartLabel>(label.what);
  EXPECT_EQ(what.upload.id, upload.upload_id);
  EXPECT_EQ(row::encode(what.part), row::encode(part));
  const Upload stored = run_sync(store_->get_upload(upload)).value();
  EXPECT_EQ(row::encode(row::UploadRow{what.upload, 0}), row::encode(row::UploadRow{stored, 0}));
}

TEST_F(Labels, EveryByteCounts) {
  ASSERT_TRUE(put(kBucket, "k", std::string(20'000, 'x')));
  const std::string bytes = raw_label(blobs_.ids_for_test().at(0));
  EXPECT_EQ(encode(decode_label(bytes).value()), bytes);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_label(bytes.substr(0, cut))) << cut;
  }
  EXPECT_FALSE(decode_label(bytes + "x"));
  std::string newer = bytes;
  newer[0] = 2;
  EXPECT_EQ(decode_label(newer).error().code, Code::kUnsupported);
}

TEST_F(Labels, OneThatIsTooLongIsLeftOut) {
  Label label{kBucket, bucket_.id, "k", ObjectLabel{}};
  std::get<ObjectLabel>(label.what).version.attributes.content_type =
      std::string(blob::kLabelBytesMax, 'x');
  EXPECT_EQ(encode(label), "");
  PutArgs args = put_args(kBucket, "k");
  args.attributes.content_type = std::string(blob::kLabelBytesMax, 'x');
  StringSource source(std::string(20'000, 'x'));
  Verifier verifier;
  ASSERT_TRUE(run_sync(store_->put(std::move(args), source, verifier)));
  EXPECT_EQ(raw_label(blobs_.ids_for_test().at(0)), "");
}

}  // namespace
}  // namespace muzn::object::test
