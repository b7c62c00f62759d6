// What a disk holds, and what of it would survive a power loss: for each file the bytes that were
// synced and the changes since, for each directory the names that were synced and the changes
// since. Making, renaming and unlinking are changes of a directory alone: nothing that happens to
// the file itself makes its name durable.
#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace muzn::sim {

using Node = std::uint32_t;  // of a file or directory
inline constexpr Node kRoot = 0;

// One change, as it is written to a history and played back from it.
struct Event {
  enum class Kind : std::uint8_t {
    kMakeFile,    // node = directory, name, child
    kMakeDir,     // the same
    kUnlink,      // node = directory, name, child
    kRename,      // node, name -> to_name within it, or within the directory `to`; child
    kWrite,       // node = file, offset, bytes
    kResize,      // node = file, offset = its new size
    kSync,        // node = file or directory: what it holds is durable
    kSyncFailed,  // as on ext4: what it holds reads back, counts as clean, and is never written
    kMark,        // nothing happens; `offset` is for whoever plays the history
  };
  Kind kind = Kind::kMark;
  Node node = kRoot;
  Node child = 0;
  Node to = kRoot;
  std::string name{};
  std::string to_name{};
  std::uint64_t offset = 0;
  std::string bytes{};
};

// How a power loss treats what was not synced.
struct PowerLoss {
  enum class Mode : std::uint8_t {
    kLost,      // nothing of it was written
    kKept,      // all of it was: also what kill -9 leaves
    kNames,     // all names, no bytes
    kBytes,     // all bytes, no names
    kOneLost,   // all but one change
    kOneKept,   // none but one change
    kWhole,     // each write by chance, whole
    kTorn512,   // each sector of each write by chance
    kTorn4096,  // each page of each write by chance
  };
  static constexpr int kModes = 9;
  Mode mode = Mode::kLost;
  std::uint64_t seed = 0;
};

class Platter {
 public:
  Platter();

  void apply(const Event& event);
  // The disk after a power loss now; all that is on it is durable.
  Platter after(const PowerLoss& loss) const;
  // How many changes are not durable.
  std::size_t unsynced() const;
  // All durable contents and names, for telling equal disks apart from others.
  std::uint64_t digest() const;

  // The next number for a new file or directory.
  Node next() const { return static_cast<Node>(nodes_.size()); }
  bool is_dir(Node node) const { return nodes_[node].is_dir; }
  const std::string& bytes(Node file) const { return nodes_[file].bytes; }
  const std::map<std::string, Node>& names(Node dir) const { return nodes_[dir].names; }
  // Bytes of the files that have a name.
  std::uint64_t size() const;

  // Every file by its path, for tests that look at or spoil what is stored.
  std::map<std::string, Node> files() const;
  // Change what is durable behind the engine's back. REQUIRE nothing unsynced in the file.
  void replace(Node file, std::string bytes);
  void lose(const std::string& path);

 private:
  struct Entry {
    bool is_dir = false;
    std::string bytes;  // as read now
    std::string durable;
    std::map<std::string, Node> names;  // as read now
    std::map<std::string, Node> durable_names;
    std::vector<Event> pending;
  };
  class Choice;

  static void change(std::string& bytes, const Event& event);
  static void change(std::map<std::string, Node>& names, const Event& event, Node self);
  static std::string survive(const Entry& file, Choice& choice);
  void keep(Node from, Platter& out, Node to, bool is_ordered, Choice& choice) const;
  void find_files(Node dir, const std::string& path, std::map<std::string, Node>& out) const;

  std::vector<Entry> nodes_;
};

}  // namespace muzn::sim
