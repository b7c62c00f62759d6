// The files of blobs by their ids, and a store that is only looked at.
#include "blob/file_listing.h"

#include <fstream>
#include <map>

#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

const BlobId kId = std::string(8, '\0') + "\xab\xcd\x01\x02\x03\x04\x05\x06";

void write(Store& store, const BlobId& id, std::string_view bytes) {
  auto writer = run_sync(store.create(id, 0, *policy::may_send({}, {}))).value();
  ASSERT_TRUE(run_sync(writer->append(bytes)));
  ASSERT_TRUE(run_sync(writer->seal()));
}

TEST(FileListing, TellsBlobsAndStrangers) {
  FileEngine engine;
  write(engine.store(), kId, "hello");
  const BlobId other = kId.substr(0, 15) + "\x07";
  write(engine.store(), other, std::string(100'000, 'x'));
  std::ofstream(engine.directory() + "/lost+found") << "x";
  std::ofstream(engine.directory() + "/ab/cd/note.txt") << "x";
  std::filesystem::copy(engine.directory() + "/ab/cd/0000000000000000abcd010203040506",
                        engine.directory() + "/ab/0000000000000000abcd010203040506");
  std::map<BlobId, std::uint64_t> blobs;
  std::vector<std::string> strangers;
  FileListing visit;
  visit.blob = [&](const BlobId& id, std::uint64_t size) { blobs[id] = size; };
  visit.stranger = [&](const std::string& name, const std::string&) { strangers.push_back(name); };
  ASSERT_TRUE(list_blob_files(engine.directory(), visit));
  EXPECT_EQ(blobs,
            (std::map<BlobId, std::uint64_t>{{kId, 5 + 8 + 64}, {other, 100'000 + 16 + 64}}));
  EXPECT_EQ(strangers, (std::vector<std::string>{"ab/0000000000000000abcd010203040506",
                                                 "ab/cd/note.txt", "lost+found"}));
}

TEST(ReadOnlyFileStore, ReadsAndNeverWrites) {
  FileEngine engine;
  write(engine.store(), kId, "hello");
  engine.close();
  FileOptions options;
  options.directory = engine.directory();
  options.read_only = true;
  const auto store = open_file_store(options, engine.pool()).value();
  auto reader = run_sync(store->open(kId)).value();
  EXPECT_EQ(run_sync(reader->read(0, 100)).value(), "hello");
  EXPECT_FALSE(
      run_sync(store->create(std::string(kBlobIdBytes, 'n'), 0, *policy::may_send({}, {}))));
  EXPECT_FALSE(run_sync(store->discard(kId)));
  EXPECT_EQ(engine.files().size(), 1U);
}

TEST(ReadOnlyFileStore, MakesNothing) {
  const test::TempDir temp;
  Pool pool{1};
  FileOptions options;
  options.directory = temp.path();
  options.read_only = true;
  EXPECT_FALSE(open_file_store(options, pool));
  options.directory += "/none";
  EXPECT_FALSE(open_file_store(options, pool));
  EXPECT_TRUE(std::filesystem::is_empty(temp.path()));
}

}  // namespace
}  // namespace muzn::blob
