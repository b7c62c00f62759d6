// A store over several directories: each blob where its id says, and failures that stay alone.
#include <fcntl.h>

#include <filesystem>
#include <future>
#include <map>

#include "blob/attach.h"
#include "blob/file_name.h"
#include "blob/file_store.h"
#include "codec/base64.h"
#include "model/world.h"
#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

// The real disk, but for what lies beneath one path: its syncs, or the making of files, fail.
class FailingDisk final : public fs::Disk {
 public:
  std::string broken = "nothing";  // files opened from now on whose path begins so
  bool fails_create = false;
  bool fails_sync = true;

  int open(const std::string& path, int flags) override {
    return remember(real_.open(path, flags), path);
  }
  int make_dir(const std::string& path, unsigned mode) override {
    return real_.make_dir(path, mode);
  }
  int access(const std::string& path) override { return real_.access(path); }
  int open_at(int dir, const std::string& name, int flags, unsigned mode) override {
    if (fails_create && (flags & O_CREAT) != 0 && is_broken(dir)) return -EROFS;
    return remember(real_.open_at(dir, name, flags, mode), path_of(dir));
  }
  int make_dir_at(int dir, const std::string& name, unsigned mode) override {
    return real_.make_dir_at(dir, name, mode);
  }
  int unlink_at(int dir, const std::string& name) override { return real_.unlink_at(dir, name); }
  int rename_at(int dir, const std::string& from, const std::string& to) override {
    return real_.rename_at(dir, from, to);
  }
  int list(int dir, std::vector<std::string>* names) override { return real_.list(dir, names); }
  long write(int file, const char* bytes, std::size_t size, std::uint64_t offset) override {
    return real_.write(file, bytes, size, offset);
  }
  long read(int file, char* out, std::size_t size, std::uint64_t offset) override {
    return real_.read(file, out, size, offset);
  }
  int allocate(int file, std::uint64_t offset, std::uint64_t length) override {
    return real_.allocate(file, offset, length);
  }
  int truncate(int file, std::uint64_t size) override { return real_.truncate(file, size); }
  int sync_data(int file) override {
    return fails_sync && is_broken(file) ? -EIO : real_.sync_data(file);
  }
  int sync(int file) override { return fails_sync && is_broken(file) ? -EIO : real_.sync(file); }
  long size(int file) override { return real_.size(file); }
  int change_mode(int file, unsigned mode) override { return real_.change_mode(file, mode); }
  int lock(int file) override { return real_.lock(file); }
  int space(int file, fs::Space* out) override {
    const int result = real_.space(file, out);
    const std::string path = path_of(file);
    const std::lock_guard lock(mutex_);
    if (const auto set = free_.find(path); set != free_.end()) {
      out->free_bytes = set->second;
    }
    return result;
  }
  void close(int file) override { real_.close(file); }

  void set_free(const std::string& path, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    free_[path] = bytes;
  }

 private:
  int remember(int file, const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (file >= 0) paths_[file] = path;
    return file;
  }
  std::string path_of(int file) {
    const std::lock_guard lock(mutex_);
    return paths_[file];
  }
  bool is_broken(int file) { return path_of(file).starts_with(broken); }

  fs::Disk& real_ = fs::kernel();
  std::mutex mutex_;
  std::map<int, std::string> paths_;
  std::map<std::string, std::uint64_t> free_;
};

