// What only the embedded engine has: durability, its directory, its failures.
#include "meta/rocks_store.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "meta/acked_mark.h"
#include "meta/full_key.h"
#include "unit/fs/sync_fault.h"
#include "unit/meta/engines.h"

namespace muzn::meta {
namespace {

constexpr ShardId kShard = kFirstBucketShard;

Result<std::unique_ptr<RocksStore>> open_in(const std::string& directory,
                                            std::uint64_t reserve_bytes = 0) {
  static const SystemClock clock;
  RocksOptions options;
  options.directory = directory;
  options.reserve_bytes = reserve_bytes;
  return open_rocks_store(options, clock);
}

TEST(RocksStore, KeepsRowsOverReopening) {
  RocksEngine engine;
  Commit commit{kShard, {}, {}};
  commit.put("a", "1");
  commit.add("n", le64({2}));
  ASSERT_TRUE(run_sync(engine.store().commit(std::move(commit))));
  for (int i = 0; i < 3; ++i) {
    engine.reopen();
    EXPECT_EQ(get(engine.store(), kShard, "a"), "1");
    EXPECT_EQ(get(engine.store(), kShard, "n"), le64({2}));
  }
  EXPECT_GT(engine.store().figures().bytes_on_disk, 0U);
}

TEST(RocksStore, GroupsCommitsThatWait) {
  RocksEngine engine;
  constexpr int kThreads = 16;
  constexpr int kEach = 20;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&engine, i] {
      for (int k = 0; k < kEach; ++k) {
        EXPECT_TRUE(put(engine.store(), kShard, std::to_string(i * kEach + k), "v"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const StoreFigures figures = engine.store().figures();
  EXPECT_EQ(figures.commits, std::uint64_t{kThreads * kEach});
  EXPECT_LT(figures.syncs, figures.commits);
  EXPECT_GT(figures.commit_micros_total, 0U);
}

TEST(RocksStore, IsExclusive) {
  RocksEngine engine;
  EXPECT_EQ(open_in(engine.directory()).error().code, Code::kUnavailable);
}

TEST(RocksStore, RefusesForeignFormats) {
  RocksEngine engine;
  engine.close();
  const fs::Dir dir = fs::Dir::open(engine.directory()).value();
  EXPECT_EQ(dir.read_file("format", 100).value(), "muzn rows 1\n");
  ASSERT_TRUE(dir.write_durably("format", "muzn rows 2\n"));
  EXPECT_EQ(open_in(engine.directory()).error().code, Code::kInvalid);
}

TEST(RocksStore, NeverMakesAnEmptyStoreOfADamagedOne) {
  RocksEngine engine;
  ASSERT_TRUE(put(engine.store(), kShard, "a", "1"));
  engine.close();
  std::filesystem::remove_all(engine.directory() + "/db");
  // Also the second time: the first has made nothing that could pass for a store.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(open_in(engine.directory()).error().code, Code::kCorrupt);
    EXPECT_FALSE(std::filesystem::exists(engine.directory() + "/db"));
  }
}

// The one log of a store that has ended.
std::filesystem::path only_log(const std::string& directory) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/db")) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) found.push_back(entry.path());
  }
  EXPECT_EQ(found.size(), 1U);
  return found.at(0);
}

void put_many(Store& store) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(put(store, kShard, "key" + std::to_string(i), std::string(100, 'v')));
  }
}

// A rotten byte in the log would make RocksDB stop there: what stands behind it tells.
TEST(RocksStore, RotInTheLogIsFound) {
  RocksEngine engine;
  put_many(engine.store());
  engine.close();
  const auto log = only_log(engine.directory());
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(log) / 2));
  file.put('!');
  file.close();
  const auto opened = open_in(engine.directory());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
  EXPECT_NE(opened.error().what.find("is rotten"), std::string::npos) << opened.error().what;
}

// A log cut short looks like a torn one: the mark tells that more was acknowledged.
TEST(RocksStore, ACutLogIsFound) {
  RocksEngine engine;
  put_many(engine.store());
  engine.close();
  const auto log = only_log(engine.directory());
  std::filesystem::resize_file(log, std::filesystem::file_size(log) / 2);
  const auto opened = open_in(engine.directory());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
  EXPECT_NE(opened.error().what.find("rows were lost"), std::string::npos) << opened.error().what;
}

