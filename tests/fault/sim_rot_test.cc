// Every sector of every file of a small store goes bad in five ways: the engine says so, or what it
// gives out is right. Nothing that was acknowledged may be gone without a word.
//   MUZN_ROT_EVERY   only each n-th sector of tables and blobs (default 4)
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "fault/report.h"

namespace muzn::sim {
namespace {

constexpr std::size_t kSector = 512;

enum class Rot : std::uint8_t { kFlip, kZeros, kOnes, kStale, kSwapped };
constexpr int kRots = 5;
constexpr std::array kRotNames{"bit flip", "zeros", "0xff", "stale", "swapped"};

// What the sector held before, for kStale: from an older disk of the same life.
struct Stores {
  Platter now;
  Platter older;
  State state;
  std::vector<State> recent;  // without the last changes
};

// With its mark of acknowledged rows up to date, or, `is_cut`, not written for a while: as after a
// power loss.
Stores make(Pool& pool, bool is_cut) {
  std::vector<Step> steps{
      {Verb::kCreateBucket, 0, 0, 0, 0}, {Verb::kPut, 0, 0, 50, 10},
      {Verb::kPut, 0, 1, 3000, 11},      {Verb::kPut, 0, 2, 70'000, 12},
      {Verb::kCreateUpload, 0, 3, 0, 0}, {Verb::kPutPart, 0, 0, 1000, 0},
  };
  // Tables, and a manifest of some edits.
  for (unsigned i = 10; i < 80; ++i) steps.push_back({Verb::kPut, 0, i, 500, i});
  for (unsigned i = 0; i < 8; ++i) {
    steps.push_back({Verb::kRestart, 0, 0, 0, 0});
    for (unsigned key = 0; key < 12; ++key) steps.push_back({Verb::kPut, 0, 80 + key, 599, i});
  }
  // Flushes without a restart behind them: only their own mark says where the manifest ends.
  for (unsigned i = 0; i < 120; ++i) {
    steps.push_back({Verb::kPut, 0, 80 + i % 12, 599, i});
    if (i % 20 == 19) steps.push_back({Verb::kJobs, 0, 0, 0, 0});
  }
  const std::size_t older_step = steps.size();
  const unsigned hours = is_cut ? 0 : 9000;
  for (unsigned i = 0; i < 3; ++i) {
    steps.push_back({Verb::kPut, 0, 3, 300, 13 + i});
    steps.push_back({Verb::kRemove, 0, 10 + i, 0, 0});
    steps.push_back({Verb::kPut, 0, 0, 2000, 20 + i});
    steps.push_back({Verb::kPutPart, 0, 0, 1000, i});
    steps.push_back({Verb::kTick, 0, 0, 0, hours});
    steps.push_back({Verb::kCreateBucket, 1, 0, 0, 0});
  }
  steps.push_back({Verb::kPut, 0, 99, 100, 1});  // one change of rows, the last in the log
  const Life life = live(Platter(), steps, State(), pool);
  EXPECT_EQ(life.failure, "");
  std::size_t end = life.events.size();
  while (is_cut && life.events[end - 1].kind != Event::Kind::kMark) --end;
  std::size_t older = 0;
  while (life.events[older].kind != Event::Kind::kMark ||
         life.events[older].offset != 2 * older_step) {
    ++older;
  }
  const PowerLoss kept{PowerLoss::Mode::kKept, 0};
  return {disk_at(life, {end, kept}),
          disk_at(life, {older, kept}),
          life.states.back(),
          {life.states.end() - 6, life.states.end() - 1}};
}

// What kind of file a path names, for the report.
std::string kind_of(const std::string& path) {
  if (path.starts_with("data/blobs/")) {
    return path == "data/blobs/format" ? "blobs/format" : "blob";
  }
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".log")) return "rows/db/*.log";
  if (name.ends_with(".sst")) return "rows/db/*.sst";
  if (name.starts_with("MANIFEST")) return "rows/db/MANIFEST";
  if (name.starts_with("OPTIONS")) return "rows/db/OPTIONS";
  return path.substr(5);
}

struct Tally {
  std::size_t harmless = 0;
  std::size_t refused = 0;   // the engine does not start
  std::size_t reported = 0;  // a read or list says so
  std::size_t last = 0;      // changes in the last sector are gone, and nobody said so
  std::size_t silent = 0;    // anything else is wrong, and nobody said so
  std::string example;
};

class Rotter {
 public:
  Rotter(const Stores& stores, Pool& pool) : stores_(stores), pool_(pool) {}

  void run(std::size_t every) {
    const auto files = stores_.now.files();
    for (const auto& [path, node] : files) {
      const std::string& bytes = stores_.now.bytes(node);
      lose(path, node);
      const bool is_large = path.ends_with(".sst") || kind_of(path) == "blob";
      for (std::size_t at = 0; at < bytes.size(); at += kSector * (is_large ? every : 1)) {
        for (int rot = 0; rot < kRots; ++rot) spoil(path, node, at, static_cast<Rot>(rot));
      }
    }
  }

  std::map<std::string, Tally> tallies;
  std::size_t count = 0;

