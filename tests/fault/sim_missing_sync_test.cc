// The crash tests are tested: a history from which one kind of sync was taken away is the history
// of an engine that forgot it, and the crash tests must find that something is lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "fault/report.h"

namespace muzn::sim {
namespace {

using IsMeant = std::function<bool(const std::string& path)>;

// The life of an engine that never syncs what `is_meant`. Sets how many syncs it left out.
Life without_syncs(const Life& life, const IsMeant& is_meant, std::size_t* left_out) {
  Life out = life;
  out.events.clear();
  *left_out = 0;
  std::map<Node, std::string> paths{{kRoot, ""}};
  for (const auto& [name, node] : life.start.names(kRoot)) paths[node] = "/" + name;
  for (const Event& event : life.events) {
    if (event.kind == Event::Kind::kMakeFile || event.kind == Event::Kind::kMakeDir) {
      paths[event.child] = paths[event.node] + "/" + event.name;
    } else if (event.kind == Event::Kind::kSync && is_meant(paths[event.node])) {
      ++*left_out;
      continue;
    }
    out.events.push_back(event);
  }
  return out;
}

bool is_under(const std::string& path, const char* dir, int depth) {
  if (!path.starts_with(dir)) return false;
  const std::string rest = path.substr(std::string(dir).size());
  return std::count(rest.begin(), rest.end(), '/') == depth;
}

struct Case {
  const char* name;
  IsMeant is_meant;
  bool two_volumes = false;
};

TEST(MissingSync, IsFound) {
  Pool pool(1);
  const std::uint64_t first = number_from("MUZN_SEED", fresh_seed());
  std::cout << "MUZN_SEED=" << first << std::endl;
  const auto ends = [](const char* end) {
    return [end](const std::string& path) { return path.ends_with(end); };
  };
  const std::vector<Case> cases{
      {"bytes of a blob", [](const std::string& path) { return is_under(path, "/data/blobs", 3); }},
      {"name of a blob", [](const std::string& path) { return is_under(path, "/data/blobs", 2); }},
      {"name of an inner directory of blobs",
       [](const std::string& path) {
         return is_under(path, "/data/blobs", 1) && !path.ends_with(".tmp");
       }},
      {"names in the directory of blobs", ends("/data/blobs")},
      {"names in the directory of rows", ends("/data/rows")},
      {"names in the data directory", ends("/data")},
      {"name of the data directory", [](const std::string& path) { return path.empty(); }},
      {"RocksDB's log", ends(".log")},
      {"RocksDB's tables", ends(".sst")},
      {"RocksDB's manifest",
       [](const std::string& path) { return path.find("MANIFEST") != std::string::npos; }},
      {"RocksDB's CURRENT", ends(".dbtmp")},
      {"names in RocksDB's directory", ends("/db")},
      {"registry of volumes", ends("/data/volumes.tmp"), true},
      {"identity of a volume", ends("/more/volume.tmp"), true},
      {"names in a volume", ends("/more"), true},
      {"bytes of a blob on a further volume",
       [](const std::string& path) { return is_under(path, "/more/blobs", 3); }, true},
      {"name of a blob on a further volume",
       [](const std::string& path) { return is_under(path, "/more/blobs", 2); }, true},
  };
  for (const Case& one : cases) {
    std::optional<std::string> found;
    for (std::uint64_t seed = first; !found && seed < first + 10; ++seed) {
      std::vector<Step> steps = random_steps(seed, 25);
      steps.push_back({Verb::kRestart, 0, 0, 0, 0});  // tables
      steps.push_back({Verb::kPut, 0, 0, 5000, 1});
      const Platter disk = one.two_volumes ? with_second_directory() : Platter();
      const Life life = live(disk, steps, State(), pool);
      ASSERT_EQ(life.failure, "") << "MUZN_SEED=" << seed;
      std::size_t left_out = 0;
      const Life worse = without_syncs(life, one.is_meant, &left_out);
      if (left_out == 0) continue;  // no such sync in this run
      Count count;
      found = crash_everywhere(worse, 1, seed, pool, &count);
    }
    EXPECT_TRUE(found) << "MUZN_SEED=" << first << ": an engine that does not sync the " << one.name
                       << " passes";
    if (found) std::cout << one.name << ": " << found->substr(0, found->find('\n')) << std::endl;
  }
}

}  // namespace
}  // namespace muzn::sim