TEST(RocksStore, DamagedMarkIsCorrupt) {
  RocksEngine engine;
  engine.close();
  const fs::Dir dir = fs::Dir::open(engine.directory()).value();
  ASSERT_TRUE(dir.write_durably("acked", "MUZNACK1 but not a mark."));
  EXPECT_EQ(open_in(engine.directory()).error().code, Code::kCorrupt);
  ASSERT_TRUE(dir.unlink("acked"));
  EXPECT_EQ(open_in(engine.directory()).error().code, Code::kCorrupt);
}

TEST(RocksStore, FullDiskRefusesAndRecovers) {
  const test::TempDir temp;
  {
    auto store = open_in(temp.path() + "/meta").value();
    ASSERT_TRUE(put(*store, kShard, "a", "1"));
  }
  auto store = open_in(temp.path() + "/meta", ~std::uint64_t{0}).value();
  Commit commit{kShard, {}, {}};
  commit.put("a", "2");
  EXPECT_EQ(run_sync(store->commit(std::move(commit))).error().code, Code::kNoSpace);
  EXPECT_FALSE(store->figures().failed);
  EXPECT_EQ(get(*store, kShard, "a"), "1");
  // What frees space must always pass.
  EXPECT_TRUE(run_sync(store->destroy(kShard)));
}