class Volumes : public ::testing::Test {
 protected:
  Volumes() {
    for (const int number : {1, 2}) EXPECT_TRUE(make_file_store(directory(number)));
    open();
  }
  std::string directory(int number) const { return temp_.path() + "/" + std::to_string(number); }
  void open(const std::map<int, std::string>& down = {}) {
    store_.reset();
    failed_.clear();
    FileOptions options;
    options.directory = directory(0);
    options.reserve_bytes = 1000;
    options.disk = &disk_;
    options.clock = &clock_;
    options.rng = &rng_;
    options.on_failed = [this](std::uint8_t volume, const Error&) { failed_.push_back(volume); };
    std::vector<FurtherVolume> further;
    for (const int number : {1, 2}) {
      FurtherVolume one;
      one.number = static_cast<std::uint8_t>(number);
      one.path = one.directory = directory(number);
      one.pool = &pools_.at(static_cast<std::size_t>(number));
      one.waiting_max = 3;
      if (const auto why = down.find(number); why != down.end()) one.down = why->second;
      further.push_back(one);
    }
    store_ = open_file_store(options, pools_[0], further).value();
  }
  static BlobId id(int volume, unsigned number = 0) {
    return make_id(static_cast<std::uint8_t>(volume), 1, test_id(number).substr(8));
  }
  Result<void> put(const BlobId& blob) { return store_blob(*store_, blob, "bytes of it", 5, 0); }
  Result<std::string> get(const BlobId& blob) {
    TRY(const auto reader, run_sync(store_->open(blob)));
    return run_sync(reader->read(0, 100));
  }
  bool is_file(int volume, const BlobId& blob) const {
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory(volume))) {
      if (file.path().filename() == codec::hex_encode(blob)) return true;
    }
    return false;
  }
  // What runs in the background has ended.
  void settle() {
    for (Pool& pool : pools_) {
      std::promise<void> done;
      pool.submit([&] { done.set_value(); });
      done.get_future().wait();
    }
  }
  std::map<int, int> placed(int times = 300) {
    std::map<int, int> out;
    for (int i = 0; i < times; ++i) ++out[store_->place(0, nullptr)];
    return out;
  }

  test::TempDir temp_;
  FailingDisk disk_;
  model::FakeClock clock_;
  model::SeededRng rng_;
  std::array<Pool, 3> pools_{Pool(1), Pool(1), Pool(1)};
  std::vector<int> failed_;
  std::unique_ptr<Store> store_;
};

TEST_F(Volumes, OnlyTheAllowedOnesAreChosen) {
  VolumeSet allowed;
  allowed.set(0);
  allowed.set(2);
  std::map<int, int> chosen;
  for (int i = 0; i < 300; ++i) ++chosen[store_->place(0, &allowed)];
  EXPECT_EQ(chosen.size(), 2U);
  EXPECT_FALSE(chosen.contains(1));
  allowed.reset(0);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(store_->place(0, &allowed), 2);
  open({{2, "its disk is gone"}});
  EXPECT_EQ(store_->place(0, &allowed), 2) << "it answers for itself: no other one is taken";
}

TEST_F(Volumes, ABlobLiesWhereItsIdSays) {
  for (const int volume : {0, 1, 2}) {
    ASSERT_TRUE(put(id(volume)));
    for (const int other : {0, 1, 2}) EXPECT_EQ(is_file(other, id(volume)), other == volume);
    EXPECT_EQ(get(id(volume)).value(), "bytes of it");
  }
  ASSERT_TRUE(run_sync(store_->discard(id(1))));
  EXPECT_EQ(get(id(1)).error().code, Code::kNotFound);
  EXPECT_EQ(get(id(2)).value(), "bytes of it");
  const auto figures = store_->figures();
  ASSERT_EQ(figures.volumes.size(), 3U);
  EXPECT_EQ(figures.bytes_written, 33U);
  EXPECT_EQ(figures.volumes[1].bytes_written, 11U);
  EXPECT_EQ(figures.volumes[2].bytes_read, 22U);
}

TEST_F(Volumes, NewBlobsGoWhereRoomIs) {
  EXPECT_EQ(placed().size(), 3U);
  settle();
  disk_.set_free(directory(0), 1000);  // the reserve
  disk_.set_free(directory(1), 1000);
  open();
  EXPECT_EQ(placed(), (std::map<int, int>{{2, 300}}));
  settle();
  // As it fills up, the next look, a second later, sees it.
  disk_.set_free(directory(0), 1U << 30);
  disk_.set_free(directory(2), 0);
  clock_.advance(2);
  placed(1);
  settle();
  EXPECT_EQ(placed(50), (std::map<int, int>{{0, 50}}));
  EXPECT_EQ(put(id(2)).error().code, Code::kNoSpace);
  EXPECT_TRUE(failed_.empty());
}

