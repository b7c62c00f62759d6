#include "sim/platter.h"

#include <xxhash.h>

#include <algorithm>

#include "base/error.h"

namespace muzn::sim {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kPage = 4096;
// RocksDB's directory: there names survive in their order, as on every file system with a journal,
// since RocksDB relies on it. Elsewhere any of them may.
constexpr const char* kOrdered = "db";

bool is_of_names(const Event& event) {
  return event.kind <= Event::Kind::kRename;
}

}  // namespace

// What of the unsynced survives, drawn from one seed.
class Platter::Choice {
 public:
  Choice(const PowerLoss& loss, std::size_t changes)
      : mode_(loss.mode), rng_(loss.seed), share_(1 + rng_() % 7) {
    if (changes > 0) chosen_ = rng_() % changes;
  }

  // Of the next change of a name, on its own.
  bool name_kept() {
    if (mode_ == PowerLoss::Mode::kNames || mode_ == PowerLoss::Mode::kBytes) {
      ++next_;
      return mode_ == PowerLoss::Mode::kNames;
    }
    return kept();
  }

  // In order, up to some change: how many of the next ones.
  std::size_t names_kept(std::size_t pending) {
    const std::size_t first = next_;
    next_ += pending;
    switch (mode_) {
      case PowerLoss::Mode::kLost:
      case PowerLoss::Mode::kBytes:
        return 0;
      case PowerLoss::Mode::kKept:
      case PowerLoss::Mode::kNames:
        return pending;
      case PowerLoss::Mode::kOneLost:
        return chosen_ >= first && chosen_ < next_ ? chosen_ - first : pending;
      case PowerLoss::Mode::kOneKept:
        return chosen_ >= first && chosen_ < next_ ? chosen_ - first + 1 : 0;
      default:
        return rng_() % (pending + 1);
    }
  }

  // The unit in which the next write survives by chance; 0 = whole.
  std::size_t unit() const {
    if (mode_ == PowerLoss::Mode::kTorn512) return kSector;
    return mode_ == PowerLoss::Mode::kTorn4096 ? kPage : 0;
  }
  // Of the next change of bytes.
  bool kept() {
    const bool is_chosen = next_++ == chosen_;
    switch (mode_) {
      case PowerLoss::Mode::kLost:
      case PowerLoss::Mode::kNames:
        return false;
      case PowerLoss::Mode::kKept:
      case PowerLoss::Mode::kBytes:
        return true;
      case PowerLoss::Mode::kOneLost:
        return !is_chosen;
      case PowerLoss::Mode::kOneKept:
        return is_chosen;
      default:
        return by_chance();
    }
  }
  bool by_chance() { return rng_() % 8 < share_; }

 private:
  const PowerLoss::Mode mode_;
  std::mt19937_64 rng_;
  const std::uint64_t share_;  // of 8: how much survives
  std::size_t chosen_ = 0;
  std::size_t next_ = 0;
};

Platter::Platter() {
  nodes_.emplace_back().is_dir = true;
}

void Platter::change(std::string& bytes, const Event& event) {
  if (event.kind == Event::Kind::kResize) {
    bytes.resize(event.offset);
    return;
  }
  const std::size_t end = event.offset + event.bytes.size();
  if (bytes.size() < end) bytes.resize(end);
  bytes.replace(event.offset, event.bytes.size(), event.bytes);
}

void Platter::change(std::map<std::string, Node>& names, const Event& event, Node self) {
  switch (event.kind) {
    case Event::Kind::kMakeFile:
    case Event::Kind::kMakeDir:
      names[event.name] = event.child;
      break;
    case Event::Kind::kUnlink:
      names.erase(event.name);
      break;
    default:
      if (self == event.node) names.erase(event.name);
      if (self == event.to) names[event.to_name] = event.child;
  }
}

void Platter::apply(const Event& event) {
  if (event.kind == Event::Kind::kMark) return;
  if (event.kind == Event::Kind::kMakeFile || event.kind == Event::Kind::kMakeDir) {
    CHECK(event.child == next());
    nodes_.emplace_back().is_dir = event.kind == Event::Kind::kMakeDir;
  }
  Entry& entry = nodes_[event.node];
  if (event.kind == Event::Kind::kSync) {
    for (const Event& one : entry.pending) {
      if (entry.is_dir) {
        change(entry.durable_names, one, event.node);
      } else {
        change(entry.durable, one);
      }
    }
    entry.pending.clear();
  } else if (event.kind == Event::Kind::kSyncFailed) {
    entry.pending.clear();
  } else if (is_of_names(event)) {
    change(entry.names, event, event.node);
    entry.pending.push_back(event);
    if (event.kind == Event::Kind::kRename && event.to != event.node) {
      change(nodes_[event.to].names, event, event.to);
      nodes_[event.to].pending.push_back(event);
    }
  } else {
    change(entry.bytes, event);
    entry.pending.push_back(event);
  }
}

