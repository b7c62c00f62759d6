#include "codec/base64.h"
#include "object/multipart_plan.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

constexpr std::size_t kMin = 5U << 20;

class Multipart : public ObjectTest {
 protected:
  Multipart() { bucket_ = make_bucket(kBucket).value(); }

  Outcome<Written> complete(const UploadRef& upload, std::vector<CompletedPart> parts) {
    CompleteArgs args;
    args.upload = upload;
    args.parts = std::move(parts);
    return run_sync(store_->complete_upload(std::move(args)));
  }
  static CompletedPart completed(const Part& part) {
    return {part.number, codec::hex_encode(part.md5), std::nullopt};
  }
  std::size_t blobs_after_sweep() {
    clock_.advance(100'000);
    EXPECT_TRUE(run_sync(store_->sweep()));
    return blobs_.count_for_test();
  }
  Bucket bucket_;
};

TEST_F(Multipart, PartsInAnyOrderMakeOneObject) {
  const auto upload = begin_upload(kBucket, "k");
  const std::string a(kMin, 'a');
  const std::string b(kMin + 1, 'b');
  const std::string c = "tail";
  const auto part7 = put_part(upload, 7, c).value();
  const auto part2 = put_part(upload, 2, b).value();
  const auto part1 = put_part(upload, 1, a).value();
  EXPECT_TRUE(fails(open(kBucket, "k"), Fault::kNoSuchKey));
  const auto done = complete(upload, {completed(part1), completed(part2), completed(part7)});
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(
      done->etag,
      codec::hex_encode(crypto::md5(crypto::md5(a) + crypto::md5(b) + crypto::md5(c))) + "-3");
  EXPECT_EQ(get(kBucket, "k"), a + b + c);
  auto opened = open(kBucket, "k").value();
  EXPECT_EQ(opened->version().part_count, 3U);
  EXPECT_EQ(read(*opened, kMin - 1, kMin + 4), "a" + b + "ta");
  const auto parts = run_sync(opened->parts()).value();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[2].number, 7);
  EXPECT_EQ(parts[2].segment.size, 4U);
  EXPECT_TRUE(fails(run_sync(store_->get_upload(upload)), Fault::kNoSuchUpload));
  EXPECT_EQ(blobs_after_sweep(), 3U);
  EXPECT_EQ(get(kBucket, "k"), a + b + c);
  for (const char tag : {'U', 'P', 'D', 'p', 'g'}) {
    EXPECT_TRUE(rows_of(bucket_.shard, tag).empty()) << tag;
  }
  const auto usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, 1);
  EXPECT_EQ(usage.bytes, static_cast<std::int64_t>(2 * kMin + 5));
}

TEST_F(Multipart, PartsCountUntilTheirUploadEnds) {
  const auto part_bytes = [this] { return run_sync(store_->usage(kBucket)).value().part_bytes; };
  const auto upload = begin_upload(kBucket, "k");
  const auto used = put_part(upload, 1, std::string(kMin, 'a')).value();
  ASSERT_TRUE(put_part(upload, 2, "unused"));
  EXPECT_EQ(part_bytes(), std::int64_t{kMin + 6});
  ASSERT_TRUE(put_part(upload, 2, "less"));
  EXPECT_EQ(part_bytes(), std::int64_t{kMin + 4}) << "in the place of another";
  ASSERT_TRUE(complete(upload, {completed(used)}));
  EXPECT_EQ(part_bytes(), 0);
  EXPECT_EQ(run_sync(store_->usage(kBucket)).value().bytes, std::int64_t{kMin});
  const auto aborted = begin_upload(kBucket, "k");
  ASSERT_TRUE(put_part(aborted, 1, "gone"));
  EXPECT_EQ(part_bytes(), 4);
  reopen();  // counters of several runs are one sum
  ASSERT_TRUE(put_part(aborted, 2, "too"));
  EXPECT_EQ(part_bytes(), 7);
  ASSERT_TRUE(run_sync(store_->abort_upload(aborted)));
  EXPECT_EQ(part_bytes(), 0);
  blobs_after_sweep();
  EXPECT_EQ(part_bytes(), 0);
}

