// Further directories of a store: made once, found by what they say they are, never confused.
#include "blob/attach.h"

#include <filesystem>
#include <fstream>

#include "blob/file_store.h"
#include "model/world.h"
#include "unit/blob/engines.h"

namespace muzn::blob {
namespace {

namespace files = std::filesystem;

class Attach : public ::testing::Test {
 protected:
  Attach() {
    for (const char* name : {"data", "a", "b", "c"}) files::create_directory(path(name));
  }
  std::string path(const std::string& name) const { return temp_.path() + "/" + name; }
  fs::Dir data() const { return fs::Dir::open(path("data")).value(); }
  Result<std::vector<Attached>> attach(std::vector<std::string> names) {
    std::vector<std::string> given;
    for (const std::string& name : names) given.push_back(path(name));
    return attach_volumes(data(), given, rng_);
  }
  Registry registry() const {
    return decode_registry(data().read_file(kRegistryName, 1 << 20).value()).value();
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  // "1 up a, 2 down b"
  std::string show(const Result<std::vector<Attached>>& attached) const {
    if (!attached) return name(attached.error().code);
    std::string out;
    for (const Attached& one : *attached) {
      out += (out.empty() ? "" : ", ") + std::to_string(one.number) +
             (one.down.empty() ? " up " : " down ") + files::path(one.path).filename().string();
    }
    return out;
  }

  test::TempDir temp_;
  model::SeededRng rng_;
};

TEST_F(Attach, AStoreOfOneDirectoryGetsNoFile) {
  EXPECT_EQ(show(attach({})), "");
  EXPECT_TRUE(files::is_empty(path("data")));
  EXPECT_EQ(show(find_volumes(data())), "");
}

TEST_F(Attach, EmptyDirectoriesBecomeVolumesOnce) {
  files::create_directory(path("a") + "/lost+found");
  EXPECT_TRUE(attach({"a"}).value().at(0).is_new);
  EXPECT_EQ(show(attach({"a"})), "1 up a");
  EXPECT_FALSE(attach({"a"}).value().at(0).is_new);
  EXPECT_EQ(show(attach({"b"})), "1 up a, 2 up b") << "one that is not given is found, too";
  EXPECT_EQ(show(attach({"b", "a", "c", "a"})), "1 up a, 2 up b, 3 up c");
  EXPECT_EQ(show(attach({})), "1 up a, 2 up b, 3 up c");
  EXPECT_EQ(show(find_volumes(data())), "1 up a, 2 up b, 3 up c");
}

TEST_F(Attach, AnEmptyMountPointIsNoNewVolume) {
  ASSERT_EQ(show(attach({"a", "b"})), "1 up a, 2 up b");
  files::rename(path("a"), path("taken out"));
  files::create_directory(path("a"));
  EXPECT_EQ(show(attach({"a", "b"})), "1 down a, 2 up b");
  EXPECT_EQ(show(attach({})), "1 down a, 2 up b");
  EXPECT_TRUE(files::is_empty(path("a")));
  files::remove(path("a"));
  EXPECT_EQ(show(attach({"a", "b"})), "1 down a, 2 up b") << "nor is one that is gone";
  EXPECT_FALSE(files::exists(path("a")));
  files::rename(path("taken out"), path("a"));
  EXPECT_EQ(show(attach({"a", "b"})), "1 up a, 2 up b");
}

TEST_F(Attach, DisksThatMovedAreFoundByWhatTheySay) {
  ASSERT_EQ(show(attach({"a", "b"})), "1 up a, 2 up b");
  files::rename(path("a"), path("c2"));
  files::rename(path("b"), path("a"));
  files::rename(path("c2"), path("b"));
  EXPECT_EQ(show(find_volumes(data())), "1 up b, 2 up a") << "swapped";
  EXPECT_EQ(show(attach({"a", "b"})), "1 up b, 2 up a");
  EXPECT_EQ(registry().volumes.at(0).path, path("b"));
  files::rename(path("b"), path("elsewhere"));
  EXPECT_EQ(show(attach({})), "1 down b, 2 up a");
  EXPECT_EQ(show(attach({"elsewhere"})), "1 up elsewhere, 2 up a");
  EXPECT_EQ(show(attach({})), "1 up elsewhere, 2 up a");
}

TEST_F(Attach, AnotherVolumeInItsPlaceIsDown) {
  ASSERT_EQ(show(attach({"a", "b"})), "1 up a, 2 up b");
  files::remove_all(path("a"));
  files::create_directory(path("other"));
  ASSERT_TRUE(attach_volumes(fs::Dir::open(path("other")).value(), {path("c")}, rng_));
  files::rename(path("c"), path("a"));
  EXPECT_EQ(show(attach({"a", "b"})), "1 down a, 2 up b");
  files::remove_all(path("a"));
  files::copy(path("b"), path("a"), files::copy_options::recursive);
  EXPECT_EQ(show(attach({"a", "b"})), "invalid") << "a copy: which one is it?";
}

TEST_F(Attach, DamageOfAnIdentityIsDown) {
  ASSERT_EQ(show(attach({"a"})), "1 up a");
  write("a/volume", "muzn volume 1\n");
  EXPECT_EQ(show(attach({"a"})), "1 down a");
  files::remove(path("a") + "/volume");
  EXPECT_EQ(show(attach({"a"})), "1 down a");
  EXPECT_FALSE(files::exists(path("a") + "/volume"));
}

TEST_F(Attach, DamageOfTheRegistryIsRefused) {
  ASSERT_EQ(show(attach({"a"})), "1 up a");
  const auto good = data().read_file(kRegistryName, 1 << 20).value();
  write("data/volumes", good.substr(1));
  EXPECT_EQ(show(attach({"a"})), "corrupt");
  EXPECT_EQ(show(find_volumes(data())), "corrupt");
  files::remove(path("data") + "/volumes");
  EXPECT_EQ(show(attach({"a"})), "invalid") << "a volume of a store that nobody knows";
}

TEST_F(Attach, RefusesWhatIsNeitherEmptyNorOurs) {
  write("a/something", "of somebody");
  EXPECT_EQ(show(attach({"a"})), "invalid");
  EXPECT_EQ(show(attach({"no such directory"})), "invalid");
  EXPECT_FALSE(files::exists(path("data") + "/volumes"));
  EXPECT_FALSE(files::exists(path("no such directory")));
  ASSERT_EQ(show(attach({"b"})), "1 up b");
  files::create_directory(path("other"));
  EXPECT_FALSE(attach_volumes(fs::Dir::open(path("other")).value(), {path("b")}, rng_));
}

TEST_F(Attach, TwoProcessesDoNotShareAVolume) {
  const auto first = attach({"a"});
  ASSERT_TRUE(first);
  EXPECT_EQ(show(attach({"a"})), "unavailable");
  EXPECT_EQ(show(find_volumes(data())), "unavailable");
}

// The making of a volume cut short behind each of its files, as a crash does.
TEST_F(Attach, ACrashAtAnyPointIsHarmless) {
  ASSERT_EQ(show(attach({"a"})), "1 up a");
  Registry joining = registry();
  joining.volumes.at(0).is_joining = true;
  ASSERT_TRUE(data().write_durably(kRegistryName, encode(joining)));
  EXPECT_EQ(show(find_volumes(data())), "") << "nothing lies on it yet";
  EXPECT_EQ(show(attach({})), "") << "and nobody asks for it";
  EXPECT_EQ(show(attach({"b"})), "2 up b") << "its number is not given away";
  EXPECT_EQ(show(attach({"a"})), "1 up a, 2 up b");
  joining = registry();
  joining.volumes.at(0).is_joining = true;
  for (const char* lost : {"volume", "blobs/format", "blobs"}) {
    files::remove_all(path("a") + "/" + lost);
    write("a/volume.tmp", "half");
    ASSERT_TRUE(data().write_durably(kRegistryName, encode(joining)));
    EXPECT_EQ(show(attach({"a"})), "1 up a, 2 up b") << lost;
    EXPECT_EQ(registry().volumes.at(0).is_joining, false);
  }
  files::remove_all(path("a") + "/volume");
  ASSERT_TRUE(data().write_durably(kRegistryName, encode(joining)));
  write("a/something", "of somebody");
  EXPECT_EQ(show(attach({"a"})), "invalid");
}

}  // namespace
}  // namespace muzn::blob
