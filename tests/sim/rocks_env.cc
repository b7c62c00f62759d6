#include "sim/rocks_env.h"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cerrno>
#include <deque>
#include <mutex>
#include <vector>

#include "base/error.h"

namespace muzn::sim {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// As RocksDB's own file system answers.
IOStatus status(long answer, const std::string& name) {
  if (answer >= 0) return IOStatus::OK();
  switch (answer) {
    case -ENOENT:
      return IOStatus::PathNotFound(name);
    case -ENOSPC: {
      IOStatus out = IOStatus::NoSpace(name);
      out.SetRetryable(true);
      return out;
    }
    default:
      return IOStatus::IOError(name, "errno " + std::to_string(-answer));
  }
}

// An open file with its number; retries what RocksDB's own code retries.
class Handle {
 public:
  Handle(fs::Disk& disk, int file, std::string name)
      : disk_(disk), file_(file), name_(std::move(name)) {}
  ~Handle() {
    if (file_ >= 0) disk_.close(file_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  IOStatus write(Slice bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
      const long put = disk_.write(file_, bytes.data(), bytes.size(), offset);
      if (put == -EINTR) continue;
      if (put < 0) return status(put, name_);
      bytes.remove_prefix(static_cast<std::size_t>(put));
      offset += static_cast<std::uint64_t>(put);
    }
    return IOStatus::OK();
  }
  IOStatus read(std::uint64_t offset, std::size_t size, Slice* result, char* scratch) const {
    std::size_t done = 0;
    while (done < size) {
      const long got = disk_.read(file_, scratch + done, size - done, offset + done);
      if (got == -EINTR) continue;
      if (got < 0) return status(got, name_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    *result = Slice(scratch, done);
    return IOStatus::OK();
  }
  IOStatus sync() { return status(disk_.sync(file_), name_); }
  IOStatus resize(std::uint64_t size) { return status(disk_.truncate(file_, size), name_); }
  long size() const { return disk_.size(file_); }
  int file() const { return file_; }

 private:
  fs::Disk& disk_;
  const int file_;
  const std::string name_;
};

class Sequential final : public rocksdb::FSSequentialFile {
 public:
  explicit Sequential(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
  IOStatus Read(std::size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    const IOStatus out = handle_->read(at_, n, result, scratch);
    at_ += result->size();
    return out;
  }
  IOStatus Skip(std::uint64_t n) override {
    at_ += n;
    return IOStatus::OK();
  }

 private:
  const std::unique_ptr<Handle> handle_;
  std::uint64_t at_ = 0;
};

class RandomAccess final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccess(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
  IOStatus Read(std::uint64_t offset, std::size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return handle_->read(offset, n, result, scratch);
  }

 private:
  const std::unique_ptr<Handle> handle_;
};

class Writable final : public rocksdb::FSWritableFile {
 public:
  Writable(std::unique_ptr<Handle> handle, std::uint64_t size)
      : handle_(std::move(handle)), size_(size) {}
  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    const IOStatus out = handle_->write(data, size_);
    if (out.ok()) size_ += data.size();
    return out;
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    size_ = size;
    return handle_->resize(size);
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override {
    handle_.reset();
    return IOStatus::OK();
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return handle_->sync(); }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  std::unique_ptr<Handle> handle_;
  std::uint64_t size_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  explicit Directory(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return handle_->sync(); }

 private:
  const std::unique_ptr<Handle> handle_;
};

class Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}

 private:
  const std::unique_ptr<Handle> handle_;
};

class Silent final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
  std::size_t GetLogFileSize() const override { return 0; }
};

class FileSystem final : public rocksdb::FileSystem {
 public:
  explicit FileSystem(fs::Disk& disk) : disk_(disk), root_(disk, disk.open("/", O_DIRECTORY), "/") {
    CHECK(root_.file() >= 0);
  }
  const char* Name() const override { return "simulated"; }

  IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    return make<Sequential>(name, O_RDONLY, result);
  }
  IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    return make<RandomAccess>(name, O_RDONLY, result);
  }
  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    return make<Writable>(name, O_CREAT | O_TRUNC | O_RDWR, result, std::uint64_t{0});
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext*) override {
    std::unique_ptr<Handle> handle;
    IOStatus opened = open(name, O_CREAT | O_RDWR, &handle);
    if (!opened.ok()) return opened;
    const long size = handle->size();
    if (size < 0) return status(size, name);
    *result = std::make_unique<Writable>(std::move(handle), static_cast<std::uint64_t>(size));
    return opened;
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    return make<Directory>(name, O_RDONLY | O_DIRECTORY, result);
  }

  IOStatus FileExists(const std::string& name, const IOOptions&, IODebugContext*) override {
    std::unique_ptr<Handle> handle;
    const IOStatus out = open(name, O_RDONLY, &handle);
    return out.IsPathNotFound() ? IOStatus::NotFound() : out;
  }
  IOStatus GetChildren(const std::string& name, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    std::unique_ptr<Handle> handle;
    IOStatus out = open(name, O_RDONLY | O_DIRECTORY, &handle);
    if (!out.ok()) return out;
    result->clear();
    return status(disk_.list(handle->file(), result), name);
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions&, IODebugContext*) override {
    return status(disk_.unlink_at(root_.file(), name), name);
  }
  IOStatus CreateDir(const std::string& name, const IOOptions&, IODebugContext*) override {
    return status(disk_.make_dir_at(root_.file(), name, 0700), name);
  }
  IOStatus CreateDirIfMissing(const std::string& name, const IOOptions&, IODebugContext*) override {
    const int made = disk_.make_dir_at(root_.file(), name, 0700);
    return status(made == -EEXIST ? 0 : made, name);
  }
  IOStatus DeleteDir(const std::string& name, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported(name);
  }
  IOStatus GetFileSize(const std::string& name, const IOOptions&, std::uint64_t* size,
                       IODebugContext*) override {
    std::unique_ptr<Handle> handle;
    IOStatus out = open(name, O_RDONLY, &handle);
    if (!out.ok()) return out;
    const long got = handle->size();
    *size = got < 0 ? 0 : static_cast<std::uint64_t>(got);
    return status(got, name);
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, std::uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    return status(disk_.rename_at(root_.file(), from, to), from);
  }
  IOStatus LockFile(const std::string& name, const IOOptions&, rocksdb::FileLock** lock,
                    IODebugContext*) override {
    std::unique_ptr<Handle> handle;
    IOStatus out = open(name, O_CREAT | O_RDWR, &handle);
    if (!out.ok()) return out;
    const int locked = disk_.lock(handle->file());
    if (locked < 0) return status(locked, "lock " + name);
    *lock = new Lock(std::move(handle));  // UnlockFile() takes it back
    return out;
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    delete lock;
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/";
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* result,
                     IODebugContext*) override {
    *result = std::make_shared<Silent>();
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                           IODebugContext*) override {
    *result = path;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& name, const IOOptions&, bool* is,
                       IODebugContext*) override {
    std::unique_ptr<Handle> handle;
    *is = open(name, O_RDONLY | O_DIRECTORY, &handle).ok();
    return IOStatus::OK();
  }

 private:
  IOStatus open(const std::string& name, int flags, std::unique_ptr<Handle>* handle) {
    int file = 0;
    do {
      file = disk_.open_at(root_.file(), name, flags, 0600);
    } while (file == -EINTR);
    if (file < 0) return status(file, name);
    *handle = std::make_unique<Handle>(disk_, file, name);
    return IOStatus::OK();
  }
  template <class T, class Base, class... More>
  IOStatus make(const std::string& name, int flags, std::unique_ptr<Base>* result, More... more) {
    std::unique_ptr<Handle> handle;
    IOStatus opened = open(name, flags, &handle);
    if (opened.ok()) *result = std::make_unique<T>(std::move(handle), more...);
    return opened;
  }

  fs::Disk& disk_;
  const Handle root_;
};

class Env final : public rocksdb::EnvWrapper {
 public:
  explicit Env(std::shared_ptr<rocksdb::FileSystem> files)
      : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
    file_system_ = std::move(files);
  }

  void Schedule(void (*function)(void*), void* arg, Priority priority, void* tag,
                void (*drop)(void*)) override {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({function, arg, priority, tag, drop});
  }
  int UnSchedule(void* tag, Priority priority) override {
    std::vector<Job> dropped;
    {
      const std::lock_guard lock(mutex_);
      std::deque<Job> left;
      for (Job& job : jobs_) {
        const bool is_meant = job.tag == tag && job.priority == priority;
        if (is_meant) {
          dropped.push_back(job);
        } else {
          left.push_back(job);
        }
      }
      jobs_ = std::move(left);
    }
    for (const Job& job : dropped) {
      if (job.drop != nullptr) job.drop(job.arg);
    }
    return static_cast<int>(dropped.size());
  }
  unsigned GetThreadPoolQueueLen(Priority) const override { return 0; }
  void SleepForMicroseconds(int) override {}  // after a failed job, "to not hammer the disk"

  void run_jobs() {
    for (;;) {
      Job next;
      {
        const std::lock_guard lock(mutex_);
        if (jobs_.empty()) return;
        next = jobs_.front();
        jobs_.pop_front();
      }
      next.function(next.arg);
    }
  }

 private:
  struct Job {
    void (*function)(void*) = nullptr;
    void* arg = nullptr;
    Priority priority = LOW;
    void* tag = nullptr;
    void (*drop)(void*) = nullptr;
  };
  std::mutex mutex_;  // guards jobs_
  std::deque<Job> jobs_;
};

class EnvHolder final : public RocksEnv {
 public:
  explicit EnvHolder(fs::Disk& disk) : env_(std::make_shared<FileSystem>(disk)) {}
  rocksdb::Env* get() override { return &env_; }
  void run_jobs() override { env_.run_jobs(); }

 private:
  Env env_;
};

}  // namespace

std::unique_ptr<RocksEnv> make_rocks_env(fs::Disk& disk) {
  return std::make_unique<EnvHolder>(disk);
}

}  // namespace muzn::sim
