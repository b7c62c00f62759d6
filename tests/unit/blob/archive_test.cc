#include "blob/archive.h"

#include <algorithm>
#include <fstream>

#include "blob/file_name.h"
#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

namespace files = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void spoil(const std::string& path, std::size_t at) {
  std::string bytes = read_file(path);
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct ArchiveTest : testing::Test {
  ArchiveTest() : archive(open()) {}

  std::unique_ptr<Archive> open() {
    return Archive::open(temp.path() + "/kept", engine.pool()).value();
  }
  BlobId store(unsigned number, std::size_t size) {
    const BlobId id = test_id(number);
    auto writer = run_sync(engine.store().create(id, 0, *policy::may_send({}, {}))).value();
    EXPECT_TRUE(run_sync(writer->append(pattern(size))));
    EXPECT_TRUE(run_sync(writer->seal(number % 2 == 0 ? "" : "whose")));
    return id;
  }
  std::string source(const BlobId& id) const { return engine.directory() + "/" + file_name(id); }
  std::string copy(const BlobId& id) const { return temp.path() + "/kept/" + file_name(id); }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& entry : files::recursive_directory_iterator(temp.path() + "/kept")) {
      if (entry.is_regular_file()) out.push_back(entry.path().filename());
    }
    std::ranges::sort(out);
    return out;
  }

  FileEngine engine;
  const test::TempDir temp;
  std::unique_ptr<Archive> archive;
};

TEST_F(ArchiveTest, CopiesAreTheSameFiles) {
  for (const std::size_t size : {std::size_t{1}, kBlockBytes, 40 * kBlockBytes + 3}) {
    const BlobId id = store(static_cast<unsigned>(size), size);
    EXPECT_FALSE(archive->has(id, size));
    const auto copied = archive->add(id, size, engine.store()).value();
    EXPECT_FALSE(copied.bad);
    EXPECT_EQ(copied.bytes, size);
    EXPECT_TRUE(archive->has(id, size));
    EXPECT_FALSE(archive->has(id, size + 1));
    EXPECT_EQ(read_file(copy(id)), read_file(source(id)));
  }
  ASSERT_TRUE(archive->sync());
  EXPECT_EQ(names().size(), 4U);
  // It is a directory of blobs like a store's.
  const auto store = open_file_store({temp.path() + "/kept", 0}, engine.pool()).value();
  EXPECT_EQ(run_sync(store->open(test_id(1))).value()->size(), 1U);
}

TEST_F(ArchiveTest, NothingBadIsCopied) {
  const BlobId id = store(1, 100'000);
  for (const std::size_t at : {std::size_t{0}, std::size_t{99'999}, std::size_t{100'010}}) {
    spoil(source(id), at);
    const auto copied = archive->add(id, 100'000, engine.store()).value();
    ASSERT_TRUE(copied.bad);
    EXPECT_EQ(copied.bad->code, Code::kCorrupt);
    EXPECT_EQ(names(), std::vector<std::string>{"format"});
    spoil(source(id), at);
  }
  EXPECT_TRUE(archive->add(id, 5, engine.store()).value().bad);
  EXPECT_EQ(archive->add(test_id(9), 5, engine.store()).value().bad->code, Code::kNotFound);
  EXPECT_FALSE(archive->add(id, 100'000, engine.store()).value().bad);
}

TEST_F(ArchiveTest, ADamagedCopyIsMadeAnew) {
  const BlobId id = store(1, 100'000);
  ASSERT_FALSE(archive->add(id, 100'000, engine.store()).value().bad);
  spoil(copy(id), 100'010);
  EXPECT_FALSE(archive->has(id, 100'000));
  ASSERT_FALSE(archive->add(id, 100'000, engine.store()).value().bad);
  EXPECT_TRUE(archive->has(id, 100'000));
  EXPECT_EQ(read_file(copy(id)), read_file(source(id)));
}

TEST_F(ArchiveTest, WhatACrashLeftIsNoCopyAndGoes) {
  const BlobId id = store(1, 1000);
  const BlobId other = store(2, 1000);
  ASSERT_FALSE(archive->add(other, 1000, engine.store()).value().bad);
  files::create_directories(files::path(copy(id)).parent_path());
  std::ofstream(copy(id) + ".tmp") << "half";
  EXPECT_FALSE(archive->has(id, 1000));
  std::vector<BlobId> seen;
  ASSERT_TRUE(archive->each([&](const BlobId& one, std::uint64_t) { seen.push_back(one); }));
  EXPECT_EQ(seen, std::vector<BlobId>{other});
  EXPECT_FALSE(files::exists(copy(id) + ".tmp"));
  std::ofstream(copy(id) + ".tmp") << "half";
  ASSERT_FALSE(archive->add(id, 1000, engine.store()).value().bad);
  EXPECT_EQ(names().size(), 3U);
  ASSERT_TRUE(archive->remove(id));
  ASSERT_TRUE(archive->remove(id));
  ASSERT_TRUE(archive->sync());
  EXPECT_EQ(names().size(), 2U);
}

}  // namespace
}  // namespace muzn::blob
