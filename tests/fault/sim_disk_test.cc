// The simulated disk itself: what it forgets is what a real one may forget.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "fs/dir.h"
#include "sim/disk.h"

namespace muzn::sim {
namespace {

using Mode = PowerLoss::Mode;

// "" when the file has no name.
std::string left(const Disk& disk, const std::string& path, Mode mode, std::uint64_t seed = 1) {
  const Platter after = disk.platter().after({mode, seed});
  const auto files = after.files();
  const auto found = files.find(path);
  return found == files.end() ? "" : after.bytes(found->second);
}

class SimulatedDisk : public testing::Test {
 protected:
  SimulatedDisk() : disk_(Platter()), dir_(fs::Dir::open_or_create("d", disk_).value()) {}
  Disk disk_;
  fs::Dir dir_;
};

TEST_F(SimulatedDisk, AFileNeedsItsBytesAndItsNameSynced) {
  auto file = dir_.create("f").value();
  ASSERT_TRUE(file.write_at(0, "bytes"));
  EXPECT_EQ(left(disk_, "d/f", Mode::kLost), "");
  EXPECT_EQ(left(disk_, "d/f", Mode::kKept), "bytes");
  ASSERT_TRUE(file.sync_data());
  EXPECT_EQ(left(disk_, "d/f", Mode::kLost), "") << "the name was not synced";
  ASSERT_TRUE(dir_.sync());
  EXPECT_EQ(left(disk_, "d/f", Mode::kLost), "bytes");
}

TEST_F(SimulatedDisk, ADirectoryNeedsItsOwnNameSynced) {
  ASSERT_TRUE(dir_.make_dir("sub"));
  auto file = dir_.create("sub/f").value();
  ASSERT_TRUE(file.write_at(0, "bytes"));
  ASSERT_TRUE(file.sync_data());
  ASSERT_TRUE(dir_.sync("sub"));
  EXPECT_EQ(left(disk_, "d/sub/f", Mode::kLost), "");
  ASSERT_TRUE(dir_.sync());
  EXPECT_EQ(left(disk_, "d/sub/f", Mode::kLost), "bytes");
}

// Killed between its mkdir and its fsync; the next run finds the directory and goes on within it.
TEST_F(SimulatedDisk, ADirectoryOfAKilledRunIsMadeDurable) {
  ASSERT_EQ(disk_.make_dir("e", 0700), 0);
  auto dir = fs::Dir::open_or_create("e/sub", disk_);
  ASSERT_TRUE(dir);
  ASSERT_TRUE(dir->write_durably("f", "bytes"));
  EXPECT_EQ(left(disk_, "e/sub/f", Mode::kLost), "bytes");
}

TEST_F(SimulatedDisk, AnUnsyncedNameMayStayWithoutItsBytes) {
  auto file = dir_.create("f").value();
  ASSERT_TRUE(file.write_at(0, "bytes"));
  const Platter after = disk_.platter().after({Mode::kNames, 1});
  ASSERT_TRUE(after.files().contains("d/f"));
  EXPECT_EQ(after.bytes(after.files().at("d/f")), "");
}

TEST_F(SimulatedDisk, WriteDurablyLeavesTheOldBytesOrTheNewOnes) {
  ASSERT_TRUE(dir_.write_durably("f", "old"));
  Platter disk = disk_.platter();
  (void)disk_.take_history();
  ASSERT_TRUE(dir_.write_durably("f", "new bytes"));
  for (const Event& event : disk_.take_history()) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const Platter after = disk.after({static_cast<Mode>(seed % PowerLoss::kModes), seed});
      const std::string& bytes = after.bytes(after.files().at("d/f"));
      EXPECT_TRUE(bytes == "old" || bytes == "new bytes") << bytes;
    }
    disk.apply(event);
  }
  EXPECT_EQ(left(disk_, "d/f", Mode::kLost), "new bytes");
}

