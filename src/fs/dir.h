// A directory held open, and what happens to names beneath it. Every name is relative to it and is
// resolved by openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), so no name and no symbolic link
// leads out of it. Errors as in fs/file.h. All calls block. Threads: safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fs/file.h"

namespace muzn::fs {

inline constexpr unsigned kPrivateFile = 0600;  // secrets and all data
inline constexpr unsigned kPrivateDir = 0700;
inline constexpr unsigned kPublicFile = 0644;

class Dir {
 public:
  // open(O_DIRECTORY). The path may hold symbolic links: the operator chose it.
  static Result<Dir> open(const std::string& path, Disk& disk = kernel());
  // The same, after make_dirs(path).
  static Result<Dir> open_or_create(const std::string& path, Disk& disk = kernel());

  // openat2(O_CREAT | O_EXCL | O_RDWR). The name is durable only after sync() of its directory.
  Result<File> create(const std::string& name, unsigned mode = kPrivateFile) const;
  // openat2(O_RDONLY) and openat2(O_RDWR).
  Result<File> open_read(const std::string& name) const;
  Result<File> open_write(const std::string& name) const;
  // openat2(O_RDWR | O_DIRECT): see File::write_at(). Errors also: kUnavailable where the file
  // system has no direct I/O.
  Result<File> open_direct(const std::string& name) const;

  // Makes each missing directory of `name` and makes them durable: mkdirat, then fsync of the
  // parent of each one that was made or may not be durable yet.
  Result<void> make_dirs(const std::string& name) const;
  // mkdirat of the last name only. Success when it is there already. Not durable before sync() of
  // the parent.
  Result<void> make_dir(const std::string& name) const;
  // fsync of this directory, or of `name` beneath it: creations, renames and unlinks in it are
  // durable when it returns. Never retry after an error.
  Result<void> sync() const;
  Result<void> sync(const std::string& name) const;

  // renameat within the directory of `name`, over a file that may stand there; `last` is the new
  // last name. Not durable before sync() of that directory. REQUIRES no '/' in `last`.
  Result<void> rename(const std::string& name, const std::string& last) const;
  // unlinkat. Not durable before sync().
  Result<void> unlink(const std::string& name) const;
  // Names (no "." and "..") in `name`, or in this directory when it is ".", sorted.
  Result<std::vector<std::string>> list(const std::string& name) const;
  // openat2(O_PATH | O_NOFOLLOW) succeeds.
  bool exists(const std::string& name) const;

  // Replaces the file whole and durably: openat2(NAME.tmp, O_CREAT | O_TRUNC), write, fsync,
  // renameat, fsync of this directory. REQUIRES one writer of `name` at a time, and no '/' in it.
  // After a crash the file holds the old bytes or the new ones.
  Result<void> write_durably(const std::string& name, std::string_view bytes,
                             unsigned mode = kPrivateFile) const;
  // All of a small file. Errors: kLimit when it is longer than `limit` bytes.
  Result<std::string> read_file(const std::string& name, std::size_t limit) const;

  // fstatvfs.
  Result<Space> space() const;

  // flock(LOCK_EX | LOCK_NB) on the file `name`, made when missing. The lock lives as long as the
  // Fd. Errors: kUnavailable, with a text for people, while another process holds it.
  Result<Fd> lock(const std::string& name) const;

  // The same on this directory itself, for as long as this object lives; writes nothing.
  Result<void> lock() const;

  const std::string& path() const { return path_; }  // for texts

 private:
  Dir(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Result<Fd> open_beneath(const std::string& name, int flags, unsigned mode) const;

  Disk& disk() const { return fd_.disk(); }

  Fd fd_;
  std::string path_;
};

// The same verbs on a path that a person gave (configuration, certificates, command line), or that
// the system has.
Result<File> open_read(const std::string& path);
Result<std::string> read_file(const std::string& path, std::size_t limit);
Result<void> write_durably(const std::string& path, std::string_view bytes,
                           unsigned mode = kPrivateFile);
// One spelling for each directory: absolute, without symbolic links as far as they can be followed.
std::string canonical_path(const std::string& path);
// Every missing directory of `path`, durably: mkdir, then fsync of the parent.
Result<void> make_dirs(const std::string& path, Disk& disk = kernel());

}  // namespace muzn::fs
