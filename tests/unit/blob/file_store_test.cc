// What only the embedded engine has: files, checksums, and failures of the disk.
#include "blob/file_store.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/buffer.h"
#include "base/task_group.h"
#include "blob/file_name.h"
#include "blob/format.h"
#include "unit/blob/engines.h"
#include "unit/fs/sync_fault.h"

namespace muzn::blob {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// What a reader gets of the whole blob.
Result<std::string> read_blob(Store& store, const BlobId& id) {
  TRY(const auto reader, run_sync(store.open(id)));
  return run_sync(reader->read(0, static_cast<std::size_t>(reader->size())));
}

TEST(FileStore, LayoutIsDataThenFooter) {
  FileEngine engine;
  const std::string bytes = pattern(kBlockBytes + 10);
  BlobId id = test_id(0);
  id[8] = '\xab';
  id[9] = '\x01';
  ASSERT_TRUE(store_blob(engine.store(), id, bytes, 1000, 40 << 20));
  const std::string path = engine.directory() + "/ab/01/0000000000000001ab01000000000000";
  const std::string file = read_file(path);
  EXPECT_EQ(file.substr(0, bytes.size()), bytes);
  EXPECT_EQ(file.size(), bytes.size() + footer_size(bytes.size(), 0));
  EXPECT_EQ(read_file(engine.directory() + "/format"), "muzn blobs 2\n");
  engine.reopen();
  EXPECT_TRUE(read_blob(engine.store(), id).value() == bytes);
}

TEST(FileStore, RefusesForeignFormats) {
  FileEngine engine;
  engine.close();
  EXPECT_TRUE(check_blobs_format(engine.directory()));
  EXPECT_TRUE(check_blobs_format(engine.directory() + "/absent"));
  write_file(engine.directory() + "/format", "muzn blobs 3\n");
  EXPECT_EQ(open_file_store({engine.directory(), 0}, engine.pool()).error().code, Code::kInvalid);
  EXPECT_EQ(check_blobs_format(engine.directory()).error().code, Code::kInvalid);
}

// A client may promise more than it sends, or an object's size not be the body's.
TEST(FileStore, AHintMayBeTooLarge) {
  FileEngine engine;
  const std::string bytes = pattern(3U << 20);
  ASSERT_TRUE(store_blob(engine.store(), test_id(1), bytes, bytes.size(), 10 * bytes.size()));
  EXPECT_TRUE(read_blob(engine.store(), test_id(1)).value() == bytes);
  EXPECT_EQ(std::filesystem::file_size(engine.files().at(0)),
            bytes.size() + footer_size(bytes.size(), 0));
}

TEST(FileStore, OpensTheFormatBeforeAndMarksIt) {
  FileEngine engine;
  ASSERT_TRUE(store_blob(engine.store(), test_id(1), "abc", 3, 0));
  engine.close();
  write_file(engine.directory() + "/format", "muzn blobs 1\n");
  FileOptions options{engine.directory(), 0};
  options.read_only = true;
  ASSERT_TRUE(open_file_store(options, engine.pool()));
  EXPECT_EQ(read_file(engine.directory() + "/format"), "muzn blobs 1\n");
  engine.reopen();
  EXPECT_EQ(read_file(engine.directory() + "/format"), "muzn blobs 2\n");
  EXPECT_EQ(read_blob(engine.store(), test_id(1)).value(), "abc");
}

TEST(FileStore, DamageOfAnyByteIsFound) {
  FileEngine engine;
  const BlobId id = test_id(1);
  ASSERT_TRUE(store_blob(engine.store(), id, pattern(700), 700, 0));
  const std::string path = engine.files().at(0);
  const std::string good = read_file(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    write_file(path, damaged);
    const auto got = read_blob(engine.store(), id);
    ASSERT_FALSE(got) << "byte " << i;
    ASSERT_EQ(got.error().code, Code::kCorrupt) << "byte " << i;
  }
  EXPECT_EQ(engine.store().figures().corrupt_blocks, good.size());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() - 1}) {
    write_file(path, good.substr(0, size));
    EXPECT_EQ(read_blob(engine.store(), id).error().code, Code::kCorrupt);
  }
  write_file(path, good + "x");
  EXPECT_EQ(read_blob(engine.store(), id).error().code, Code::kCorrupt);
  write_file(path, good);
  EXPECT_TRUE(read_blob(engine.store(), id));
}

