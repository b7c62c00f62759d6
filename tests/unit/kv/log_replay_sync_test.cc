// What a replay took is on stable storage when it returns.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>

#include "kv/log_replay.h"
#include "unit/fs/temp_dir.h"

namespace muzn::kv {
namespace {

// The system's, but for a count of the syncs of logs.
class CountedLog final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CountedLog(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::atomic<int>& syncs)
      : FSWritableFileOwnerWrapper(std::move(file)), syncs_(syncs) {}
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    ++syncs_;
    return FSWritableFileOwnerWrapper::Sync(options, debug);
  }

 private:
  std::atomic<int>& syncs_;
};

class CountingFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit CountingFiles(std::atomic<int>& syncs)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), syncs_(syncs) {}
  const char* Name() const override { return "CountingFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewWritableFile(name, options, out, debug);
    if (status.ok() && name.ends_with(".log")) {
      *out = std::make_unique<CountedLog>(std::move(*out), syncs_);
    }
    return status;
  }

 private:
  std::atomic<int>& syncs_;
};

TEST(LogReplaySync, TheLogOfWhatWasTakenIsSyncedLast) {
  const test::TempDir temp;
  Options from;
  from.directory = temp.path() + "/from";
  from.create = true;
  const auto source = Database::open(from).value();
  for (int i = 0; i < 10; ++i) {
    Batch batch;
    batch.put("key" + std::to_string(i), "value");
    ASSERT_TRUE(source->write(std::move(batch)));
  }
  std::filesystem::create_directory(temp.path() + "/logs");
  for (const auto& entry : std::filesystem::directory_iterator(from.directory)) {
    if (entry.path().extension() == ".log") {
      std::filesystem::copy(entry, temp.path() + "/logs");
    }
  }

  std::atomic<int> syncs = 0;
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<CountingFiles>(syncs));
  Options to;
  to.directory = temp.path() + "/to";
  to.create = true;
  to.env = env.get();
  const auto database = Database::open(to).value();
  const int before = syncs;
  const auto logs = fs::Dir::open(temp.path() + "/logs").value();
  EXPECT_EQ(replay_logs({&logs}, *database).value().records, 10U);
  EXPECT_GT(syncs, before);
  EXPECT_EQ(database->get("key9").value(), "value");
}

}  // namespace
}  // namespace muzn::kv
