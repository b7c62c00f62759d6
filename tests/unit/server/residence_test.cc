// Where bytes really go: an object store over volumes at two sites, under rules that change by
// chance.
#include "server/residence.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "blob/file_store.h"
#include "codec/base64.h"
#include "unit/control/controlled.h"
#include "unit/fs/temp_dir.h"

namespace muzn::server {
namespace {

namespace files = std::filesystem;

constexpr std::size_t kLarge = 40'000;

class AnyBody final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {}; }
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet&) override {
    return std::optional<object::Checksum>();
  }
};

class ResidenceTest : public testing::Test, public control::Controlled {
 protected:
  // Volumes 0 and 1 are at home, 2 is abroad, 3 has no label.
  ResidenceTest() {
    blob::FileOptions options;
    options.directory = directory(0);
    options.site = "ps-1";
    options.reserve_bytes = 1;
    options.clock = &clock;
    options.rng = &rng;
    std::vector<blob::FurtherVolume> further;
    for (const int number : {1, 2, 3}) {
      EXPECT_TRUE(blob::make_file_store(directory(number)));
      blob::FurtherVolume one;
      one.number = static_cast<std::uint8_t>(number);
      one.path = one.directory = directory(number);
      one.pool = &pool;
      one.site = number == 1 ? "ps-1" : number == 2 ? "de-1" : "";
      further.push_back(one);
    }
    blobs = blob::open_file_store(options, pool, further).value();
    residence = std::make_unique<Residence>(*controller, Residence::volumes_of(blobs->figures()));
    object::StoreOptions store;
    store.inline_bytes_max = 100;
    store.residence = residence.get();
    objects = run_sync(object::open_store(rows, *blobs, pool, clock, rng, store)).value();
    residence->serve(*objects);
    EXPECT_EQ(run(control::PutSite{{.id = "ps-1", .jurisdiction = "PS"}}), "");
    EXPECT_EQ(run(control::PutSite{{.id = "de-1", .jurisdiction = "DE"}}), "");
    const control::Account account = controller->new_account("T", "t@example.org");
    owner = account.id;
    EXPECT_EQ(run(control::CreateAccount{account}), "");
  }
  std::string directory(int number) const { return temp.path() + "/" + std::to_string(number); }

  // "" or the error.
  std::string run(control::ActBody body) { return run_as(controller->state()->operator_id, body); }
  std::string run_as(const std::string& account, control::ActBody body) {
    const auto done =
        run_sync(controller->propose("arn:aws:iam::" + account + ":root", "", std::move(body)));
    return done ? "" : done.error().what;
  }
  std::string set(std::set<std::string> places, const std::string& bucket = "") {
    control::SetResidency act{.account = owner, .jurisdictions = std::move(places)};
    if (!bucket.empty()) {
      const auto found = run_sync(objects->get_bucket(bucket)).value();
      act.bucket = {.name = bucket, .id = codec::hex_encode(found.id)};
    }
    const auto may = run_sync(residence->may_set(act));
    return may ? run_as(owner, act) : may.error().what;
  }
  object::Outcome<object::Bucket> make_bucket(const std::string& name) {
    object::CreateBucket args;
    args.name = name;
    args.owner = owner;
    args.region = "us-east-1";
    return run_sync(objects->create_bucket(std::move(args)));
  }
  object::Outcome<object::Written> put(const std::string& bucket, const std::string& key,
                                       std::string body) {
    object::PutArgs args;
    args.bucket = bucket;
    args.key = key;
    args.owner = owner;
    args.size_max = 1U << 20;
    args.size = body.size();
    StringSource source(std::move(body));
    AnyBody verifier;
    return run_sync(objects->put(std::move(args), source, verifier));
  }
  // Which volumes' files have these bytes, of the files that came since it was asked last.
  std::set<int> volumes_with(const std::string& mark) {
    std::set<int> out;
    for (const int number : {0, 1, 2, 3}) {
      for (const auto& file : files::recursive_directory_iterator(directory(number))) {
        if (!file.is_regular_file() || !seen.insert(file.path().string()).second) continue;
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        if (bytes.contains(mark)) out.insert(number);
      }
    }
    return out;
  }

  test::TempDir temp;
  Pool pool{2};
  std::unique_ptr<blob::Store> blobs;
  std::unique_ptr<Residence> residence;
  std::unique_ptr<object::Store> objects;
  std::string owner;
  std::set<std::string> seen;  // paths of files
};

TEST_F(ResidenceTest, WithoutRulesBytesLieAnywhere) {
  ASSERT_TRUE(make_bucket("free"));
  std::set<int> seen;
  for (int i = 0; i < 60; ++i) {
    const std::string mark = "mark of number " + std::to_string(i) + ".";
    ASSERT_TRUE(put("free", "k", mark + std::string(kLarge, 'x')));
    seen.merge(volumes_with(mark));
  }
  EXPECT_EQ(seen, (std::set<int>{0, 1, 2, 3}));
}

