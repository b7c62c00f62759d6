#include "blob/volume.h"

#include <memory>

#include "blob/file_name.h"

namespace muzn::blob {
namespace {

// So many buffers stay allocated when nothing is written.
constexpr std::size_t kIdleBuffersMax = 8;

}  // namespace

Volume::~Volume() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return abandoning_ == 0; });
}

Result<fs::File> Volume::create(const BlobId& id) {
  TRY_VOID(check_writable());
  TRY_VOID(check_space());
  {
    const std::lock_guard lock(mutex_);
    CHECK(writing_.insert(id).second);
  }
  Result<void> made;
  if (!durable_dirs_[dir_index(id)]) {
    made = dir_.make_dir(outer_dir(id));
    if (made) made = dir_.make_dir(inner_dir(id));
  }
  auto file = made ? dir_.create(file_name(id)) : std::unexpected(made.error());
  if (!file) forget(id);
  return file;
}

Result<fs::File> Volume::open(const BlobId& id) const {
  return dir_.open_read(file_name(id));
}

Result<void> Volume::publish(const BlobId& id) {
  if (auto synced = dir_.sync(inner_dir(id)); !synced) return fail_closed(synced.error());
  std::atomic<bool>& durable = durable_dirs_[dir_index(id)];
  if (!durable) {
    if (auto synced = dir_.sync(outer_dir(id)); !synced) return fail_closed(synced.error());
    std::atomic<bool>& outer_durable = durable_outer_dirs_[dir_index(id) >> 8];
    if (!outer_durable) {
      if (auto synced = dir_.sync(); !synced) return fail_closed(synced.error());
      outer_durable = true;
    }
    durable = true;
  }
  forget(id);
  return {};
}

Result<void> Volume::discard(const BlobId& id) {
  TRY_VOID(check_writable());
  const auto gone = dir_.unlink(file_name(id));
  if (!gone && gone.error().code != Code::kNotFound) return gone;
  // Also when it was gone already: whoever took it may not have come to this sync.
  const auto synced = dir_.sync(inner_dir(id));
  if (!synced && synced.error().code != Code::kNotFound) return fail_closed(synced.error());
  return {};
}

Result<void> Volume::check_space() const {
  if (reserve_bytes_ == 0) return {};
  TRY(const fs::Space space, dir_.space());
  if (space.free_bytes >= reserve_bytes_) return {};
  return fail(Code::kNoSpace, "the disk of " + dir_.path() + " is full");
}

void Volume::abandon(BlobId id, fs::File file) {
  {
    const std::lock_guard lock(mutex_);
    ++abandoning_;
  }
  // shared because std::function copies; there is one owner
  auto owned = std::make_shared<fs::File>(std::move(file));
  pool_.submit([this, id = std::move(id), owned = std::move(owned)]() mutable {
    owned.reset();
    // Best effort: the row that names the blob as pending stays, and its sweeper discards again.
    [[maybe_unused]] auto gone = check_writable();
    if (gone) gone = dir_.unlink(file_name(id));
    const std::lock_guard lock(mutex_);
    writing_.erase(id);
    --abandoning_;
    idle_.notify_all();
  });
}

Result<void> Volume::check_writable() const {
  if (!closed_) return {};
  return fail(Code::kUnavailable, "the blobs in " + dir_.path() + " are closed for writes");
}

std::unexpected<Error> Volume::fail_closed(const Error& cause) {
  closed_ = true;
  return fail(Code::kUnavailable, "the blobs in " + dir_.path() + " failed: " + cause.what);
}

bool Volume::is_being_written(const BlobId& id) const {
  const std::lock_guard lock(mutex_);
  return writing_.contains(id);
}

void Volume::forget(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  writing_.erase(id);
}

std::string Volume::take_buffer() {
  {
    const std::lock_guard lock(mutex_);
    if (!buffers_.empty()) {
      std::string out = std::move(buffers_.back());
      buffers_.pop_back();
      return out;
    }
  }
  std::string out;
  out.reserve(kBufferBytes);
  return out;
}

void Volume::give_buffer(std::string buffer) {
  if (buffer.capacity() < kBufferBytes) return;
  buffer.clear();
  const std::lock_guard lock(mutex_);
  if (buffers_.size() < kIdleBuffersMax) buffers_.push_back(std::move(buffer));
}

BlobFigures Volume::figures() const {
  BlobFigures out;
  out.bytes_written = bytes_written_;
  out.bytes_read = bytes_read_;
  out.corrupt_blocks = corrupt_blocks_;
  if (const auto space = dir_.space()) out.bytes_free = space->free_bytes;
  out.failed = closed_;
  return out;
}

}  // namespace muzn::blob
