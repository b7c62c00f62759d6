#include "fs/file.h"

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
    if (fd_ >= 0) disk_->close(fd_);
    fd_ = std::exchange(other.fd_, -1);
    disk_ = other.disk_;
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) disk_->close(fd_);
}

Result<void> File::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const long put = fd_.disk().write(fd_.get(), bytes.data(), bytes.size(), offset);
    if (put == -EINTR) continue;
    if (put < 0) return errno_error(static_cast<int>(-put), "write " + name_);
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<char> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const long got =
        fd_.disk().read(fd_.get(), out.data() + done, out.size() - done, offset + done);
    if (got == -EINTR) continue;
    if (got < 0) return errno_error(static_cast<int>(-got), "read " + name_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> File::allocate(std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return {};
  int result = 0;
  do {
    result = fd_.disk().allocate(fd_.get(), offset, length);
  } while (result == -EINTR);
  if (result < 0 && result != -EOPNOTSUPP && result != -ENOSYS) {
    return errno_error(-result, "fallocate " + name_);
  }
  return {};
}

Result<void> File::resize(std::uint64_t size) {
  int result = 0;
  do {
    result = fd_.disk().truncate(fd_.get(), size);
  } while (result == -EINTR);
  if (result < 0) return errno_error(-result, "ftruncate " + name_);
  return {};
}

Result<void> File::sync_data() {
  const int result = fd_.disk().sync_data(fd_.get());
  if (result < 0) return errno_error(-result, "fdatasync " + name_);
  return {};
}

Result<std::uint64_t> File::size() const {
  const long result = fd_.disk().size(fd_.get());
  if (result < 0) return errno_error(static_cast<int>(-result), "fstat " + name_);
  return static_cast<std::uint64_t>(result);
}

}  // namespace muzn::fs
