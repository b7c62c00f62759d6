// The system calls that fs makes, one virtual function for each: the seam at which a test puts a
// disk of its own under the whole engine. kernel() is the real one; beside a system call, a virtual
// call costs nothing.
//
// As in the kernel: a negative answer is -errno, a file is a small number, and nothing is retried
// here. Threads: safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace muzn::fs {

struct Space {
  std::uint64_t free_bytes = 0;  // to unprivileged writers
  std::uint64_t total_bytes = 0;
};

class Disk {
 public:
  Disk() = default;
  virtual ~Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // By a path that a person gave: open(2), mkdir(2), access(F_OK). `mode` counts with O_CREAT only.
  virtual int open(const std::string& path, int flags) = 0;
  virtual int make_dir(const std::string& path, unsigned mode) = 0;
  virtual int access(const std::string& path) = 0;

  // Beneath an open directory: openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), mkdirat, unlinkat,
  // renameat within the directory.
  virtual int open_at(int dir, const std::string& name, int flags, unsigned mode) = 0;
  virtual int make_dir_at(int dir, const std::string& name, unsigned mode) = 0;
  virtual int unlink_at(int dir, const std::string& name) = 0;
  virtual int rename_at(int dir, const std::string& from, const std::string& to) = 0;
  // readdir to the end; no "." and "..", in any order.
  virtual int list(int dir, std::vector<std::string>* names) = 0;

  virtual long write(int file, const char* bytes, std::size_t size, std::uint64_t offset) = 0;
  virtual long read(int file, char* out, std::size_t size, std::uint64_t offset) = 0;
  virtual int allocate(int file, std::uint64_t offset, std::uint64_t length) = 0;  // fallocate(0)
  virtual int truncate(int file, std::uint64_t size) = 0;
  virtual int sync_data(int file) = 0;  // fdatasync
  virtual int sync(int file) = 0;       // fsync, of a directory too
  virtual long size(int file) = 0;      // fstat
  virtual int change_mode(int file, unsigned mode) = 0;
  virtual int lock(int file) = 0;  // flock(LOCK_EX | LOCK_NB)
  virtual int space(int file, Space* out) = 0;
  virtual void close(int file) = 0;
};

Disk& kernel();

}  // namespace muzn::fs