// A part that was committed after Complete had read the others is in no list of the done row.
TEST_F(Multipart, APartThatCameMeanwhileCountsUntilItIsSwept) {
  const auto upload = begin_upload(kBucket, "k");
  const auto part = put_part(upload, 1, "used").value();
  ASSERT_TRUE(complete(upload, {completed(part)}));
  meta::Commit commit;
  commit.shard = bucket_.shard;
  Part late = part;
  late.number = 2;
  late.segment.size = 100;
  late.segment.blob = std::string(blob::kBlobIdBytes, 'L');
  commit.put(row::part("k", upload.upload_id, 2), row::encode(late));
  commit.add(row::counters(1), row::encode_counters({.objects = 0, .bytes = 0, .part_bytes = 100}));
  ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
  EXPECT_EQ(run_sync(store_->usage(kBucket)).value().part_bytes, 100);
  blobs_after_sweep();
  EXPECT_EQ(run_sync(store_->usage(kBucket)).value().part_bytes, 0);
  EXPECT_EQ(get(kBucket, "k"), "used");
}

TEST_F(Multipart, UploadsOfOlderReleasesAreNotCounted) {
  for (const bool completes : {true, false}) {
    const auto upload = begin_upload(kBucket, "k");
    const std::string key = row::upload("k", upload.upload_id);
    row::UploadRow stored =
        row::decode_upload(run_sync(rows_.get(bucket_.shard, key)).value().value()).value();
    stored.counts = false;
    meta::Commit commit;
    commit.shard = bucket_.shard;
    commit.put(key, row::encode(stored));
    ASSERT_TRUE(run_sync(rows_.commit(std::move(commit))));
    const auto part = put_part(upload, 1, "abc").value();
    EXPECT_EQ(run_sync(store_->usage(kBucket)).value().part_bytes, 0);
    if (completes) {
      ASSERT_TRUE(complete(upload, {completed(part)}));
    } else {
      ASSERT_TRUE(run_sync(store_->abort_upload(upload)));
    }
    EXPECT_EQ(run_sync(store_->usage(kBucket)).value().part_bytes, 0);
    blobs_after_sweep();
    EXPECT_EQ(run_sync(store_->usage(kBucket)).value().part_bytes, 0);
  }
}

TEST_F(Multipart, CompleteAgainAnswersTheSame) {
  const auto upload = begin_upload(kBucket, "k");
  const auto part = put_part(upload, 1, "abc").value();
  const auto other = put_part(upload, 2, "unused").value();
  const auto first = complete(upload, {completed(part)}).value();
  clock_.advance(5);
  const auto second = complete(upload, {completed(part)});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->etag, first.etag);
  EXPECT_EQ(second->modified, first.modified);
  EXPECT_TRUE(fails(complete(upload, {completed(other)}), Fault::kNoSuchUpload));
  EXPECT_TRUE(fails(put_part(upload, 1, "late"), Fault::kNoSuchUpload));
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_TRUE(complete(upload, {completed(part)}));
  EXPECT_EQ(blobs_after_sweep(), 1U);
  EXPECT_TRUE(fails(complete(upload, {completed(part)}), Fault::kNoSuchUpload));
  EXPECT_EQ(get(kBucket, "k"), "abc");
}

TEST_F(Multipart, OverwrittenObjectGoesWithItsManifest) {
  const auto upload = begin_upload(kBucket, "k");
  const auto part = put_part(upload, 1, "abc").value();
  ASSERT_TRUE(complete(upload, {completed(part)}));
  auto opened = open(kBucket, "k").value();
  ASSERT_TRUE(put(kBucket, "k", "new"));
  EXPECT_EQ(read(*opened, 0, 3), "abc");  // readers have their time
  opened.reset();
  EXPECT_EQ(blobs_after_sweep(), 0U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'M').empty());
  EXPECT_EQ(get(kBucket, "k"), "new");
}

TEST_F(Multipart, ReuploadReplaces) {
  const auto upload = begin_upload(kBucket, "k");
  const auto old = put_part(upload, 1, "old").value();
  const auto fresh = put_part(upload, 1, "fresh").value();
  EXPECT_TRUE(fails(complete(upload, {completed(old)}), Fault::kInvalidPart));
  ASSERT_TRUE(complete(upload, {completed(fresh)}));
  EXPECT_EQ(get(kBucket, "k"), "fresh");
  EXPECT_EQ(blobs_after_sweep(), 1U);
}

TEST_F(Multipart, EmptyPart) {
  const auto upload = begin_upload(kBucket, "k", crypto::Algorithm::kCrc64Nvme);
  const auto part = put_part(upload, 1, "").value();
  const auto done = complete(upload, {completed(part)}).value();
  EXPECT_EQ(done.size, 0U);
  EXPECT_EQ(get(kBucket, "k"), "");
  EXPECT_EQ(blobs_.count_for_test(), 0U);
}

