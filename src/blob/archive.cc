#include "blob/archive.h"

#include "blob/file_name.h"
#include "blob/file_store.h"

namespace muzn::blob {
namespace {

constexpr std::size_t kStepBytes = 16 * kBlockBytes;
constexpr std::string_view kUnfinished = ".tmp";

std::string last_of(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(const std::string& directory, Pool& pool,
                                               fs::Disk& disk) {
  TRY_VOID(make_file_store(directory, disk));
  TRY(fs::Dir dir, fs::Dir::open(directory, disk));
  FileOptions options;
  options.directory = directory;
  options.disk = &disk;
  options.read_only = true;
  TRY(auto store, open_file_store(options, pool));
  return std::unique_ptr<Archive>(new Archive(std::move(dir), std::move(store), disk));
}

bool Archive::has(const BlobId& id, std::uint64_t size) {
  const auto reader = run_sync(store_->open(id));
  return reader && (*reader)->size() == size;
}

Result<Archive::Copied> Archive::add(const BlobId& id, std::uint64_t size, Store& from) {
  const auto reader = run_sync(from.open(id));
  if (!reader) return Copied{0, reader.error()};
  if ((*reader)->size() != size) {
    return Copied{0, Error{Code::kCorrupt, "it has " + std::to_string((*reader)->size()) +
                                               " bytes, not " + std::to_string(size)}};
  }
  const std::string name = file_name(id);
  const std::string unfinished = name + std::string(kUnfinished);
  TRY_VOID(dir_.make_dir(outer_dir(id)));
  TRY_VOID(dir_.make_dir(inner_dir(id)));
  const auto left_over = dir_.unlink(unfinished);
  if (!left_over && left_over.error().code != Code::kNotFound) {
    return std::unexpected(left_over.error());
  }
  auto copied = write(unfinished, **reader);
  if (!copied || copied->bad) {
    [[maybe_unused]] const auto gone = dir_.unlink(unfinished);
    return copied;
  }
  TRY_VOID(dir_.rename(unfinished, last_of(name)));
  unsynced_.insert({inner_dir(id), outer_dir(id)});
  return copied;
}

Result<Archive::Copied> Archive::write(const std::string& name, Reader& from) {
  TRY(fs::File file, dir_.create(name));
  std::uint64_t at = 0;
  while (at < from.size()) {
    const auto bytes = run_sync(from.read(at, kStepBytes));
    if (!bytes) return Copied{0, bytes.error()};
    TRY_VOID(file.write_at(at, *bytes));
    at += bytes->size();
  }
  const auto footer = run_sync(from.footer());
  if (!footer) return Copied{0, footer.error()};
  TRY_VOID(file.write_at(at, *footer));
  TRY_VOID(file.sync_data());
  return Copied{at, std::nullopt};
}

Result<void> Archive::sync() {
  for (const std::string& name : unsynced_) TRY_VOID(dir_.sync(name));
  unsynced_.clear();
  return dir_.sync();
}

Result<void> Archive::remove(const BlobId& id) {
  const auto gone = dir_.unlink(file_name(id));
  if (!gone && gone.error().code != Code::kNotFound) return gone;
  if (gone) unsynced_.insert(inner_dir(id));
  return {};
}

Result<void> Archive::each(
    const std::function<void(const BlobId& id, std::uint64_t file_bytes)>& visit) {
  FileListing listing;
  listing.blob = visit;
  listing.stranger = [this](const std::string& name, const std::string&) {
    if (!name.ends_with(kUnfinished)) return;
    [[maybe_unused]] const auto gone = dir_.unlink(name);  // or with the next one
  };
  return list_blob_files(dir_.path(), listing, disk_);
}

}  // namespace muzn::blob
