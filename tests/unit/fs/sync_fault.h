// Lets the test fail fsync and fdatasync of the whole process, RocksDB's included: the program's
// own symbols come before libc's. Include it in exactly one file of a test program.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace muzn::test {
inline std::atomic<int> sync_error = 0;  // an errno; 0 = really sync
inline std::atomic<int> sync_calls = 0;
}  // namespace muzn::test

extern "C" int fdatasync(int fd) {
  ++muzn::test::sync_calls;
  errno = muzn::test::sync_error;
  return errno != 0 ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

extern "C" int fsync(int fd) {
  ++muzn::test::sync_calls;
  errno = muzn::test::sync_error;
  return errno != 0 ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}
