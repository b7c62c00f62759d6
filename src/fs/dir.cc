#include "fs/dir.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace muzn::fs {
namespace {

// The directory part of a path and its last name; "." stands for an absent directory part.
struct Split {
  std::string parent;
  std::string name;
};

Split split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  if (slash == 0) return {"/", path.substr(1)};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

Result<void> sync_fd(const Fd& fd, const std::string& what) {
  const int result = fd.disk().sync(fd.get());
  if (result < 0) return errno_error(-result, "fsync " + what);
  return {};
}

// Does not trust the size: it is 0 for what the kernel makes up on reading.
Result<std::string> read_whole(const File& file, const std::string& name, std::size_t limit) {
  constexpr std::size_t kStepBytes = 16U << 10;
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + kStepBytes);
    TRY(const std::size_t got, file.read_at(before, std::span(out).subspan(before)));
    out.resize(before + got);
    if (out.size() > limit) {
      return fail(Code::kLimit, name + " is longer than " + std::to_string(limit) + " bytes");
    }
    if (got < kStepBytes) return out;
  }
}

// `name` is what is locked in the directory `path`; "" = itself.
Result<void> lock_fd(const Fd& fd, const std::string& path, const std::string& name) {
  int result = 0;
  do {
    result = fd.disk().lock(fd.get());
  } while (result == -EINTR);
  if (result == 0) return {};
  if (result == -EWOULDBLOCK) {
    return fail(Code::kUnavailable,
                path + " is in use by another process" +
                    (name.empty() ? std::string() : " (it holds the lock " + name + ")"));
  }
  return errno_error(-result, "flock " + path + "/" + name);
}

