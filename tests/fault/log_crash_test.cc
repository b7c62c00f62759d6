// The log on the simulated disk: the power fails at every change of the disk while it is appended
// to and signed. What was acknowledged is there, each group as a whole or not at all, and no
// checkpoint that was ever handed out disagrees with what comes later.
//   MUZN_SEED, MUZN_STATES   as in sim_crash_test.cc
#include <gtest/gtest.h>

#include <unordered_set>

#include "fault/report.h"
#include "merkle/bundle.h"
#include "merkle/checkpoint.h"
#include "merkle/frontier.h"
#include "meta/rocks_store.h"
#include "tlog/log.h"
#include "tlog/tree_rows.h"

namespace muzn::sim {
namespace {

merkle::Signer signer() {
  return merkle::Signer::make("log.example/sim", merkle::KeyType::kEd25519, std::string(32, 's'))
      .value();
}

std::string entry(std::uint64_t seed, std::uint64_t index) {
  return "entry " + std::to_string(index) + " of " + std::to_string(seed) +
         std::string((seed + index * 37) % 400, '.');
}

// A run of the rows and the log, over a disk.
class Node {
 public:
  explicit Node(Platter platter) : disk_(std::move(platter)) {}
  ~Node() { stop(); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  Result<void> start() {
    env_ = make_rocks_env(disk_);
    meta::RocksOptions options;
    options.directory = "data/rows";
    options.cache_bytes = 1U << 20;
    options.write_buffer_bytes = 64U << 10;
    options.disk = &disk_;
    options.env = env_->get();
    TRY(rows_, meta::open_rocks_store(options, clock_));
    TRY(log_, run_sync(tlog::open_log(*rows_, signer(), {})));
    return {};
  }
  void stop() {
    log_.reset();
    if (rows_) env_->run_jobs();
    rows_.reset();
    env_.reset();
  }

  Disk& disk() { return disk_; }
  tlog::Log& log() { return *log_; }
  meta::Store& rows() { return *rows_; }
  void run_jobs() { env_->run_jobs(); }

 private:
  Disk disk_;
  model::FakeClock clock_;
  std::unique_ptr<RocksEnv> env_;
  std::unique_ptr<meta::Store> rows_;
  std::unique_ptr<tlog::Log> log_;
};

// What has been promised after some step: how many entries, and which checkpoints went out.
struct Promise {
  std::uint64_t size = 0;
  std::size_t signed_count = 0;
  std::string published;
};

struct LogLife {
  std::vector<Event> events;                 // with marks as driver.h's
  std::vector<Promise> promises{Promise()};  // before step i, and after the last
  std::vector<merkle::Checkpoint> handed_out;
  std::string failure;
};

// One step: appends a group, or signs and publishes, or starts anew.
std::string take_step(Node& node, std::uint64_t seed, std::mt19937_64& rng, LogLife& life) {
  Promise next = life.promises.back();
  const auto choice = rng() % 8;
  if (choice < 5) {
    const std::size_t count = rng() % 4 == 0 ? 1 + rng() % 300 : 1 + rng() % 6;
    std::vector<std::string> group;
    for (std::size_t i = 0; i < count; ++i) group.push_back(entry(seed, next.size + i));
    const auto first = run_sync(node.log().append_all(std::move(group)));
    if (!first) return first.error().what;
    if (*first != next.size) return "another index";
    next.size += count;
  } else if (choice < 7) {
    const auto note = run_sync(node.log().sign());
    if (!note) return note.error().what;
    life.handed_out.push_back(merkle::parse_signed_checkpoint(*note)->checkpoint);
    next.signed_count = life.handed_out.size();
    if (auto done = run_sync(node.log().publish(*note)); !done) return done.error().what;
    next.published = *note;
  } else {
    node.stop();
    if (auto started = node.start(); !started) return started.error().what;
  }
  node.run_jobs();  // else a full memtable would wait for them for good
  life.promises.push_back(next);
  return "";
}

LogLife live(std::uint64_t seed, std::size_t steps) {
  LogLife life;
  std::mt19937_64 rng(seed);
  Node node{Platter()};
  if (auto started = node.start(); !started) life.failure = started.error().what;
  for (std::size_t i = 0; i < steps && life.failure.empty(); ++i) {
    node.disk().mark(2 * i);
    life.failure = take_step(node, seed, rng, life);
    node.disk().mark(2 * i + 1);
  }
  node.stop();
  life.events = node.disk().take_history();
  return life;
}

std::string wrong(const std::string& what) {
  return what + "\n";
}

// Opens what a crash left, and goes on with other entries than before it. `least` and `most`: what
// was promised, and what the step under way was to bring.
std::string recover(const Platter& left, std::uint64_t seed, const LogLife& life,
                    const Promise& least, const Promise& most) {
  Node node(left);
  if (auto started = node.start(); !started) return wrong("no start: " + started.error().what);
  const std::uint64_t size = node.log().figures().size;
  if (size != least.size && size != most.size) {
    return wrong(std::to_string(size) + " entries, not " + std::to_string(least.size));
  }
  const auto published = run_sync(node.log().read("checkpoint"));
  const std::string note = published ? *published : "";
  if (note != least.published && note != most.published) return wrong("another checkpoint");
  // Every entry, as it was acknowledged.
  const tlog::TreeRows tree(node.rows(), tlog::kLogShard);
  merkle::Frontier frontier;
  std::vector<merkle::Hash> roots{merkle::empty_root()};
  for (std::uint64_t at = 0; at < size; at += merkle::kTileWidth) {
    const unsigned width = merkle::width_in(0, at / merkle::kTileWidth, size);
    const auto bundle =
        run_sync(tree.read({merkle::Tile::Kind::kEntries, 0, at / merkle::kTileWidth, width}));
    if (!bundle) return wrong(bundle.error().what);
    const auto parsed = merkle::parse_bundle(*bundle, width);
    if (!parsed) return wrong("a torn bundle");
    for (unsigned i = 0; i < width; ++i) {
      if ((*parsed)[i] != entry(seed, at + i)) return wrong("another entry");
      frontier.push(merkle::leaf_hash((*parsed)[i]));
      roots.push_back(frontier.root());
    }
  }
  // Go on differently, and compare with every checkpoint that may have gone out.
  std::vector<std::string> group(3, "after the crash");
  if (auto done = run_sync(node.log().append_all(std::move(group))); !done) {
    return wrong(done.error().what);
  }
  const auto after = run_sync(node.log().sign());
  if (!after) return wrong(after.error().what);
  const merkle::Checkpoint now = merkle::parse_signed_checkpoint(*after)->checkpoint;
  for (std::size_t i = 0; i < least.signed_count; ++i) {
    const merkle::Checkpoint& old = life.handed_out[i];
    if (old.size > size || roots[old.size] != old.root) return wrong("a fork");
    const auto proof = run_sync(node.log().prove_consistency(old.size, now.size));
    if (!proof || !merkle::verify_consistency(old.size, now.size, old.root, now.root, *proof)) {
      return wrong("no proof that it goes on from an old checkpoint");
    }
  }
  return "";
}

// `keeps` says which syncs count: leaving some out is how the test itself is tested.
std::string crash_everywhere(const LogLife& life, std::uint64_t seed, int losses, Count* count,
                             bool (*keeps)(const Event&)) {
  std::mt19937_64 rng(seed);
  std::unordered_set<std::uint64_t> seen;
  Platter disk;
  std::size_t done = 0;
  bool in_step = false;
  for (std::size_t i = 0; i <= life.events.size(); ++i) {
    const bool is_mark = i < life.events.size() && life.events[i].kind == Event::Kind::kMark;
    for (int n = 0; !is_mark && n < losses + 2; ++n) {
      PowerLoss loss{static_cast<PowerLoss::Mode>(n), rng()};
      if (n >= 2) loss.mode = static_cast<PowerLoss::Mode>(rng() % PowerLoss::kModes);
      const Platter left = disk.after(loss);
      ++count->states;
      if (!seen.insert(left.digest() ^ (2 * done + (in_step ? 1 : 0)) * 0x9e3779b97f4a7c15U)
               .second) {
        continue;
      }
      ++count->distinct;
      const Promise& most = life.promises[in_step ? done + 1 : done];
      const std::string found = recover(left, seed, life, life.promises[done], most);
      if (!found.empty()) return "event " + std::to_string(i) + ": " + found;
    }
    if (i == life.events.size()) break;
    if (keeps(life.events[i])) disk.apply(life.events[i]);
    if (!is_mark) continue;
    in_step = life.events[i].offset % 2 == 0;
    if (!in_step) done = life.events[i].offset / 2 + 1;
  }
  return "";
}

TEST(SimulatedLog, NoEntryIsLostAndNoForkIsSigned) {
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  const std::uint64_t wanted = number_from("MUZN_STATES", 2500) / 4;
  std::cout << "MUZN_SEED=" << first << std::endl;
  Report report("log");
  for (std::uint64_t seed = first; report.count.distinct < wanted; ++seed) {
    const LogLife life = live(seed, 24);
    ASSERT_EQ(life.failure, "") << "MUZN_SEED=" << seed;
    const std::string found =
        crash_everywhere(life, seed, 2, &report.count, [](const Event&) { return true; });
    ASSERT_EQ(found, "") << "MUZN_SEED=" << seed;
  }
}

TEST(SimulatedLog, ALogWithoutSyncsIsFound) {
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  std::string found;
  Count count;
  for (std::uint64_t seed = first; found.empty() && seed < first + 5; ++seed) {
    const LogLife life = live(seed, 12);
    ASSERT_EQ(life.failure, "") << "MUZN_SEED=" << seed;
    found = crash_everywhere(life, seed, 1, &count,
                             [](const Event& event) { return event.kind != Event::Kind::kSync; });
  }
  EXPECT_NE(found, "") << "MUZN_SEED=" << first;
}

// A power loss in the middle of an append, then another while what it left is gone on with.
TEST(SimulatedLog, EveryCallOfAnAppendFails) {
  for (const Fault::Kind kind : {Fault::Kind::kIo, Fault::Kind::kNoSpace, Fault::Kind::kSync}) {
    for (std::size_t at = 0;; ++at) {
      Node node{Platter()};
      ASSERT_TRUE(node.start());
      ASSERT_TRUE(run_sync(node.log().append("before")));
      const auto before = run_sync(node.log().sign());
      ASSERT_TRUE(before);
      node.disk().arm({.kind = kind, .at = at});
      const auto index = run_sync(node.log().append("under way"));
      const auto note = run_sync(node.log().sign());
      const bool was_hit = node.disk().disarm().has_value();
      const Platter left = node.disk().platter().after({PowerLoss::Mode::kLost, at});
      Node next(left);
      ASSERT_TRUE(next.start());
      if (index) ASSERT_EQ(next.log().figures().size, 2U);
      const auto after = run_sync(next.log().sign());
      ASSERT_TRUE(after);
      if (note) ASSERT_EQ(*after, *note);
      if (!was_hit) break;
    }
  }
}

}  // namespace
}  // namespace muzn::sim
