// The real disk: nothing but the calls.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "fs/disk.h"

namespace muzn::fs {
namespace {

template <class T>
T or_error(T answer) {
  return answer < 0 ? static_cast<T>(-errno) : answer;
}

class Kernel final : public Disk {
 public:
  int open(const std::string& path, int flags) override {
    return or_error(::open(path.c_str(), flags | O_CLOEXEC));
  }
  int make_dir(const std::string& path, unsigned mode) override {
    return or_error(::mkdir(path.c_str(), mode));
  }
  int access(const std::string& path) override { return or_error(::access(path.c_str(), F_OK)); }

  int open_at(int dir, const std::string& name, int flags, unsigned mode) override {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = (flags & O_CREAT) != 0 ? mode : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(or_error(::syscall(SYS_openat2, dir, name.c_str(), &how, sizeof how)));
  }
  int make_dir_at(int dir, const std::string& name, unsigned mode) override {
    return or_error(::mkdirat(dir, name.c_str(), mode));
  }
  int unlink_at(int dir, const std::string& name) override {
    return or_error(::unlinkat(dir, name.c_str(), 0));
  }
  int rename_at(int dir, const std::string& from, const std::string& to) override {
    return or_error(::renameat(dir, from.c_str(), dir, to.c_str()));
  }

  int list(int dir, std::vector<std::string>* names) override {
    const int own = ::fcntl(dir, F_DUPFD_CLOEXEC, 0);  // closedir closes what it was given
    if (own < 0) return -errno;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), &::closedir);
    if (!stream) {
      const int error = errno;
      ::close(own);
      return -error;
    }
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) return -errno;
      const std::string_view found = entry->d_name;
      if (found != "." && found != "..") names->emplace_back(found);
    }
  }

  long write(int file, const char* bytes, std::size_t size, std::uint64_t offset) override {
    return or_error(::pwrite(file, bytes, size, static_cast<off_t>(offset)));
  }
  long read(int file, char* out, std::size_t size, std::uint64_t offset) override {
    return or_error(::pread(file, out, size, static_cast<off_t>(offset)));
  }
  int allocate(int file, std::uint64_t offset, std::uint64_t length) override {
    return or_error(::fallocate(file, 0, static_cast<off_t>(offset), static_cast<off_t>(length)));
  }
  int truncate(int file, std::uint64_t size) override {
    return or_error(::ftruncate(file, static_cast<off_t>(size)));
  }
  int sync_data(int file) override { return or_error(::fdatasync(file)); }
  int sync(int file) override { return or_error(::fsync(file)); }
  long size(int file) override {
    struct stat info{};
    const int result = or_error(::fstat(file, &info));
    return result < 0 ? result : static_cast<long>(info.st_size);
  }
  int change_mode(int file, unsigned mode) override { return or_error(::fchmod(file, mode)); }
  int lock(int file) override { return or_error(::flock(file, LOCK_EX | LOCK_NB)); }
  int space(int file, Space* out) override {
    struct statvfs info{};
    const int result = or_error(::fstatvfs(file, &info));
    *out = {info.f_bavail * info.f_frsize, info.f_blocks * info.f_frsize};
    return result;
  }
  void close(int file) override { ::close(file); }
};

}  // namespace

Disk& kernel() {
  static Kernel real;
  return real;
}

}  // namespace muzn::fs