TEST(FileStore, OnlyTheDamagedBlockIsRefused) {
  FileEngine engine;
  const BlobId id = test_id(1);
  const std::string bytes = pattern(3 * kBlockBytes);
  ASSERT_TRUE(store_blob(engine.store(), id, bytes, bytes.size(), 0));
  const std::string path = engine.files().at(0);
  std::string damaged = read_file(path);
  damaged[kBlockBytes + 17] = static_cast<char>(damaged[kBlockBytes + 17] ^ 1);
  write_file(path, damaged);
  const auto reader = run_sync(engine.store().open(id)).value();
  EXPECT_TRUE(run_sync(reader->read(0, kBlockBytes)));
  EXPECT_TRUE(run_sync(reader->read(2 * kBlockBytes, kBlockBytes)));
  EXPECT_EQ(run_sync(reader->read(kBlockBytes, 1)).error().code, Code::kCorrupt);
  EXPECT_EQ(run_sync(reader->read(0, bytes.size())).error().code, Code::kCorrupt);
}

TEST(FileStore, SwappedBlocksAndSwappedFilesAreFound) {
  FileEngine engine;
  const std::string bytes = pattern(2 * kBlockBytes);
  ASSERT_TRUE(store_blob(engine.store(), test_id(1), bytes, bytes.size(), 0));
  const std::string first = engine.files().at(0);
  const std::string good = read_file(first);
  write_file(first, good.substr(kBlockBytes, kBlockBytes) + good.substr(0, kBlockBytes) +
                        good.substr(2 * kBlockBytes));
  EXPECT_EQ(read_blob(engine.store(), test_id(1)).error().code, Code::kCorrupt);
  ASSERT_TRUE(run_sync(engine.store().discard(test_id(1))));
  ASSERT_TRUE(store_blob(engine.store(), test_id(2), bytes, bytes.size(), 0));
  write_file(engine.files().at(0), good);
  EXPECT_EQ(read_blob(engine.store(), test_id(2)).error().code, Code::kCorrupt);
}

TEST(FileStore, AbandonedAndDiscardedFilesAreGone) {
  FileEngine engine;
  for (unsigned i = 0; i < 10; ++i) {
    auto writer = run_sync(engine.store().create(test_id(i), 0, *policy::may_send({}, {}))).value();
    ASSERT_TRUE(run_sync(writer->append(pattern(1 << 20))));
  }
  ASSERT_TRUE(store_blob(engine.store(), test_id(11), "x", 1, 0));
  ASSERT_TRUE(run_sync(engine.store().discard(test_id(11))));
  engine.close();  // waits for the background
  EXPECT_EQ(engine.files(), std::vector<std::string>{});
}

TEST(FileStore, ManyAreDiscardedAtOnce) {
  FileEngine engine;
  std::vector<BlobId> ids;
  for (unsigned i = 0; i < 20; ++i) {
    ids.push_back(test_id(i));
    if (i != 7) ASSERT_TRUE(store_blob(engine.store(), ids.back(), "x", 1, 0));
  }
  ASSERT_TRUE(store_blob(engine.store(), test_id(20), "kept", 4, 0));
  ASSERT_TRUE(run_sync(engine.store().discard_all(ids))) << "one was not there";
  EXPECT_EQ(engine.files().size(), 1U);
  EXPECT_EQ(read_blob(engine.store(), test_id(20)).value(), "kept");
}