 private:
  void spoil(const std::string& path, Node node, std::size_t at, Rot rot) {
    const std::string& bytes = stores_.now.bytes(node);
    std::string spoiled = bytes;
    const std::size_t length = std::min(kSector, bytes.size() - at);
    std::string sector = bytes.substr(at, length);
    switch (rot) {
      case Rot::kFlip: {
        char& byte = sector[(at / kSector * 37) % length];
        byte = static_cast<char>(byte ^ (1 << (at / kSector % 8)));
        break;
      }
      case Rot::kZeros:
        sector.assign(length, '\0');
        break;
      case Rot::kOnes:
        sector.assign(length, '\xff');
        break;
      case Rot::kStale: {
        // Where nothing older is known, a sector of the file before.
        const auto files = stores_.older.files();
        const auto found = files.find(path);
        const std::string old = found == files.end() ? "" : stores_.older.bytes(found->second);
        sector = old.size() >= at + length ? old.substr(at, length) : std::string(length, '\0');
        break;
      }
      case Rot::kSwapped: {
        const std::size_t other = at + 2 * kSector <= bytes.size() ? at + kSector : 0;
        const std::string theirs = bytes.substr(other, length);
        spoiled.replace(other, theirs.size(), sector.substr(0, theirs.size()));
        sector = theirs;
        break;
      }
    }
    spoiled.replace(at, length, sector);
    if (spoiled == bytes) return;
    Platter disk = stores_.now;
    disk.replace(node, spoiled);
    judge(tallies[kind_of(path)], disk,
          std::string(kRotNames[static_cast<std::size_t>(rot)]) + " at " + std::to_string(at) +
              " of " + path,
          at + 2 * kSector > bytes.size());
  }

  // The whole file, and its end.
  void lose(const std::string& path, Node node) {
    Tally& tally = tallies[kind_of(path) + ", file lost or cut"];
    Platter without = stores_.now;
    without.lose(path);
    judge(tally, without, "without " + path);
    const std::string& bytes = stores_.now.bytes(node);
    if (bytes.empty()) return;
    // A manifest at many places: whatever is behind its last record of a flush may go, no more.
    const bool is_manifest = kind_of(path) == "rows/db/MANIFEST";
    const std::size_t step = is_manifest ? 1 + bytes.size() / 64 : 1 + bytes.size() / 2;
    for (std::size_t left = bytes.size() - 1; left > 0; left -= std::min(left, step)) {
      Platter cut = stores_.now;
      cut.replace(node, bytes.substr(0, is_manifest ? left : bytes.size() / 2));
      judge(tally, cut, "cut of " + path);
    }
  }

  void judge(Tally& tally, const Platter& disk, const std::string& what, bool is_last = false) {
    ++count;
    Machine machine(disk, pool_);
    if (!machine.start()) {
      ++tally.refused;
      return;
    }
    const State seen = observe(machine);
    if (seen == stores_.state) {
      ++tally.harmless;
      return;
    }
    if (is_last && std::ranges::find(stores_.recent, seen) != stores_.recent.end()) {
      ++tally.last;
      return;
    }
    bool is_said = false;
    bool is_wrong = false;
    for (const auto& [name, line] : seen) {
      const bool is_failure = line.text.starts_with("fault storage corrupt");
      is_said = is_said || is_failure;
      const auto found = stores_.state.find(name);
      is_wrong =
          is_wrong || (!is_failure && (found == stores_.state.end() || found->second != line));
    }
    if (is_said && !is_wrong) {
      ++tally.reported;
      return;
    }
    ++tally.silent;
    if (tally.example.empty()) {
      tally.example = what + "\n" + difference(seen, stores_.state);
    }
  }

  const Stores& stores_;
  Pool& pool_;
};

void rot_everywhere(bool is_cut) {
  Pool pool(1);
  const Stores stores = make(pool, is_cut);
  ASSERT_EQ(recover(stores.now, {&stores.state}, false, pool), std::nullopt);
  Rotter rotter(stores, pool);
  rotter.run(number_from("MUZN_ROT_EVERY", 4));
  std::cout << rotter.count << " spoiled disks of " << stores.now.size() << " bytes" << std::endl;
  for (const auto& [kind, tally] : rotter.tallies) {
    std::cout << kind << ": refused " << tally.refused << ", reported " << tally.reported
              << ", harmless " << tally.harmless << ", last changes lost " << tally.last
              << ", silent " << tally.silent << std::endl;
    // What cannot be told from a power loss; docs/durability.md says why.
    const bool is_log = is_cut && kind.starts_with("rows/db/*.log");
    const bool is_cut_log = is_log && kind.ends_with("lost or cut");
    EXPECT_TRUE(tally.last == 0 || is_log) << kind;
    EXPECT_TRUE(tally.silent == 0 || is_cut_log) << kind << ": " << tally.example;
  }
}

TEST(Rot, WithTheMarkUpToDate) {
  rot_everywhere(false);
}
TEST(Rot, AfterAPowerLoss) {
  rot_everywhere(true);
}

}  // namespace
}  // namespace muzn::sim