std::string Platter::survive(const Entry& file, Choice& choice) {
  std::string out = file.durable;
  const std::size_t unit = choice.unit();
  for (const Event& event : file.pending) {
    if (unit == 0 || event.kind == Event::Kind::kResize) {
      if (choice.kept()) change(out, event);
      continue;
    }
    for (std::size_t at = 0; at < event.bytes.size();) {
      const std::size_t offset = event.offset + at;
      const std::size_t length = std::min(unit - offset % unit, event.bytes.size() - at);
      Event piece;
      piece.kind = Event::Kind::kWrite;
      piece.offset = offset;
      piece.bytes = event.bytes.substr(at, length);
      if (choice.by_chance()) change(out, piece);
      at += length;
    }
  }
  // A file system may write the new size before the bytes: zeros lie where they should be.
  if (!file.pending.empty() && out.size() < file.bytes.size() && choice.by_chance() && unit != 0) {
    out.resize(file.bytes.size());
  }
  return out;
}

// Copies what survives of the directory `from` beneath `to` of the new disk.
void Platter::keep(Node from, Platter& out, Node to, bool is_ordered, Choice& choice) const {
  const Entry& dir = nodes_[from];
  std::map<std::string, Node> names = dir.durable_names;
  if (is_ordered) {
    const std::size_t kept = choice.names_kept(dir.pending.size());
    for (std::size_t i = 0; i < kept; ++i) change(names, dir.pending[i], from);
  } else {
    for (const Event& event : dir.pending) {
      if (choice.name_kept()) change(names, event, from);
    }
  }
  for (const auto& [name, node] : names) {
    const Node copy = out.next();
    Entry entry;
    entry.is_dir = nodes_[node].is_dir;
    if (!entry.is_dir) entry.bytes = entry.durable = survive(nodes_[node], choice);
    out.nodes_.push_back(std::move(entry));
    out.nodes_[to].names[name] = out.nodes_[to].durable_names[name] = copy;
    if (nodes_[node].is_dir) keep(node, out, copy, name == kOrdered, choice);
  }
}

Platter Platter::after(const PowerLoss& loss) const {
  Platter out;
  Choice choice(loss, unsynced());
  keep(kRoot, out, kRoot, false, choice);
  return out;
}

std::size_t Platter::unsynced() const {
  std::size_t out = 0;
  for (const Entry& entry : nodes_) out += entry.pending.size();
  return out;
}

std::uint64_t Platter::digest() const {
  std::uint64_t out = 0;
  for (const auto& [path, node] : files()) {
    const std::string& bytes = nodes_[node].durable;
    out = XXH3_64bits_withSeed(path.data(), path.size(), out);
    out = XXH3_64bits_withSeed(bytes.data(), bytes.size(), out);
  }
  return out;
}

std::uint64_t Platter::size() const {
  std::uint64_t out = 0;
  for (const auto& [path, node] : files()) out += nodes_[node].bytes.size();
  return out;
}

void Platter::find_files(Node dir, const std::string& path,
                         std::map<std::string, Node>& out) const {
  for (const auto& [name, node] : nodes_[dir].names) {
    const std::string found = path.empty() ? name : path + "/" + name;
    if (nodes_[node].is_dir) {
      find_files(node, found, out);
    } else {
      out[found] = node;
    }
  }
}

std::map<std::string, Node> Platter::files() const {
  std::map<std::string, Node> out;
  find_files(kRoot, "", out);
  return out;
}

void Platter::replace(Node file, std::string bytes) {
  CHECK(nodes_[file].pending.empty());
  nodes_[file].durable = bytes;
  nodes_[file].bytes = std::move(bytes);
}

void Platter::lose(const std::string& path) {
  Node dir = kRoot;
  std::size_t at = 0;
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', at)) {
    dir = nodes_[dir].names.at(path.substr(at, end - at));
    at = end + 1;
  }
  CHECK(nodes_[dir].pending.empty());
  nodes_[dir].names.erase(path.substr(at));
  nodes_[dir].durable_names.erase(path.substr(at));
}

}  // namespace muzn::sim
