// A disk in memory under the real engine: keeps what is durable apart from what is not, writes down
// every change, and fails calls as it is told. Threads: safe.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

#include "fs/disk.h"
#include "sim/platter.h"

namespace muzn::sim {

// A call that goes wrong.
struct Fault {
  enum class Kind : std::uint8_t {
    kIo,         // EIO, and nothing was done
    kNoSpace,    // ENOSPC from what needs room, and nothing was done
    kShort,      // a write or read does half of it
    kInterrupt,  // EINTR, and nothing was done
    kSync,       // EIO from fsync or fdatasync: see Event::Kind::kSyncFailed
  };
  static constexpr int kKinds = 5;
  Kind kind = Kind::kIo;
  std::size_t at = 0;     // of the calls that this fault can hit, counted from 0
  bool for_good = false;  // and every one after it
};

class Disk final : public fs::Disk {
 public:
  explicit Disk(Platter platter) : platter_(std::move(platter)) {}

  // The disk as it is; stop calls before.
  const Platter& platter() const { return platter_; }
  // What happened since the start.
  std::vector<Event> take_history();
  // Puts a mark into the history.
  void mark(std::uint64_t number);

  enum class Call : std::uint8_t { kRead, kWrite, kNames, kSync, kOpen, kLook };

  void arm(const Fault& fault);
  // What the armed fault hit first; nullopt = nothing.
  std::optional<Call> disarm();
  // Every write waits until release(); `reached` is called on the thread of the first that does.
  void hold(std::function<void()> reached);
  void release();
  // Of how much can be written; 0 = none.
  void limit_space(std::uint64_t bytes) { limit_ = bytes; }
  std::size_t open_files() const;

  int open(const std::string& path, int flags) override;
  int make_dir(const std::string& path, unsigned mode) override;
  int access(const std::string& path) override;
  int open_at(int dir, const std::string& name, int flags, unsigned mode) override;
  int make_dir_at(int dir, const std::string& name, unsigned mode) override;
  int unlink_at(int dir, const std::string& name) override;
  int rename_at(int dir, const std::string& from, const std::string& to) override;
  int list(int dir, std::vector<std::string>* names) override;
  long write(int file, const char* bytes, std::size_t size, std::uint64_t offset) override;
  long read(int file, char* out, std::size_t size, std::uint64_t offset) override;
  int allocate(int file, std::uint64_t offset, std::uint64_t length) override;
  int truncate(int file, std::uint64_t size) override;
  int sync_data(int file) override;
  int sync(int file) override;
  long size(int file) override;
  int change_mode(int file, unsigned mode) override;
  int lock(int file) override;
  int space(int file, fs::Space* out) override;
  void close(int file) override;

 private:
  struct Place {
    Node dir = kRoot;
    std::string name;  // "" = the directory itself
  };

  // 0, or what the call answers instead of doing its work. `size` becomes smaller for kShort,
  // but remains a multiple of `unit`.
  int trouble(Call call, std::size_t* size = nullptr, std::size_t unit = 1);
  int find(Node from, const std::string& path, Place* out) const;
  int open_beneath(Node from, const std::string& path, int flags);
  int make_dir_beneath(Node from, const std::string& path);
  Node node_of(int file) const { return open_.at(file); }
  void happen(Event event);

  mutable std::mutex mutex_;  // guards all below
  Platter platter_;
  std::vector<Event> history_;
  std::map<int, Node> open_;
  std::set<int> direct_;  // of the open ones
  std::map<Node, int> locks_;
  int next_file_ = 100;
  std::optional<Fault> fault_;
  std::size_t calls_ = 0;
  std::optional<Call> hit_;
  std::condition_variable released_;
  bool is_held_ = false;
  std::function<void()> reached_;  // null once it was called
  std::uint64_t limit_ = 0;
};

}  // namespace muzn::sim
