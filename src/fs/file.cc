#include "fs/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace muzn::fs {

std::unexpected<Error> errno_error(int error, std::string_view tried) {
  Code code = Code::kUnavailable;
  switch (error) {
    case ENOENT:
      code = Code::kNotFound;
      break;
    case EEXIST:
      code = Code::kExists;
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      code = Code::kNoSpace;
      break;
    case EXDEV:  // openat2: the path leaves the directory
    case ELOOP:
      code = Code::kInvalid;
      break;
    default:
      break;
  }
  const char* text = ::strerrordesc_np(error);
  return fail(code, std::string(tried) + ": " + (text != nullptr ? text : "unknown error"));
}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> File::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      return errno_error(errno, "write " + name_);
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<char> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        ::pread(fd_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno_error(errno, "read " + name_);
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> File::allocate(std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return {};
  int result = 0;
  do {
    result = ::fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(length));
  } while (result < 0 && errno == EINTR);
  if (result < 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    return errno_error(errno, "fallocate " + name_);
  }
  return {};
}

Result<void> File::resize(std::uint64_t size) {
  int result = 0;
  do {
    result = ::ftruncate(fd_.get(), static_cast<off_t>(size));
  } while (result < 0 && errno == EINTR);
  if (result < 0) return errno_error(errno, "ftruncate " + name_);
  return {};
}

Result<void> File::sync_data() {
  if (::fdatasync(fd_.get()) < 0) return errno_error(errno, "fdatasync " + name_);
  return {};
}

Result<std::uint64_t> File::size() const {
  struct stat info{};
  if (::fstat(fd_.get(), &info) < 0) return errno_error(errno, "fstat " + name_);
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace muzn::fs