TEST_F(Volumes, ADownVolumeIsNoAnswerAboutItsBlobs) {
  ASSERT_TRUE(put(id(1)));
  ASSERT_TRUE(put(id(2)));
  open({{1, "its disk is dead"}});
  const auto read = get(id(1));
  EXPECT_EQ(read.error().code, Code::kUnavailable);
  EXPECT_NE(read.error().what.find("its disk is dead"), std::string::npos);
  EXPECT_EQ(get(id(1, 99)).error().code, Code::kUnavailable) << "also of one that never was";
  EXPECT_EQ(run_sync(store_->discard(id(1))).error().code, Code::kUnavailable);
  EXPECT_EQ(put(id(1, 5)).error().code, Code::kUnavailable);
  EXPECT_EQ(store_->check_up(id(1)).error().code, Code::kUnavailable);
  EXPECT_TRUE(store_->check_up(id(2)));
  EXPECT_EQ(get(id(2)).value(), "bytes of it");
  EXPECT_EQ(placed().count(1), 0U);
  EXPECT_FALSE(store_->figures().failed);
  EXPECT_FALSE(store_->figures().volumes[1].is_writable);
  EXPECT_EQ(store_->figures().volumes[1].down, "its disk is dead");
  EXPECT_EQ(get(id(9)).error().code, Code::kUnavailable) << "one that nobody knows";
  open();
  EXPECT_EQ(get(id(1)).value(), "bytes of it");
}

// A restore, and an archive, know one directory only.
TEST_F(Volumes, TheMainDirectoryHoldsWhatWasRestored) {
  const BlobId blob = id(1, 3);
  ASSERT_TRUE(put(blob));
  const auto main = std::filesystem::path(directory(0)) / file_name(blob);
  std::filesystem::create_directories(main.parent_path());
  std::filesystem::rename(directory(1) + "/" + file_name(blob), main);
  EXPECT_EQ(get(blob).value(), "bytes of it");
  {
    FileOptions alone;
    alone.directory = directory(0);
    const auto archive = open_file_store(alone, pools_[0]).value();
    EXPECT_EQ(run_sync(archive->open(blob)).value()->size(), 11U);
    EXPECT_TRUE(archive->check_up(blob));
    EXPECT_EQ(run_sync(archive->open(id(1, 4))).error().code, Code::kUnavailable);
    EXPECT_EQ(run_sync(archive->discard(id(1, 4))).error().code, Code::kUnavailable);
  }
  open({{1, "its disk is dead"}});
  EXPECT_EQ(get(blob).value(), "bytes of it");
  ASSERT_TRUE(run_sync(store_->discard(blob)));
  EXPECT_FALSE(std::filesystem::exists(main));
  EXPECT_EQ(get(blob).error().code, Code::kUnavailable);
}

TEST_F(Volumes, ManyAreDiscardedWhereverTheyLie) {
  const std::vector<BlobId> ids = {id(0), id(1, 1), id(1, 2), id(2, 1), id(2, 2)};
  for (const BlobId& one : ids) ASSERT_TRUE(put(one));
  const auto main = std::filesystem::path(directory(0)) / file_name(ids[1]);
  std::filesystem::create_directories(main.parent_path());
  std::filesystem::rename(directory(1) + "/" + file_name(ids[1]), main);  // by a restore
  open({{2, "its disk is dead"}});
  EXPECT_EQ(run_sync(store_->discard_all(ids)).error().code, Code::kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(main));
  for (const int volume : {0, 1}) {
    for (const BlobId& one : ids) EXPECT_FALSE(is_file(volume, one));
  }
  EXPECT_TRUE(is_file(2, ids[3]) && is_file(2, ids[4]));
  open();
  EXPECT_TRUE(run_sync(store_->discard_all(ids)));
  EXPECT_FALSE(is_file(2, ids[3]) || is_file(2, ids[4]));
}

TEST_F(Volumes, ADirectoryThatIsNotThereIsDown) {
  store_.reset();
  std::filesystem::rename(directory(1), directory(7));
  open();
  EXPECT_FALSE(store_->figures().volumes[1].down.empty());
  EXPECT_FALSE(std::filesystem::exists(directory(1)));
  EXPECT_EQ(get(id(1)).error().code, Code::kUnavailable);
}

