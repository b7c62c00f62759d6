// Backup, verify and restore over a real engine, and the desk that runs them as jobs.
#include "server/backup.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/system.h"
#include "blob/file_store.h"
#include "server/engine_desk.h"
#include "server/keys.h"
#include "server/offline.h"
#include "unit/fs/temp_dir.h"

namespace muzn::server {
namespace {

namespace files = std::filesystem;

class NoVerifier final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {}; }
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet&) override {
    return std::optional<object::Checksum>();
  }
};

class Listener final : public BackupListener {
 public:
  void found(const object::Finding& finding) override {
    // There are no acts here: control has its own tests.
    if (finding.is_error && finding.what.find("there is no act") == std::string::npos) {
      errors.push_back(finding.key + ": " + finding.what);
    }
  }
  void progress(const object::VerifyTotals&) override {
    if (on_progress) on_progress();
  }
  void copied(const CopyCounts& so_far) override { counts = so_far; }
  bool go_on() override { return !stop; }

  std::vector<std::string> errors;
  CopyCounts counts;
  bool stop = false;
  std::function<void()> on_progress;
};

struct BackupTest : testing::Test {
  BackupTest() {
    files::create_directories(temp.path() + "/data");
    data.emplace(fs::Dir::open(temp.path() + "/data").value());
    EXPECT_TRUE(master_key(*data, rng));
    rows = meta::open_rocks_store({.directory = data->path() + "/rows"}, clock).value();
    blobs = blob::open_file_store({.directory = data->path() + "/blobs", .reserve_bytes = 0}, pool)
                .value();
    object::StoreOptions options;
    options.garbage_seconds = 0;
    objects = run_sync(object::open_store(*rows, *blobs, pool, clock, rng, options)).value();
    object::CreateBucket bucket;
    bucket.name = "bucket";
    bucket.owner = "111111111111";
    bucket.region = "eu-test-1";
    EXPECT_TRUE(run_sync(objects->create_bucket(std::move(bucket))));
  }

  void put(const std::string& key, const std::string& body) {
    object::PutArgs args;
    args.bucket = "bucket";
    args.key = key;
    args.owner = "111111111111";
    args.size_max = 1U << 30;
    StringSource source(body);
    NoVerifier verifier;
    ASSERT_TRUE(run_sync(objects->put(std::move(args), source, verifier)));
  }
  void remove(const std::string& key) {
    object::RemoveArgs args;
    args.bucket = "bucket";
    args.key = key;
    ASSERT_TRUE(run_sync(objects->remove(std::move(args))));
  }
  BackupSource source() { return {*rows, *blobs, objects.get(), *data, pool, clock}; }
  Result<BackupRecord> make(std::uint32_t keep = 0) {
    listener = {};
    return back_up(source(), {.to = to, .keep = keep}, *policy::may_send({}, {}), listener);
  }
  static std::vector<files::path> blob_files(const std::string& directory) {
    std::vector<files::path> out;
    for (const auto& entry : files::recursive_directory_iterator(directory + "/blobs")) {
      if (entry.is_regular_file() && entry.path().filename() != "format") {
        out.push_back(entry.path());
      }
    }
    return out;
  }

  const test::TempDir temp;
  const std::string to = temp.path() + "/backup";
  SystemClock clock;
  SystemRng rng;
  Pool pool{2};
  std::optional<fs::Dir> data;
  std::unique_ptr<meta::RocksStore> rows;
  std::unique_ptr<blob::Store> blobs;
  std::unique_ptr<object::Store> objects;
  Listener listener;
};