// Runs `body` in a child, since what it breaks stays broken for the process: a limit, or a database
// that failed and can't be closed. True when it returned true.
bool in_child(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// The store answers, is closed for writes, goes on reading, and makes no call to sync any more.
bool is_closed_for_writes(Store& store) {
  const int calls = test::sync_calls;
  Commit commit{kShard, {}, {}};
  commit.put("c", "3");
  return store.figures().failed &&
         run_sync(store.commit(std::move(commit))).error().code == Code::kUnavailable &&
         run_sync(store.destroy(kShard)).error().code == Code::kUnavailable &&
         get(store, kShard, "a") == "1" && test::sync_calls == calls;
}

void expect_only_first_row(const std::string& directory) {
  const auto store = open_in(directory);
  ASSERT_TRUE(store) << store.error().what;
  EXPECT_EQ(get(**store, kShard, "a"), "1");
  EXPECT_EQ(get(**store, kShard, "c"), std::nullopt);
  EXPECT_TRUE(put(**store, kShard, "d", "4"));
}

// Rows and blobs of an engine lie on one disk: when one half failed, the other takes no more
// writes.
TEST(RocksStore, TheHalvesOfAnEngineFailTogether) {
  const test::TempDir temp;
  std::atomic<bool> closed = false;
  RocksOptions options;
  options.directory = temp.path() + "/meta";
  options.closed = &closed;
  const SystemClock clock;
  auto store = open_rocks_store(options, clock).value();
  ASSERT_TRUE(put(*store, kShard, "a", "1"));
  closed = true;  // by the other half
  EXPECT_TRUE(is_closed_for_writes(*store));
  // Also a commit that would change nothing: its answer is a promise too.
  EXPECT_EQ(run_sync(store->commit({kShard, {}, {}})).error().code, Code::kUnavailable);
}

TEST(RocksStore, FailedSyncClosesForWritesForGood) {
  const test::TempDir temp;
  EXPECT_TRUE(in_child([&] {
    auto store = open_in(temp.path() + "/meta").value();
    if (!put(*store, kShard, "a", "1")) return false;
    test::sync_error = EIO;
    if (put(*store, kShard, "b", "2")) return false;
    // The disk is well again, but nobody knows what it holds.
    test::sync_error = 0;
    const bool closed = is_closed_for_writes(*store);
    store.reset();
    return closed;
  }));
  expect_only_first_row(temp.path() + "/meta");
}

TEST(RocksStore, FailedWriteClosesForWrites) {
  const test::TempDir temp;
  EXPECT_TRUE(in_child([&] {
    auto store = open_in(temp.path() + "/meta").value();
    if (!put(*store, kShard, "a", "1")) return false;
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{8192, 8192};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (put(*store, kShard, "b", std::string(100'000, 'x'))) return false;
    const bool closed = is_closed_for_writes(*store);
    store.reset();
    return closed;
  }));
  expect_only_first_row(temp.path() + "/meta");
}

// Proves the way back, not the syncs: the page cache survives a killed process.
TEST(RocksStore, OpensAfterAKillWithAllThatWasAnswered) {
  const test::TempDir temp;
  int answered = 0;
  for (int round = 0; round < 5; ++round) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);  // a dead parent ends the child by SIGPIPE
      auto store = open_in(temp.path() + "/meta").value();
      for (int i = answered; put(*store, kShard, "key" + std::to_string(i), "v"); ++i) {
        if (::write(pipe[1], "k", 1) != 1) break;
      }
      ::_exit(1);
    }
    ::close(pipe[1]);
    char byte = 0;
    for (int i = 0; i < 40; ++i) answered += ::read(pipe[0], &byte, 1) == 1 ? 1 : 0;
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    while (::read(pipe[0], &byte, 1) == 1) ++answered;
    ::close(pipe[0]);
    const auto store = open_in(temp.path() + "/meta");
    ASSERT_TRUE(store) << store.error().what;
    for (int i = 0; i < answered; ++i) {
      ASSERT_EQ(get(**store, kShard, "key" + std::to_string(i)), "v") << i;
    }
  }
  EXPECT_GE(answered, 5 * 40);
}

TEST(FullKey, GoldenBytes) {
  EXPECT_EQ(encode_full_key(0x0102030405060708, "k"), "\x01\x02\x03\x04\x05\x06\x07\x08k");
  EXPECT_EQ(shard_range(1024).from, std::string("\0\0\0\0\0\0\x04\0", 8));
  EXPECT_EQ(shard_range(1024).to, std::string("\0\0\0\0\0\0\x04\x01", 8));
  EXPECT_EQ(shard_range(0xff).to, std::string("\0\0\0\0\0\0\x01", 7));
}

TEST(AckedMark, GoldenBytesAndEveryBitIsChecked) {
  const Mark mark{0x0102, {7, 0x0304, 0x0506}};
  const std::string bytes = encode_mark(mark);
  EXPECT_EQ(bytes.substr(0, 24), std::string("MUZNACK1"
                                             "\x02\x01\0\0\0\0\0\0"
                                             "\xfd\xfe\xff\xff\xff\xff\xff\xff",
                                             24));
  EXPECT_EQ(bytes.substr(24, 32), std::string("MUZNMAN1"
                                              "\x07\0\0\0\0\0\0\0"
                                              "\x04\x03\0\0\0\0\0\0"
                                              "\x06\x05\0\0\0\0\0\0",
                                              32));
  EXPECT_EQ(decode_mark(bytes).value(), mark);
  // The form of the first stores.
  EXPECT_EQ(decode_mark(bytes.substr(0, 24)).value(), (Mark{0x0102, {}}));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
    EXPECT_EQ(decode_mark(damaged).error().code, Code::kCorrupt);
  }
  EXPECT_FALSE(decode_mark(bytes.substr(1)));
  EXPECT_FALSE(decode_mark(bytes.substr(0, 23)));
  EXPECT_FALSE(decode_mark(""));
}

TEST(AckedMark, TheFirstFormBecomesTheSecond) {
  const test::TempDir temp;
  const auto dir = fs::Dir::open(temp.path()).value();
  ASSERT_TRUE(dir.write_durably(kAckedName, encode_mark({9, {}}).substr(0, 24)));
  {
    const auto mark = AckedMark::open(dir, false).value();
    EXPECT_EQ(mark->at_start(), (Mark{9, {}}));
    mark->note_last(11);
    ASSERT_TRUE(mark->note_manifest({5, 100, 8}));
  }
  EXPECT_EQ(read_mark(dir).value(), (Mark{11, {5, 100, 8}}));
}

}  // namespace
}  // namespace muzn::meta
