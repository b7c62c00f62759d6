#include "sim/disk.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace muzn::sim {
namespace {

constexpr std::size_t kDirectUnit = 4096;  // the sector of a disk, as direct I/O sees it

bool is_aligned(const char* bytes, std::size_t size, std::uint64_t offset) {
  return (std::bit_cast<std::uintptr_t>(bytes) | size | offset) % kDirectUnit == 0;
}

}  // namespace

std::vector<Event> Disk::take_history() {
  const std::lock_guard lock(mutex_);
  return std::exchange(history_, {});
}

void Disk::mark(std::uint64_t number) {
  Event event;
  event.offset = number;
  const std::lock_guard lock(mutex_);
  history_.push_back(std::move(event));
}

void Disk::arm(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  calls_ = 0;
  hit_.reset();
}

std::optional<Disk::Call> Disk::disarm() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
  return hit_;
}

std::size_t Disk::open_files() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

void Disk::happen(Event event) {
  platter_.apply(event);
  history_.push_back(std::move(event));
}

int Disk::trouble(Call call, std::size_t* size, std::size_t unit) {
  if (!fault_) return 0;
  using Kind = Fault::Kind;
  const Kind kind = fault_->kind;
  const bool moves_bytes = call == Call::kRead || call == Call::kWrite;
  if (kind == Kind::kNoSpace && call != Call::kWrite && call != Call::kNames) return 0;
  if (kind == Kind::kShort && (!moves_bytes || size == nullptr || *size < 2)) return 0;
  // open, read, write and truncate are those that the kernel may interrupt.
  if (kind == Kind::kInterrupt && !moves_bytes && call != Call::kOpen) return 0;
  if (kind == Kind::kSync && call != Call::kSync) return 0;
  const std::size_t number = calls_++;
  if (number != fault_->at && !(fault_->for_good && number > fault_->at)) return 0;
  if (!hit_) hit_ = call;
  switch (kind) {
    case Kind::kNoSpace:
      return -ENOSPC;
    case Kind::kShort:
      *size = std::max(*size / 2 / unit * unit, std::min(unit, *size));
      return 0;
    case Kind::kInterrupt:
      return -EINTR;
    default:
      return -EIO;
  }
}

int Disk::find(Node from, const std::string& path, Place* out) const {
  *out = {from, ""};
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, end - at);
    at = end + 1;
    if (name.empty() || name == ".") continue;
    if (!out->name.empty()) {
      const auto& names = platter_.names(out->dir);
      const auto found = names.find(out->name);
      if (found == names.end()) return -ENOENT;
      if (!platter_.is_dir(found->second)) return -ENOTDIR;
      out->dir = found->second;
    }
    out->name = name;
  }
  return 0;
}

int Disk::open_beneath(Node from, const std::string& path, int flags) {
  if (const int result = trouble(Call::kOpen); result < 0) return result;
  Place place;
  if (const int result = find(from, path, &place); result < 0) return result;
  Node node = place.dir;
  if (!place.name.empty()) {
    const auto& names = platter_.names(place.dir);
    const auto found = names.find(place.name);
    if (found != names.end()) {
      if ((flags & O_EXCL) != 0) return -EEXIST;
      node = found->second;
    } else if ((flags & O_CREAT) == 0) {
      return -ENOENT;
    } else {
      if (const int result = trouble(Call::kNames); result < 0) return result;
      node = platter_.next();
      happen(
          {.kind = Event::Kind::kMakeFile, .node = place.dir, .child = node, .name = place.name});
    }
  }
  if ((flags & O_DIRECTORY) != 0 && !platter_.is_dir(node)) return -ENOTDIR;
  if ((flags & O_TRUNC) != 0 && !platter_.bytes(node).empty()) {
    happen({.kind = Event::Kind::kResize, .node = node});
  }
  open_[next_file_] = node;
  if ((flags & O_DIRECT) != 0) direct_.insert(next_file_);
  return next_file_++;
}

int Disk::make_dir_beneath(Node from, const std::string& path) {
  if (const int result = trouble(Call::kNames); result < 0) return result;
  Place place;
  if (const int result = find(from, path, &place); result < 0) return result;
  if (place.name.empty() || platter_.names(place.dir).contains(place.name)) return -EEXIST;
  happen({.kind = Event::Kind::kMakeDir,
          .node = place.dir,
          .child = platter_.next(),
          .name = place.name});
  return 0;
}

int Disk::open(const std::string& path, int flags) {
  const std::lock_guard lock(mutex_);
  return open_beneath(kRoot, path, flags);
}

int Disk::make_dir(const std::string& path, unsigned /*mode*/) {
  const std::lock_guard lock(mutex_);
  return make_dir_beneath(kRoot, path);
}

int Disk::access(const std::string& path) {
  const std::lock_guard lock(mutex_);
  Place place;
  if (const int result = find(kRoot, path, &place); result < 0) return result;
  if (place.name.empty() || platter_.names(place.dir).contains(place.name)) return 0;
  return -ENOENT;
}

