#include "fs/dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

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
  if (::fsync(fd.get()) < 0) return errno_error(errno, "fsync " + what);
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

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<Dir> Dir::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno_error(errno, "open directory " + path);
  return Dir(Fd(fd), path);
}

Result<Dir> Dir::open_or_create(const std::string& path) {
  TRY_VOID(fs::make_dirs(path));
  return open(path);
}

Result<Fd> Dir::open_beneath(const std::string& name, int flags, unsigned mode) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    const long fd = ::syscall(SYS_openat2, fd_.get(), name.c_str(), &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    // EAGAIN: a rename elsewhere made the kernel unsure that the path stays beneath.
    if (errno != EINTR && errno != EAGAIN) return errno_error(errno, "open " + path_ + "/" + name);
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

Result<void> Dir::make_dirs(const std::string& name) const {
  const Split parts = split(name);
  if (parts.parent != ".") TRY_VOID(make_dirs(parts.parent));
  TRY(const Fd parent, open_beneath(parts.parent, O_RDONLY | O_DIRECTORY, 0));
  // EEXIST still syncs the parent: whoever made it may have crashed, or be, before its own sync.
  if (::mkdirat(parent.get(), parts.name.c_str(), kPrivateDir) < 0 && errno != EEXIST) {
    return errno_error(errno, "mkdir " + path_ + "/" + name);
  }
  return sync_fd(parent, path_ + "/" + parts.parent);
}

Result<void> Dir::make_dir(const std::string& name) const {
  const Split parts = split(name);
  TRY(const Fd parent, open_beneath(parts.parent, O_PATH | O_DIRECTORY, 0));
  if (::mkdirat(parent.get(), parts.name.c_str(), kPrivateDir) < 0 && errno != EEXIST) {
    return errno_error(errno, "mkdir " + path_ + "/" + name);
  }
  return {};
}

Result<void> Dir::sync() const {
  return sync_fd(fd_, path_);
}

Result<void> Dir::sync(const std::string& name) const {
  TRY(const Fd fd, open_beneath(name, O_RDONLY | O_DIRECTORY, 0));
  return sync_fd(fd, path_ + "/" + name);
}

Result<void> Dir::unlink(const std::string& name) const {
  const Split parts = split(name);
  TRY(const Fd parent, open_beneath(parts.parent, O_PATH | O_DIRECTORY, 0));
  if (::unlinkat(parent.get(), parts.name.c_str(), 0) < 0) {
    return errno_error(errno, "unlink " + path_ + "/" + name);
  }
  return {};
}

Result<std::vector<std::string>> Dir::list(const std::string& name) const {
  TRY(const Fd fd, open_beneath(name, O_RDONLY | O_DIRECTORY, 0));
  const int own = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);  // closedir closes what it was given
  if (own < 0) return errno_error(errno, "dup " + name);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), &::closedir);
  if (!stream) {
    const int error = errno;
    ::close(own);
    return errno_error(error, "opendir " + name);
  }
  std::vector<std::string> out;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view found = entry->d_name;
    if (found != "." && found != "..") out.emplace_back(found);
  }
  if (errno != 0) return errno_error(errno, "readdir " + name);
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
  if (::fchmod(fd.get(), mode) < 0) return errno_error(errno, "chmod " + path_ + "/" + temporary);
  File file(std::move(fd), temporary);
  TRY_VOID(file.write_at(0, bytes));
  if (::fsync(file.fd()) < 0) return errno_error(errno, "fsync " + path_ + "/" + temporary);
  if (::renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) < 0) {
    return errno_error(errno, "rename " + path_ + "/" + temporary);
  }
  return sync();
}

Result<std::string> Dir::read_file(const std::string& name, std::size_t limit) const {
  TRY(const File file, open_read(name));
  return read_whole(file, name, limit);
}

Result<Space> Dir::space() const {
  struct statvfs info{};
  int result = 0;
  do {
    result = ::fstatvfs(fd_.get(), &info);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return errno_error(errno, "statvfs " + path_);
  return Space{info.f_bavail * info.f_frsize, info.f_blocks * info.f_frsize};
}

Result<Fd> Dir::lock(const std::string& name) const {
  TRY(Fd fd, open_beneath(name, O_CREAT | O_RDWR, kPrivateFile));
  int result = 0;
  do {
    result = ::flock(fd.get(), LOCK_EX | LOCK_NB);
  } while (result < 0 && errno == EINTR);
  if (result == 0) return fd;
  if (errno == EWOULDBLOCK) {
    return fail(Code::kUnavailable,
                path_ + " is in use by another process (it holds the lock " + name + ")");
  }
  return errno_error(errno, "flock " + path_ + "/" + name);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_error(errno, "open " + path);
  return read_whole(File(Fd(fd), path), path, limit);
}

Result<void> write_durably(const std::string& path, std::string_view bytes, unsigned mode) {
  const Split parts = split(path);
  TRY(const Dir dir, Dir::open(parts.parent));
  return dir.write_durably(parts.name, bytes, mode);
}

Result<void> make_dirs(const std::string& path) {
  const Split parts = split(without_trailing_slashes(path));
  if (parts.name.empty() || parts.name == "." || parts.name == "..") return {};
  if (::access(parts.parent.c_str(), F_OK) < 0) TRY_VOID(make_dirs(parts.parent));
  const bool made = ::mkdir(path.c_str(), kPrivateDir) == 0;
  if (!made && errno != EEXIST) return errno_error(errno, "mkdir " + path);
  const Fd parent(::open(parts.parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0) {
    // A directory that stood before may lie in one that we may not read: nothing to make durable.
    if (!made) return {};
    return errno_error(errno, "open directory " + parts.parent);
  }
  return sync_fd(parent, parts.parent);
}

}  // namespace muzn::fs