TEST_F(Multipart, AbortGivesPartsBack) {
  const auto upload = begin_upload(kBucket, "k");
  ASSERT_TRUE(put_part(upload, 1, "abc"));
  ASSERT_TRUE(run_sync(store_->abort_upload(upload)));
  EXPECT_TRUE(fails(run_sync(store_->abort_upload(upload)), Fault::kNoSuchUpload));
  EXPECT_TRUE(fails(put_part(upload, 2, "abc"), Fault::kNoSuchUpload));
  EXPECT_TRUE(fails(complete(upload, {{1, "x", {}}}), Fault::kNoSuchUpload));
  EXPECT_EQ(blobs_after_sweep(), 0U);
  for (const char tag : {'U', 'P', 'D'}) EXPECT_TRUE(rows_of(bucket_.shard, tag).empty()) << tag;
}

TEST_F(Multipart, UploadIdsOfOthersAreNotFound) {
  for (const char* id : {"", "56788", "../../etc", "ABCDEF"}) {
    EXPECT_TRUE(fails(run_sync(store_->get_upload({kBucket, "k", id})), Fault::kNoSuchUpload));
    EXPECT_TRUE(fails(complete({kBucket, "k", id}, {{1, "x", {}}}), Fault::kNoSuchUpload));
  }
  const auto upload = begin_upload(kBucket, "k");
  EXPECT_TRUE(fails(run_sync(store_->get_upload({kBucket, "other", upload.upload_id})),
                    Fault::kNoSuchUpload));
}