TEST_F(SimulatedDisk, UnsyncedWritesAreTornAtSectors) {
  auto file = dir_.create("f").value();
  ASSERT_TRUE(file.write_at(0, std::string(4096, 'a')));
  ASSERT_TRUE(file.sync_data());
  ASSERT_TRUE(dir_.sync());
  ASSERT_TRUE(file.write_at(0, std::string(4096, 'b')));
  bool is_torn = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::string bytes = left(disk_, "d/f", Mode::kTorn512, seed);
    ASSERT_EQ(bytes.size(), 4096U);
    for (std::size_t at = 0; at < bytes.size(); at += 512) {
      EXPECT_EQ(bytes.substr(at, 512), std::string(512, bytes[at]));
      is_torn = is_torn || bytes[at] != bytes[0];
    }
    const std::string page = left(disk_, "d/f", Mode::kTorn4096, seed);
    EXPECT_EQ(page, std::string(4096, page[0]));
  }
  EXPECT_TRUE(is_torn);
}

TEST_F(SimulatedDisk, UnsyncedWritesOfTwoFilesAreReordered) {
  auto first = dir_.create("1").value();
  auto second = dir_.create("2").value();
  ASSERT_TRUE(dir_.sync());
  ASSERT_TRUE(first.write_at(0, "1"));
  ASSERT_TRUE(second.write_at(0, "2"));
  bool is_reordered = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Platter after = disk_.platter().after({Mode::kWhole, seed});
    const auto files = after.files();
    is_reordered = is_reordered ||
                   (after.bytes(files.at("d/1")).empty() && !after.bytes(files.at("d/2")).empty());
  }
  EXPECT_TRUE(is_reordered);
}

// ext4: after a failed fsync the new bytes read back, a second fsync succeeds, and the disk has the
// old ones.
TEST_F(SimulatedDisk, AFailedSyncDropsTheBytesForGood) {
  auto file = dir_.create("f").value();
  ASSERT_TRUE(file.write_at(0, "old"));
  ASSERT_TRUE(file.sync_data());
  ASSERT_TRUE(dir_.sync());
  ASSERT_TRUE(file.write_at(0, "new"));
  disk_.arm({Fault::Kind::kSync, 0});
  EXPECT_FALSE(file.sync_data());
  EXPECT_TRUE(disk_.disarm());
  EXPECT_TRUE(file.sync_data());
  std::string read(3, '\0');
  ASSERT_TRUE(file.read_at(0, read));
  EXPECT_EQ(read, "new");
  EXPECT_EQ(left(disk_, "d/f", Mode::kKept), "old");
}

TEST_F(SimulatedDisk, TheDoorGoesOnAfterShortAndInterruptedCalls) {
  auto file = dir_.create("f").value();
  for (const auto kind : {Fault::Kind::kShort, Fault::Kind::kInterrupt}) {
    disk_.arm({kind, 0});
    ASSERT_TRUE(file.write_at(0, "bytes"));
    EXPECT_TRUE(disk_.disarm());
    disk_.arm({kind, 0});
    std::string read(5, '\0');
    ASSERT_EQ(file.read_at(0, read).value(), 5U);
    EXPECT_TRUE(disk_.disarm());
    EXPECT_EQ(read, "bytes");
  }
}

TEST_F(SimulatedDisk, FaultsAreErrorsOfTheDoor) {
  auto file = dir_.create("f").value();
  disk_.arm({Fault::Kind::kIo, 0});
  EXPECT_EQ(file.write_at(0, "x").error().code, Code::kUnavailable);
  disk_.arm({Fault::Kind::kNoSpace, 1});
  EXPECT_TRUE(file.write_at(0, "x"));
  EXPECT_EQ(file.write_at(0, "x").error().code, Code::kNoSpace);
  EXPECT_TRUE(disk_.disarm());
}

TEST_F(SimulatedDisk, ALockHoldsUntilItIsClosed) {
  {
    const auto lock = dir_.lock("lock");
    ASSERT_TRUE(lock);
    EXPECT_EQ(dir_.lock("lock").error().code, Code::kUnavailable);
  }
  EXPECT_TRUE(dir_.lock("lock"));
}

}  // namespace
}  // namespace muzn::sim
