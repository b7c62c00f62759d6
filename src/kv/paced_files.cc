#include "kv/paced_files.h"

namespace muzn::kv {
namespace {

using GoOn = std::function<bool(std::uint64_t)>;

class PacedFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  PacedFile(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file, const GoOn& go_on)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), go_on_(go_on) {}

  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t n, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* dbg) const override {
    if (!go_on_(n)) return rocksdb::IOStatus::Aborted("told to stop");
    return FSRandomAccessFileOwnerWrapper::Read(offset, n, options, result, scratch, dbg);
  }
  rocksdb::IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count,
                              const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* dbg) override {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += requests[i].len;
    if (!go_on_(bytes)) return rocksdb::IOStatus::Aborted("told to stop");
    return FSRandomAccessFileOwnerWrapper::MultiRead(requests, count, options, dbg);
  }

 private:
  const GoOn& go_on_;
};

class PacedFiles final : public rocksdb::FileSystemWrapper {
 public:
  PacedFiles(const std::shared_ptr<rocksdb::FileSystem>& base, GoOn go_on)
      : FileSystemWrapper(base), go_on_(std::move(go_on)) {}

  const char* Name() const override { return "muzn.paced"; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* dbg) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> opened;
    auto status = target()->NewRandomAccessFile(name, options, &opened, dbg);
    if (status.ok()) *file = std::make_unique<PacedFile>(std::move(opened), go_on_);
    return status;
  }

 private:
  const GoOn go_on_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> paced_env(rocksdb::Env& base, GoOn go_on) {
  // RocksDB shares file systems among its parts.
  return rocksdb::NewCompositeEnv(
      std::make_shared<PacedFiles>(base.GetFileSystem(), std::move(go_on)));
}

}  // namespace muzn::kv