TEST_F(ResidenceTest, TheRowsSiteMustBeAllowed) {
  ASSERT_TRUE(make_bucket("box"));
  EXPECT_EQ(set({"DE"}),
            "the residency of account " + owner + " allows DE, and site ps-1 is in PS (placement)");
  EXPECT_EQ(set({"DE"}, "box"),
            "the residency of bucket box allows DE, and site ps-1 is in PS (placement)");
  // Set behind its back, as by an act of before: no bucket, and no byte.
  ASSERT_EQ(run_as(owner, control::SetResidency{.account = owner, .jurisdictions = {"DE"}}), "");
  EXPECT_EQ(make_bucket("c").error().fault, object::Fault::kResidency);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kLarge}) {
    const auto refused = put("box", "k", std::string(size, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, object::Fault::kResidency);
    EXPECT_EQ(refused.error().what, "the residency of account " + owner +
                                        " allows DE, and site ps-1 is in PS (placement)");
  }
}

TEST_F(ResidenceTest, NarrowingWaitsForBytes) {
  ASSERT_TRUE(make_bucket("box"));
  ASSERT_TRUE(put("box", "k", "x"));
  EXPECT_TRUE(set({"PS"}, "box").starts_with("the bucket box has 1 objects"));
  EXPECT_TRUE(set({"PS"}).starts_with("the bucket box has 1 objects"));
  EXPECT_TRUE(set({"DE", "PS"}).starts_with("the bucket box has 1 objects")) << "volume 3";
  object::RemoveArgs gone;
  gone.bucket = "box";
  gone.key = "k";
  ASSERT_TRUE(run_sync(objects->remove(std::move(gone))));
  EXPECT_EQ(set({"PS"}, "box"), "");
  EXPECT_EQ(set({"PS"}), "");
  EXPECT_EQ(set({"PS"}), "") << "the same again";
  EXPECT_EQ(set({}, "box"), "");
  EXPECT_EQ(set({}), "");
}

TEST_F(ResidenceTest, KnowsItsLabels) {
  EXPECT_TRUE(residence->is_used("ps-1"));
  EXPECT_TRUE(residence->is_used("de-1"));
  EXPECT_FALSE(residence->is_used("fr-1"));
  EXPECT_EQ(residence->volumes().size(), 4U);
  EXPECT_EQ(residence->volumes()[2]["site"], "de-1");
}

// Whatever is set and written: bytes lie where the rules of their time let them.
TEST_F(ResidenceTest, EveryByteLiesWhereItMay) {
  std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same each time
  const std::vector<std::set<std::string>> choices = {{}, {"PS"}, {"DE", "PS"}, {"PS", "FR"}};
  std::uint64_t written = 0;
  std::uint64_t bound = 0;
  for (int round = 0; round < 60; ++round) {
    const std::string bucket = "bucket-" + std::to_string(round);
    [[maybe_unused]] const std::string account_set = set(choices[random() % choices.size()]);
    ASSERT_TRUE(make_bucket(bucket));
    [[maybe_unused]] const std::string bucket_set = set(choices[random() % choices.size()], bucket);
    const auto found = run_sync(objects->get_bucket(bucket)).value();
    const control::Snapshot state = controller->state();
    const auto rules = control::residency_rules(*state, owner, codec::hex_encode(found.id));
    for (int i = 0; i < 4; ++i) {
      const std::string mark = "mark " + std::to_string(round) + "-" + std::to_string(i) + ".";
      ASSERT_TRUE(put(bucket, "k" + std::to_string(i), mark + std::string(kLarge, 'y')));
      const auto where = volumes_with(mark);
      ASSERT_EQ(where.size(), 1U);
      ++written;
      bound += rules.empty() ? 0 : 1;
      const bool allows_de =
          policy::may_send(rules, control::to_site(*state, policy::Egress::kPlacement, "de-1"))
              .has_value();
      if (!rules.empty()) EXPECT_FALSE(where.contains(3)) << bucket;
      if (!allows_de) EXPECT_FALSE(where.contains(2)) << bucket;
    }
    // So that the next account's rule is not refused for what lies there.
    for (int i = 0; i < 4; ++i) {
      object::RemoveArgs gone;
      gone.bucket = bucket;
      gone.key = "k" + std::to_string(i);
      ASSERT_TRUE(run_sync(objects->remove(std::move(gone))));
    }
    ASSERT_TRUE(run_sync(objects->delete_bucket(bucket)));
  }
  EXPECT_EQ(written, 240U);
  EXPECT_GT(bound, 60U);
  EXPECT_LT(bound, 240U);
}

}  // namespace
}  // namespace muzn::server
