// One open file. With dir.h the only code of this tree that makes a file-system call (through
// disk.h), and so the one place where bytes become durable. Each verb names its system calls; EINTR
// is retried inside,
// except on fdatasync and fsync, which are never retried: after a failed one the kernel may have
// dropped the dirty pages, and a second call would report success for bytes that are gone. Whoever
// gets an error from sync_data() must stop acknowledging writes to that volume.
//
// Errors, the same everywhere in fs/: kNotFound (ENOENT), kExists (EEXIST), kNoSpace (ENOSPC,
// EDQUOT, EFBIG), kInvalid (a name that leaves its directory), kUnavailable (EIO and all others).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fs/disk.h"

namespace muzn::fs {

// The Error for `error` (an errno), with what was tried in front.
std::unexpected<Error> errno_error(int error, std::string_view tried);

// Owns a file descriptor of a disk.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd, Disk& disk = kernel()) : fd_(fd), disk_(&disk) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), disk_(other.disk_) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();  // close

  int get() const { return fd_; }
  Disk& disk() const { return *disk_; }

 private:
  int fd_ = -1;
  Disk* disk_ = &kernel();
};

// All calls block. Threads: reads are safe together; writers need their own order.
class File {
 public:
  // `name` is for error texts only.
  File(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  // pwrite until all is written. After an error any part may have been written. Of a direct file
  // (Dir::open_direct) REQUIRES memory, offset and size aligned to 4096 bytes.
  Result<void> write_at(std::uint64_t offset, std::string_view bytes);
  // pread until `out` is full or the file ends; returns the count.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const;
  // fallocate(0): reserves blocks and grows the file. Success, without effect, where the file
  // system cannot.
  Result<void> allocate(std::uint64_t offset, std::uint64_t length);
  // ftruncate.
  Result<void> resize(std::uint64_t size);
  // fdatasync: the bytes and the size are on stable storage when it returns.
  Result<void> sync_data();
  // fstat.
  Result<std::uint64_t> size() const;
  int fd() const { return fd_.get(); }  // borrowed, for instance by sendfile

 private:
  Fd fd_;
  std::string name_;
};

}  // namespace muzn::fs