// By a path that a person gave; -errno.
int open_path(Disk& disk, const std::string& path, int flags) {
  for (;;) {
    const int fd = disk.open(path, flags);
    if (fd != -EINTR) return fd;
  }
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<Dir> Dir::open(const std::string& path, Disk& disk) {
  const int fd = open_path(disk, path, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return errno_error(-fd, "open directory " + path);
  return Dir(Fd(fd, disk), path);
}

Result<Dir> Dir::open_or_create(const std::string& path, Disk& disk) {
  TRY_VOID(fs::make_dirs(path, disk));
  return open(path, disk);
}

Result<Fd> Dir::open_beneath(const std::string& name, int flags, unsigned mode) const {
  for (;;) {
    const int fd = disk().open_at(fd_.get(), name, flags, mode);
    if (fd >= 0) return Fd(fd, disk());
    // EAGAIN: a rename elsewhere made the kernel unsure that the path stays beneath.
    if (fd != -EINTR && fd != -EAGAIN) return errno_error(-fd, "open " + path_ + "/" + name);
  }
}

Result<File> Dir::create(const std::string& name, unsigned mode) const {
  TRY(Fd fd, open_beneath(name, O_CREAT | O_EXCL | O_RDWR, mode));
  return File(std::move(fd), name);
}

Result<File> Dir::open_read(const std::string& name) const {
  TRY(Fd fd, open_beneath(name, O_RDONLY, 0));
  return File(std::move(fd), name);
}

Result<File> Dir::open_write(const std::string& name) const {
  TRY(Fd fd, open_beneath(name, O_RDWR, 0));
  return File(std::move(fd), name);
}

Result<File> Dir::open_direct(const std::string& name) const {
  TRY(Fd fd, open_beneath(name, O_RDWR | O_DIRECT, 0));
  return File(std::move(fd), name);
}

Result<void> Dir::make_dirs(const std::string& name) const {
  const Split parts = split(name);
  if (parts.parent != ".") TRY_VOID(make_dirs(parts.parent));
  TRY(const Fd parent, open_beneath(parts.parent, O_RDONLY | O_DIRECTORY, 0));
  // EEXIST still syncs the parent: whoever made it may have crashed, or be, before its own sync.
  const int made = disk().make_dir_at(parent.get(), parts.name, kPrivateDir);
  if (made < 0 && made != -EEXIST) return errno_error(-made, "mkdir " + path_ + "/" + name);
  return sync_fd(parent, path_ + "/" + parts.parent);
}

Result<void> Dir::make_dir(const std::string& name) const {
  const Split parts = split(name);
  TRY(const Fd parent, open_beneath(parts.parent, O_PATH | O_DIRECTORY, 0));
  const int made = disk().make_dir_at(parent.get(), parts.name, kPrivateDir);
  if (made < 0 && made != -EEXIST) return errno_error(-made, "mkdir " + path_ + "/" + name);
  return {};
}

Result<void> Dir::sync() const {
  return sync_fd(fd_, path_);
}

Result<void> Dir::sync(const std::string& name) const {
  TRY(const Fd fd, open_beneath(name, O_RDONLY | O_DIRECTORY, 0));
  return sync_fd(fd, path_ + "/" + name);
}

Result<void> Dir::rename(const std::string& name, const std::string& last) const {
  CHECK(last.find('/') == std::string::npos);
  const Split parts = split(name);
  TRY(const Fd parent, open_beneath(parts.parent, O_PATH | O_DIRECTORY, 0));
  const int renamed = disk().rename_at(parent.get(), parts.name, last);
  if (renamed < 0) return errno_error(-renamed, "rename " + path_ + "/" + name);
  return {};
}

Result<void> Dir::unlink(const std::string& name) const {
  const Split parts = split(name);
  TRY(const Fd parent, open_beneath(parts.parent, O_PATH | O_DIRECTORY, 0));
  const int gone = disk().unlink_at(parent.get(), parts.name);
  if (gone < 0) return errno_error(-gone, "unlink " + path_ + "/" + name);
  return {};
}

Result<std::vector<std::string>> Dir::list(const std::string& name) const {
  TRY(const Fd fd, open_beneath(name, O_RDONLY | O_DIRECTORY, 0));
  std::vector<std::string> out;
  const int result = disk().list(fd.get(), &out);
  if (result < 0) return errno_error(-result, "readdir " + name);
  std::sort(out.begin(), out.end());
  return out;
}

bool Dir::exists(const std::string& name) const {
  return open_beneath(name, O_PATH | O_NOFOLLOW, 0).has_value();
}

Result<void> Dir::write_durably(const std::string& name, std::string_view bytes,
                                unsigned mode) const {
  const std::string temporary = name + ".tmp";
  TRY(Fd fd, open_beneath(temporary, O_CREAT | O_TRUNC | O_RDWR, mode));
  // A left-over of a crash keeps its old mode, and the umask may have narrowed a new one.
  const int changed = disk().change_mode(fd.get(), mode);
  if (changed < 0) return errno_error(-changed, "chmod " + path_ + "/" + temporary);
  File file(std::move(fd), temporary);
  TRY_VOID(file.write_at(0, bytes));
  const int synced = disk().sync(file.fd());
  if (synced < 0) return errno_error(-synced, "fsync " + path_ + "/" + temporary);
  const int renamed = disk().rename_at(fd_.get(), temporary, name);
  if (renamed < 0) return errno_error(-renamed, "rename " + path_ + "/" + temporary);
  return sync();
}

Result<std::string> Dir::read_file(const std::string& name, std::size_t limit) const {
  TRY(const File file, open_read(name));
  return read_whole(file, name, limit);
}

Result<Space> Dir::space() const {
  Space out;
  int result = 0;
  do {
    result = disk().space(fd_.get(), &out);
  } while (result == -EINTR);
  if (result < 0) return errno_error(-result, "statvfs " + path_);
  return out;
}

Result<void> Dir::lock() const {
  return lock_fd(fd_, path_, "");
}

Result<Fd> Dir::lock(const std::string& name) const {
  TRY(Fd fd, open_beneath(name, O_CREAT | O_RDWR, kPrivateFile));
  TRY_VOID(lock_fd(fd, path_, name));
  return fd;
}

Result<File> open_read(const std::string& path) {
  const int fd = open_path(kernel(), path, O_RDONLY);
  if (fd < 0) return errno_error(-fd, "open " + path);
  return File(Fd(fd), path);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  TRY(const File file, open_read(path));
  return read_whole(file, path, limit);
}

Result<void> write_durably(const std::string& path, std::string_view bytes, unsigned mode) {
  const Split parts = split(path);
  TRY(const Dir dir, Dir::open(parts.parent));
  return dir.write_durably(parts.name, bytes, mode);
}

std::string canonical_path(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  const auto found = std::filesystem::weakly_canonical(absolute, error);
  return without_trailing_slashes((error ? absolute.lexically_normal() : found).string());
}

Result<void> make_dirs(const std::string& path, Disk& disk) {
  const Split parts = split(without_trailing_slashes(path));
  if (parts.name.empty() || parts.name == "." || parts.name == "..") return {};
  // Also where the parent stands: whoever made it may have been killed before its own sync.
  if (disk.access(path) < 0) TRY_VOID(make_dirs(parts.parent, disk));
  const int made = disk.make_dir(path, kPrivateDir);
  if (made < 0 && made != -EEXIST) return errno_error(-made, "mkdir " + path);
  const Fd parent(open_path(disk, parts.parent, O_RDONLY | O_DIRECTORY), disk);
  if (parent.get() < 0) {
    // A directory that stood before may lie in one that we may not read: nothing to make durable.
    if (made < 0) return {};
    return errno_error(-parent.get(), "open directory " + parts.parent);
  }
  return sync_fd(parent, parts.parent);
}

}  // namespace muzn::fs