int Disk::open_at(int dir, const std::string& name, int flags, unsigned /*mode*/) {
  const std::lock_guard lock(mutex_);
  return open_beneath(node_of(dir), name, flags);
}

int Disk::make_dir_at(int dir, const std::string& name, unsigned /*mode*/) {
  const std::lock_guard lock(mutex_);
  return make_dir_beneath(node_of(dir), name);
}

int Disk::unlink_at(int dir, const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kNames); result < 0) return result;
  Place place;
  if (const int result = find(node_of(dir), name, &place); result < 0) return result;
  const auto& names = platter_.names(place.dir);
  const auto found = names.find(place.name);
  if (found == names.end()) return -ENOENT;
  happen({.kind = Event::Kind::kUnlink,
          .node = place.dir,
          .child = found->second,
          .name = place.name});
  return 0;
}

int Disk::rename_at(int dir, const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kNames); result < 0) return result;
  Place source;
  Place target;
  if (const int result = find(node_of(dir), from, &source); result < 0) return result;
  if (const int result = find(node_of(dir), to, &target); result < 0) return result;
  const auto& names = platter_.names(source.dir);
  const auto found = names.find(source.name);
  if (found == names.end()) return -ENOENT;
  happen({.kind = Event::Kind::kRename,
          .node = source.dir,
          .child = found->second,
          .to = target.dir,
          .name = source.name,
          .to_name = target.name});
  return 0;
}

int Disk::list(int dir, std::vector<std::string>* names) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kLook); result < 0) return result;
  for (const auto& [name, node] : platter_.names(node_of(dir))) names->push_back(name);
  return 0;
}

void Disk::hold(std::function<void()> reached) {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
  reached_ = std::move(reached);
}

void Disk::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  reached_ = nullptr;
  released_.notify_all();
}

long Disk::write(int file, const char* bytes, std::size_t size, std::uint64_t offset) {
  std::unique_lock lock(mutex_);
  if (is_held_ && reached_) std::exchange(reached_, nullptr)();
  released_.wait(lock, [this] { return !is_held_; });
  const bool is_direct = direct_.contains(file);
  if (is_direct && !is_aligned(bytes, size, offset)) return -EINVAL;
  if (const int result = trouble(Call::kWrite, &size, is_direct ? kDirectUnit : 1); result < 0) {
    return result;
  }
  happen({.kind = Event::Kind::kWrite,
          .node = node_of(file),
          .offset = offset,
          .bytes = std::string(bytes, size)});
  return static_cast<long>(size);
}

long Disk::read(int file, char* out, std::size_t size, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kRead, &size); result < 0) return result;
  const std::string& bytes = platter_.bytes(node_of(file));
  if (offset >= bytes.size()) return 0;
  size = std::min<std::size_t>(size, bytes.size() - offset);
  std::memcpy(out, bytes.data() + offset, size);
  return static_cast<long>(size);
}

int Disk::allocate(int file, std::uint64_t offset, std::uint64_t length) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kWrite); result < 0) return result;
  const Node node = node_of(file);
  if (platter_.bytes(node).size() < offset + length) {
    happen({.kind = Event::Kind::kResize, .node = node, .offset = offset + length});
  }
  return 0;
}

int Disk::truncate(int file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kWrite); result < 0) return result;
  happen({.kind = Event::Kind::kResize, .node = node_of(file), .offset = size});
  return 0;
}

int Disk::sync_data(int file) {
  return sync(file);
}

int Disk::sync(int file) {
  const std::lock_guard lock(mutex_);
  const int result = trouble(Call::kSync);
  happen(
      {.kind = result < 0 ? Event::Kind::kSyncFailed : Event::Kind::kSync, .node = node_of(file)});
  return result;
}

long Disk::size(int file) {
  const std::lock_guard lock(mutex_);
  if (const int result = trouble(Call::kLook); result < 0) return result;
  return static_cast<long>(platter_.bytes(node_of(file)).size());
}

int Disk::change_mode(int /*file*/, unsigned /*mode*/) {
  return 0;
}

int Disk::lock(int file) {
  const std::lock_guard lock(mutex_);
  return locks_.emplace(node_of(file), file).second ? 0 : -EWOULDBLOCK;
}

int Disk::space(int /*file*/, fs::Space* out) {
  const std::lock_guard lock(mutex_);
  constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40;
  const std::uint64_t total = limit_ == 0 ? kPlenty : limit_;
  *out = {total - std::min(total, platter_.size()), total};
  return 0;
}

void Disk::close(int file) {
  const std::lock_guard lock(mutex_);
  const auto found = locks_.find(node_of(file));
  if (found != locks_.end() && found->second == file) locks_.erase(found);
  open_.erase(file);
  direct_.erase(file);
}

}  // namespace muzn::sim