// Whatever keeps one in its place, as a directory of its name does here.
TEST(FileStore, OneThatCantBeDiscardedKeepsNoOther) {
  FileEngine engine;
  for (const unsigned i : {1U, 3U}) ASSERT_TRUE(store_blob(engine.store(), test_id(i), "x", 1, 0));
  ASSERT_TRUE(store_blob(engine.store(), test_id(2), "x", 1, 0));
  std::string stuck;
  for (const std::string& path : engine.files()) {
    if (path.ends_with(file_name(test_id(2)))) stuck = path;
  }
  std::filesystem::remove(stuck);
  std::filesystem::create_directory(stuck);
  EXPECT_FALSE(run_sync(engine.store().discard_all({test_id(1), test_id(2), test_id(3)})));
  EXPECT_TRUE(engine.files().empty());
  EXPECT_FALSE(engine.store().figures().failed);
}

Task<void> append_to(Writer* writer, std::string_view bytes, bool* is_done) {
  *is_done = (co_await writer->append(bytes)).has_value();
}

Task<Result<void>> store_at_once(Store* store, BlobId id, std::string_view bytes,
                                 std::uint64_t hint) {
  CO_TRY(const auto writer, co_await store->create(id, hint, *policy::may_send({}, {})));
  constexpr std::size_t kPiece = 2 * kBlockBytes;
  const auto is_done = std::make_unique<bool[]>(bytes.size() / kPiece + 1);
  TaskGroup group;
  for (std::size_t i = 0; i * kPiece < bytes.size(); ++i) {
    co_await group.start(append_to(writer.get(), bytes.substr(i * kPiece, kPiece), &is_done[i]));
  }
  co_await group.until(0);
  for (std::size_t i = 0; i * kPiece < bytes.size(); ++i) EXPECT_TRUE(is_done[i]);
  co_return co_await writer->seal("label");
}

// On a disk with direct I/O, where there is one below TMPDIR, and beside it through the cache.
TEST(FileStore, AppendsUnderWayAtOnceLieInTheirOrder) {
  FileEngine engine;
  unsigned number = 0;
  for (const std::size_t size :
       {2 * kBlockBytes, 16 * kBlockBytes, 16 * kBlockBytes + 1, 7 * kBlockBytes + 4096,
        9 * kBlockBytes + 4097, 9 * kBlockBytes - 4096, 9 * kBlockBytes - 1}) {
    Buffer memory((size / kBufferAlignment + 2) * kBufferAlignment);
    const std::string bytes = pattern(size);
    for (const std::size_t shift : {0U, 512U}) {
      const std::span<char> place = memory.span().subspan(shift, size);
      std::ranges::copy(bytes, place.begin());
      for (const std::uint64_t hint : {std::uint64_t{0}, std::uint64_t{size}}) {
        if (shift > 0 && size > 2 * kBlockBytes) continue;  // only aligned memory may overlap
        const BlobId id = test_id(++number);
        const auto stored =
            run_sync(store_at_once(&engine.store(), id, {place.data(), size}, hint));
        ASSERT_TRUE(stored) << stored.error().what;
        ASSERT_EQ(read_blob(engine.store(), id).value(), bytes) << size;
      }
    }
  }
}

TEST(FileStore, FullDiskRefusesAndRecovers) {
  FileEngine engine;
  ASSERT_TRUE(store_blob(engine.store(), test_id(1), "kept", 4, 0));
  engine.close();
  const auto full = open_file_store({engine.directory(), ~std::uint64_t{0}}, engine.pool()).value();
  EXPECT_EQ(run_sync(full->create(test_id(2), 0, *policy::may_send({}, {}))).error().code,
            Code::kNoSpace);
  EXPECT_FALSE(full->figures().failed);
  EXPECT_EQ(read_blob(*full, test_id(1)).value(), "kept");
  EXPECT_TRUE(run_sync(full->discard(test_id(1))));
}

