#include "blob/file_store.h"

#include "blob/file_reader.h"
#include "blob/file_writer.h"

namespace muzn::blob {
namespace {

// docs/formats/engine.md.
constexpr std::string_view kFormat = "muzn blobs 2\n";
constexpr std::string_view kFormatBefore = "muzn blobs 1\n";  // no blob has a label
constexpr const char* kFormatName = "format";
constexpr std::size_t kFormatBytesMax = 256;

class FileStore final : public Store {
 public:
  FileStore(fs::Dir dir, const FileOptions& options, Pool& pool)
      : volume_(std::move(dir), options.reserve_bytes, options.closed, pool) {
    if (options.read_only) {
      [[maybe_unused]] const auto closed =
          volume_.fail_closed({Code::kUnavailable, "opened for reading only"});
    }
  }

  Task<Result<std::unique_ptr<Writer>>> create(BlobId id, std::uint64_t size_hint) override {
    CHECK(id.size() == kBlobIdBytes);
    CO_TRY(fs::File file, co_await offload(volume_.pool(), [&] { return volume_.create(id); }));
    co_return std::make_unique<FileWriter>(volume_, std::move(id), std::move(file), size_hint);
  }

  Task<Result<std::unique_ptr<Reader>>> open(BlobId id) override {
    CHECK(id.size() == kBlobIdBytes);
    co_return co_await offload(volume_.pool(), [&] { return open_reader(volume_, id); });
  }

  Task<Result<void>> discard(BlobId id) override {
    CHECK(id.size() == kBlobIdBytes);
    co_return co_await offload(volume_.pool(), [&] { return volume_.discard(id); });
  }

  BlobFigures figures() const override { return volume_.figures(); }

 private:
  Volume volume_;
};

Result<void> check_format(const fs::Dir& dir, bool read_only) {
  const auto format = dir.read_file(kFormatName, kFormatBytesMax);
  if (!format && format.error().code == Code::kNotFound && !read_only) {
    return dir.write_durably(kFormatName, kFormat);
  }
  if (!format) return std::unexpected(format.error());
  if (*format == kFormat) return {};
  if (*format == kFormatBefore) {
    // From now on blobs are written that a program of before takes for rotten.
    return read_only ? Result<void>{} : dir.write_durably(kFormatName, kFormat);
  }
  return fail(Code::kInvalid, dir.path() +
                                  " was written in a format that this version does not know: " +
                                  format->substr(0, format->find('\n')));
}

}  // namespace

Result<void> make_file_store(const std::string& directory, fs::Disk& disk) {
  TRY(const fs::Dir dir, fs::Dir::open_or_create(directory, disk));
  return check_format(dir, false);
}

Result<void> check_blobs_format(const std::string& directory, fs::Disk& disk) {
  const auto dir = fs::Dir::open(directory, disk);
  if (!dir && dir.error().code != Code::kNotFound) return std::unexpected(dir.error());
  if (!dir || !dir->exists(kFormatName)) return {};
  return check_format(*dir, true);
}

Result<std::unique_ptr<Store>> open_file_store(const FileOptions& options, Pool& pool) {
  TRY(fs::Dir dir, options.read_only ? fs::Dir::open(options.directory, *options.disk)
                                     : fs::Dir::open_or_create(options.directory, *options.disk));
  TRY_VOID(check_format(dir, options.read_only));
  return std::make_unique<FileStore>(std::move(dir), options, pool);
}

}  // namespace muzn::blob