TEST_F(Volumes, AFailedSyncClosesItsVolumeAlone) {
  ASSERT_TRUE(put(id(1)));
  auto other = run_sync(store_->create(id(1, 7), 0, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(other->append("under way")));
  disk_.broken = directory(1);
  EXPECT_EQ(put(id(1, 1)).error().code, Code::kUnavailable);
  EXPECT_EQ(failed_, std::vector<int>{1});
  disk_.broken = "nothing";
  EXPECT_EQ(run_sync(other->seal()).error().code, Code::kUnavailable) << "mended is not enough";
  EXPECT_EQ(put(id(1, 2)).error().code, Code::kUnavailable);
  EXPECT_EQ(run_sync(store_->discard(id(1))).error().code, Code::kUnavailable);
  EXPECT_EQ(get(id(1)).value(), "bytes of it") << "reads go on";
  EXPECT_TRUE(put(id(0, 3)));
  EXPECT_TRUE(put(id(2, 3)));
  EXPECT_EQ(placed().count(1), 0U);
  EXPECT_FALSE(store_->figures().failed);
  EXPECT_TRUE(store_->figures().volumes[1].down.empty());
  EXPECT_FALSE(store_->figures().volumes[1].is_writable);
  EXPECT_EQ(failed_, std::vector<int>{1});
  other.reset();
  open();
  EXPECT_TRUE(put(id(1, 2)));
}

TEST_F(Volumes, AFailureOfTheMainOneClosesAll) {
  disk_.broken = directory(0);
  EXPECT_EQ(put(id(0)).error().code, Code::kUnavailable);
  disk_.broken = "nothing";
  EXPECT_EQ(put(id(1)).error().code, Code::kUnavailable);
  EXPECT_EQ(put(id(2)).error().code, Code::kUnavailable);
  EXPECT_TRUE(store_->figures().failed);
  EXPECT_EQ(failed_, std::vector<int>{0});
}

// Nothing that was written is in doubt: it is tried again later.
TEST_F(Volumes, OneThatMakesNoFilesIsAvoidedForAWhile) {
  disk_.broken = directory(2);
  disk_.fails_create = true;
  disk_.fails_sync = false;
  EXPECT_EQ(put(id(2)).error().code, Code::kUnavailable);
  EXPECT_EQ(placed().count(2), 0U);
  EXPECT_TRUE(failed_.empty());
  disk_.broken = "nothing";
  settle();
  clock_.advance(11);
  EXPECT_GT(placed()[2], 0);
  EXPECT_TRUE(put(id(2)));
}

TEST_F(Volumes, OneThatMakesNoFilesAndSyncsNothingCloses) {
  disk_.broken = directory(2);
  disk_.fails_create = true;
  EXPECT_EQ(put(id(2)).error().code, Code::kUnavailable);
  EXPECT_EQ(failed_, std::vector<int>{2});
  disk_.broken = "nothing";
  settle();
  clock_.advance(11);
  EXPECT_EQ(placed().count(2), 0U);
  EXPECT_TRUE(put(id(1)));
}

TEST_F(Volumes, ADiskThatHangsHoldsNobodyElse) {
  ASSERT_TRUE(put(id(1)));
  std::promise<void> mended;
  const std::shared_future<void> wait = mended.get_future().share();
  pools_[1].submit([wait] { wait.get(); });  // the one thread it has
  while (pools_[1].waiting() > 0) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) pools_[1].submit([] {});
  EXPECT_EQ(get(id(1)).error().code, Code::kUnavailable) << "too much waits for it";
  EXPECT_EQ(run_sync(store_->discard(id(1))).error().code, Code::kUnavailable);
  EXPECT_EQ(placed().count(1), 0U);
  EXPECT_TRUE(put(id(0)));
  EXPECT_TRUE(put(id(2)));
  EXPECT_EQ(store_->figures().volumes.size(), 3U) << "nor does it hang who looks";
  mended.set_value();
  while (pools_[1].waiting() > 0) std::this_thread::yield();
  EXPECT_EQ(get(id(1)).value(), "bytes of it");
}

// The look at its space is what finds a disk that hangs before much waits for it.
TEST_F(Volumes, ADiskThatHangsGetsNoNewBlobs) {
  std::promise<void> mended;
  const std::shared_future<void> wait = mended.get_future().share();
  settle();
  pools_[2].submit([wait] { wait.get(); });
  clock_.advance(2);
  placed(1);
  clock_.advance(6);
  EXPECT_EQ(placed().count(2), 0U);
  mended.set_value();
}

}  // namespace
}  // namespace muzn::blob