TEST_F(Multipart, ListPartsInPages) {
  const auto upload = begin_upload(kBucket, "k");
  for (const int number : {1, 3, 9, 10'000}) ASSERT_TRUE(put_part(upload, number, "x"));
  const auto numbers = [&](int after, std::size_t limit) {
    const auto page = run_sync(store_->list_parts(upload, after, limit)).value();
    std::string out;
    for (const Part& part : page.parts) out += std::to_string(part.number) + " ";
    return out + (page.truncated ? "+" : "");
  };
  EXPECT_EQ(numbers(0, 10), "1 3 9 10000 ");
  EXPECT_EQ(numbers(0, 4), "1 3 9 10000 ");
  EXPECT_EQ(numbers(1, 2), "3 9 +");
  EXPECT_EQ(numbers(9, 2), "10000 ");
  EXPECT_EQ(numbers(10'000, 2), "");
  EXPECT_EQ(numbers(0, 0), "");
}

TEST_F(Multipart, ListUploadsByKeyThenTime) {
  std::vector<UploadRef> uploads;
  for (const char* key : {"b", "a/1", "b", "b", "c"}) {
    clock_.advance(1);
    uploads.push_back(begin_upload(kBucket, key));
  }
  ListUploads args;
  args.bucket = kBucket;
  const auto page = run_sync(store_->list_uploads(args)).value();
  ASSERT_EQ(page.uploads.size(), 5U);
  EXPECT_EQ(page.uploads[1].id, uploads[0].upload_id);
  EXPECT_EQ(page.uploads[2].id, uploads[2].upload_id);
  std::string seen;
  args.limit = 1;
  args.delimiter = "/";
  for (;;) {
    const auto one = run_sync(store_->list_uploads(args)).value();
    for (const auto& upload : one.uploads) seen += upload.key + " ";
    for (const auto& prefix : one.common_prefixes) seen += prefix + " ";
    if (!one.truncated) break;
    args.key_marker = one.next_key_marker;
    args.upload_id_marker = one.next_upload_id_marker;
  }
  EXPECT_EQ(seen, "a/ b b b c ");
  args.key_marker = "b";
  args.upload_id_marker = "";
  EXPECT_EQ(run_sync(store_->list_uploads(args)).value().uploads.front().key, "c");
}

TEST_F(Multipart, ConditionsOnTheObject) {
  const auto upload = begin_upload(kBucket, "k");
  const auto part = put_part(upload, 1, "abc").value();
  ASSERT_TRUE(put(kBucket, "k", "first"));
  CompleteArgs args;
  args.upload = upload;
  args.parts = {completed(part)};
  args.condition.if_none_match = "*";
  EXPECT_TRUE(fails(run_sync(store_->complete_upload(args)), Fault::kPreconditionFailed));
  EXPECT_EQ(get(kBucket, "k"), "first");
  args.condition = {};
  EXPECT_TRUE(run_sync(store_->complete_upload(args)));
}

TEST_F(Multipart, PartAlgorithmMustBeTheUploads) {
  const auto upload =
      begin_upload(kBucket, "k", crypto::Algorithm::kSha256, ChecksumType::kComposite);
  StringSource source("abc");
  Verifier verifier(crypto::Algorithm::kCrc32);
  EXPECT_TRUE(fails(run_sync(store_->put_part(upload, 1, std::nullopt, source, verifier)),
                    Fault::kRejected));
  EXPECT_EQ(blobs_.count_for_test(), 0U);
  CreateUpload bad;
  bad.bucket = kBucket;
  bad.key = "k";
  bad.checksum_algorithm = crypto::Algorithm::kSha1;
  EXPECT_TRUE(fails(run_sync(store_->create_upload(bad)), Fault::kRejected));
}

// ---- the pure plan ----

Part stored(int number, std::uint64_t size, std::string_view body) {
  Part out;
  out.number = number;
  out.segment.size = size;
  out.md5 = crypto::md5(body);
  return out;
}

TEST(MultipartPlan, JudgesTheList) {
  const std::vector<Part> parts{stored(1, kMin, "a"), stored(2, kMin - 1, "b"), stored(3, 1, "c")};
  const auto etag = [&](std::size_t i) { return codec::hex_encode(parts[i].md5); };
  const Upload upload;
  CompleteArgs args;
  const auto plan = [&](std::vector<CompletedPart> list) {
    args.parts = std::move(list);
    return plan_multipart(upload, parts, args);
  };
  EXPECT_TRUE(plan({{1, etag(0), {}}, {3, etag(2), {}}}));
  EXPECT_TRUE(plan({{1, etag(0), {}}, {2, etag(1), {}}}));
  EXPECT_TRUE(fails(plan({}), Fault::kInvalidPart));
  EXPECT_TRUE(fails(plan({{4, etag(0), {}}}), Fault::kInvalidPart));
  EXPECT_TRUE(fails(plan({{1, etag(1), {}}}), Fault::kInvalidPart));
  EXPECT_TRUE(fails(plan({{2, etag(1), {}}, {1, etag(0), {}}}), Fault::kInvalidPartOrder));
  EXPECT_TRUE(fails(plan({{1, etag(0), {}}, {1, etag(0), {}}}), Fault::kInvalidPartOrder));
  const auto small = plan({{2, etag(1), {}}, {3, etag(2), {}}});
  ASSERT_TRUE(fails(small, Fault::kEntityTooSmall));
  EXPECT_EQ(small.error().part_number, 2);
  args.size = 5;
  EXPECT_TRUE(fails(plan({{1, etag(0), {}}}), Fault::kRejected));
  args.size = kMin;
  EXPECT_TRUE(plan({{1, etag(0), {}}}));
  args.checksum_type = ChecksumType::kComposite;
  EXPECT_TRUE(fails(plan({{1, etag(0), {}}}), Fault::kRejected));
}

TEST_F(Multipart, ChecksumsOfTheWhole) {
  const std::string a(kMin, 'A');
  const std::string b(1000, 'B');
  struct Case {
    crypto::Algorithm algorithm;
    ChecksumType type;
  };
  for (const Case& one : {Case{crypto::Algorithm::kCrc32, ChecksumType::kFullObject},
                          Case{crypto::Algorithm::kCrc32c, ChecksumType::kFullObject},
                          Case{crypto::Algorithm::kCrc64Nvme, ChecksumType::kFullObject},
                          Case{crypto::Algorithm::kCrc32, ChecksumType::kComposite},
                          Case{crypto::Algorithm::kSha256, ChecksumType::kComposite}}) {
    const auto upload = begin_upload(kBucket, "k", one.algorithm, one.type);
    const auto part1 = put_part(upload, 1, a).value();
    const auto part2 = put_part(upload, 2, b).value();
    const bool composite = one.type == ChecksumType::kComposite;
    const std::string digest_a = crypto::digest(one.algorithm, a);
    const std::string digest_b = crypto::digest(one.algorithm, b);
    EXPECT_EQ(part1.checksum->value, digest_a);
    const std::string whole =
        crypto::digest(one.algorithm, composite ? digest_a + digest_b : a + b);
    CompleteArgs args;
    args.upload = upload;
    args.parts = {completed(part1), completed(part2)};
    args.parts[0].checksum = Checksum{one.algorithm, one.type, digest_b, 0};
    EXPECT_TRUE(fails(run_sync(store_->complete_upload(args)), Fault::kInvalidPart));
    args.parts[0].checksum = Checksum{one.algorithm, one.type, digest_a, 0};
    args.checksum = Checksum{one.algorithm, one.type, digest_a, 0};
    EXPECT_TRUE(fails(run_sync(store_->complete_upload(args)), Fault::kBadDigest));
    args.checksum->value = whole;
    const auto done = run_sync(store_->complete_upload(args));
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(done->checksum->value, whole);
    EXPECT_EQ(done->checksum->parts, composite ? 2U : 0U);
    EXPECT_EQ(open(kBucket, "k").value()->version().checksum, done->checksum);
  }
}

}  // namespace
}  // namespace muzn::object::test