const std::string kLarge(200'000, 'x');

TEST_F(BackupTest, ComesBackWholeAndOnlyNewBlobsAreCopied) {
  put("a", kLarge);
  put("b", "small");
  const auto first = make();
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_TRUE(first->complete);
  EXPECT_EQ(first->objects, 2U);
  EXPECT_EQ(first->copied_blobs, 1U);
  EXPECT_EQ(first->copied_bytes, kLarge.size());
  put("c", kLarge);
  const auto second = make().value();
  EXPECT_EQ(second.id, first->id + 1);
  EXPECT_EQ(second.copied_blobs, 1U);
  EXPECT_EQ(second.blobs, 2U);
  EXPECT_EQ(listener.counts.present, 1U);
  EXPECT_TRUE(listener.errors.empty());
  EXPECT_EQ(list_backups(to).value(), (std::vector<BackupRecord>{*first, second}));

  const std::string back = temp.path() + "/back";
  Listener restoring;
  EXPECT_EQ(restore(to, "1", back, restoring).value(), *first);
  EXPECT_EQ(blob_files(back).size(), 1U);
  const auto store = Offline::open(back);
  ASSERT_TRUE(store) << store.error().what;
  EXPECT_EQ(store_id(fs::Dir::open(back).value()).value(), first->store);
}

// What was deleted after the rows were taken is still there when its turn comes.
TEST_F(BackupTest, TheSweeperWaits) {
  for (int i = 0; i < 5; ++i) put("k" + std::to_string(i), kLarge);
  bool once = false;
  listener.on_progress = [&] {
    if (once) return;
    once = true;
    for (int i = 0; i < 5; ++i) remove("k" + std::to_string(i));
    EXPECT_EQ(run_sync(objects->sweep()).value(), 0U);
  };
  const auto record = back_up(source(), {.to = to}, *policy::may_send({}, {}), listener);
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_TRUE(once);
  EXPECT_TRUE(record->complete);
  EXPECT_EQ(record->copied_blobs, 5U);
  EXPECT_EQ(run_sync(objects->sweep()).value(), 5U);
}

TEST_F(BackupTest, AStoppedOneDoesNotExistAndHoldsNothing) {
  for (int i = 0; i < 5; ++i) put("k" + std::to_string(i), kLarge);
  listener.on_progress = [this] { listener.stop = listener.counts.blobs == 2; };
  EXPECT_EQ(back_up(source(), {.to = to}, *policy::may_send({}, {}), listener).error().code,
            Code::kClosed);
  EXPECT_TRUE(list_backups(to).value().empty());
  remove("k0");
  EXPECT_EQ(run_sync(objects->sweep()).value(), 1U);
  const auto record = make().value();
  EXPECT_EQ(record.copied_blobs + listener.counts.present, 4U);
}

TEST_F(BackupTest, ABadBlobIsLostTheRestIsNot) {
  put("good", kLarge);
  put("bad", kLarge);
  const auto all = blob_files(data->path());
  ASSERT_EQ(all.size(), 2U);
  std::fstream file(all[0], std::ios::in | std::ios::out | std::ios::binary);
  file.put('!');
  file.close();
  const auto record = make().value();
  EXPECT_FALSE(record.complete);
  EXPECT_EQ(record.lost_count, 1U);
  ASSERT_EQ(record.lost.size(), 1U);
  EXPECT_EQ(record.lost[0].bucket, "bucket");
  EXPECT_EQ(listener.errors.size(), 1U);
  Listener restoring;
  EXPECT_EQ(restore(to, "newest", temp.path() + "/x", restoring).error().code, Code::kNotFound);
  EXPECT_EQ(restore(to, "1", temp.path() + "/back", restoring).value(), record);
  EXPECT_EQ(restoring.errors.size(), 1U);
  EXPECT_EQ(blob_files(temp.path() + "/back").size(), 1U);
}

TEST_F(BackupTest, ADamagedOneIsNotRestored) {
  put("a", kLarge);
  put("b", kLarge);
  ASSERT_TRUE(make());
  std::fstream file(blob_files(to)[0], std::ios::in | std::ios::out | std::ios::binary);
  file.put('!');
  file.close();
  const std::string back = temp.path() + "/back";
  Listener restoring;
  EXPECT_EQ(restore(to, "newest", back, restoring).error().code, Code::kCorrupt);
  EXPECT_EQ(restoring.errors.size(), 1U);
  EXPECT_FALSE(files::exists(back + "/rows/format"));
  EXPECT_TRUE(files::exists(back + "/blobs/format"));  // so no server starts here
  Listener verifying;
  EXPECT_EQ(verify_backup(to, "1", verifying).value().totals.errors, 2U);  // with the acts
  EXPECT_EQ(verifying.errors.size(), 1U);
}

TEST_F(BackupTest, OldOnesGoWithWhatOnlyTheyNamed) {
  put("a", kLarge);
  ASSERT_TRUE(make());
  put("b", kLarge);
  remove("a");
  ASSERT_TRUE(make());
  EXPECT_EQ(blob_files(to).size(), 2U);
  std::ofstream(blob_files(to)[0].string() + ".tmp") << "half";
  ASSERT_TRUE(make(2));
  EXPECT_EQ(list_backups(to).value().size(), 2U);
  const auto left = blob_files(to);
  EXPECT_EQ(left.size(), 1U);
  Listener verifying;
  EXPECT_EQ(verify_backup(to, "newest", verifying).value().record.id, 3U);
  EXPECT_TRUE(verifying.errors.empty());
}

TEST_F(BackupTest, ABackupCutBeforeItsRecordIsNone) {
  put("a", kLarge);
  ASSERT_TRUE(make());
  ASSERT_TRUE(make());
  files::remove(to + "/snapshots/2.json");
  EXPECT_EQ(list_backups(to).value().size(), 1U);
  put("b", kLarge);
  const auto next = make().value();
  EXPECT_GE(next.id, 2U);
  Listener verifying;
  for (const std::string& which : {std::string("1"), std::to_string(next.id)}) {
    ASSERT_TRUE(verify_backup(to, which, verifying));
  }
  EXPECT_TRUE(verifying.errors.empty());
}

TEST_F(BackupTest, AFullDirectoryOfAnotherKindIsLeftAlone) {
  files::create_directories(to);
  std::ofstream(to + "/file") << "x";
  EXPECT_EQ(make().error().code, Code::kInvalid);
  files::remove(to + "/file");
  ASSERT_TRUE(make());
  std::ofstream(to + "/format") << "muzn backup 2\n";
  EXPECT_EQ(make().error().code, Code::kInvalid);
}

TEST_F(BackupTest, TheDeskRunsThemAsJobs) {
  put("a", kLarge);
  Log log(LogFormat::kText, clock);
  files::create_directories(temp.path() + "/room");
  const DeskParts parts{.source = source(),
                        .list_blobs =
                            [this](const blob::FileListing& visit) {
                              return blob::list_blob_files(data->path() + "/blobs", visit);
                            },
                        .backup_dir = temp.path() + "/room",
                        .may_back_up = [] { return policy::may_send({}, {}); },
                        .log = log};
  EngineDesk desk(parts);
  EXPECT_TRUE(desk.stat()["last_backup"].is_null());
  const auto finish = [&desk](const admin::JobOrder& order) {
    const std::string id = desk.start(order).value()["id"];
    for (;;) {
      codec::Json job = desk.job(id).value();
      if (job["state"] != "running") return job;
    }
  };
  const codec::Json check = finish(admin::JobOrder());
  EXPECT_EQ(check["state"], "done");
  EXPECT_EQ(check["result"]["bytes_read"], kLarge.size());
  EXPECT_EQ(check["result"]["error_count"], 1U) << check;  // no acts
  EXPECT_EQ(check["result"]["warning_count"], 0U) << check;
  const codec::Json backup = finish({.kind = admin::JobOrder::Kind::kBackup, .to = "night"});
  EXPECT_EQ(backup["state"], "done") << backup;
  EXPECT_EQ(backup["result"]["complete"], true);
  EXPECT_EQ(desk.stat()["last_backup"]["to"], "night");
  EXPECT_EQ(EngineDesk(parts).stat()["last_backup"]["id"], 1U);
  EXPECT_EQ(desk.gauges()[1].value, 0.0);

  DeskParts nowhere = parts;
  nowhere.backup_dir.clear();
  EXPECT_EQ(EngineDesk(nowhere)
                .start({.kind = admin::JobOrder::Kind::kBackup, .to = "night"})
                .error()
                .code,
            Code::kInvalid);

  DeskParts abroad = parts;
  abroad.may_back_up = []() -> Result<policy::Permit> {
    return fail(Code::kDenied, "the residency of account 1 allows PS");
  };
  EXPECT_EQ(EngineDesk(abroad)
                .start({.kind = admin::JobOrder::Kind::kBackup, .to = "evening"})
                .error()
                .what,
            "the residency of account 1 allows PS");
  EXPECT_FALSE(files::exists(temp.path() + "/room/evening"));
}

}  // namespace
}  // namespace muzn::server