// In a child, since the limit is the process's.
TEST(FileStore, ADiskThatFillsUpUnderwayFailsTheBlobOnly) {
  const test::TempDir temp;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1U << 20, 1U << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Pool pool(2);
    auto store = open_file_store({temp.path(), 0}, pool).value();
    bool right = true;
    for (const std::uint64_t hint : {0U, 3U << 20}) {
      const unsigned number = hint == 0 ? 1 : 2;
      const auto got = store_blob(*store, test_id(number), pattern(3 << 20), 1 << 20, hint);
      right = right && !got && got.error().code == Code::kNoSpace;
      right = right && !store->figures().failed;
      right = right && store_blob(*store, test_id(10 + number), "small", 5, 5).has_value();
    }
    store.reset();
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(FileStore, AFailedSyncClosesForWritesForGood) {
  FileEngine engine;
  ASSERT_TRUE(store_blob(engine.store(), test_id(1), "kept", 4, 0));
  auto open_writer =
      run_sync(engine.store().create(test_id(2), 0, *policy::may_send({}, {}))).value();
  auto failing = run_sync(engine.store().create(test_id(3), 0, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(failing->append("lost")));
  test::sync_error = EIO;
  EXPECT_EQ(run_sync(failing->seal()).error().code, Code::kUnavailable);
  test::sync_error = 0;
  // The disk is well again, but nobody knows what it holds: no retry, no new writes.
  EXPECT_TRUE(engine.store().figures().failed);
  const int calls = test::sync_calls;
  EXPECT_EQ(run_sync(failing->seal()).error().code, Code::kUnavailable);
  EXPECT_EQ(run_sync(open_writer->append("x")).error().code, Code::kUnavailable);
  EXPECT_EQ(run_sync(engine.store().create(test_id(4), 0, *policy::may_send({}, {}))).error().code,
            Code::kUnavailable);
  EXPECT_EQ(run_sync(engine.store().discard(test_id(1))).error().code, Code::kUnavailable);
  EXPECT_EQ(test::sync_calls, calls);
  EXPECT_EQ(read_blob(engine.store(), test_id(1)).value(), "kept");
  failing.reset();
  open_writer.reset();
  engine.reopen();
  EXPECT_EQ(read_blob(engine.store(), test_id(1)).value(), "kept");
  EXPECT_TRUE(store_blob(engine.store(), test_id(5), "new", 3, 0));
}

// Rows and blobs of an engine lie on one disk: when one half failed, the other takes no more
// writes.
TEST(FileStore, TheHalvesOfAnEngineFailTogether) {
  std::atomic<bool> closed = false;
  const test::TempDir temp;
  Pool pool(2);
  FileOptions options;
  options.directory = temp.path() + "/blobs";
  options.reserve_bytes = 0;
  options.closed = &closed;
  auto store = open_file_store(options, pool).value();
  ASSERT_TRUE(store_blob(*store, test_id(1), "kept", 4, 0));
  closed = true;  // by the other half
  EXPECT_TRUE(store->figures().failed);
  EXPECT_EQ(run_sync(store->create(test_id(2), 0, *policy::may_send({}, {}))).error().code,
            Code::kUnavailable);
  closed = false;
  auto failing = run_sync(store->create(test_id(3), 0, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(failing->append("lost")));
  test::sync_error = EIO;
  EXPECT_FALSE(run_sync(failing->seal()));
  test::sync_error = 0;
  EXPECT_TRUE(closed);
}

// One data sync, and syncs of directories only where a name is new.
TEST(FileStore, SealSyncsDataAndName) {
  FileEngine engine;
  ASSERT_TRUE(store_blob(engine.store(), test_id(0x0000), "x", 1, 0));
  const int before = test::sync_calls;
  BlobId second = test_id(0x0000);
  second.back() = 1;
  ASSERT_TRUE(store_blob(engine.store(), second, "y", 1, 0));
  EXPECT_EQ(test::sync_calls - before, 2);
}

}  // namespace
}  // namespace muzn::blob
