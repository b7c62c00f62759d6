#include "blob/volume.h"

#include <algorithm>
#include <memory>
#include <set>

#include "blob/file_name.h"

namespace muzn::blob {
Volume::~Volume() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return background_jobs_ == 0; });
}

Result<fs::File> Volume::make_file(const BlobId& id) const {
  if (!durable_dirs_[dir_index(id)]) {
    TRY_VOID(dir_.make_dir(outer_dir(id)));
    TRY_VOID(dir_.make_dir(inner_dir(id)));
  }
  return dir_.create(file_name(id));
}

Result<NewFile> Volume::create(const BlobId& id, std::uint64_t size_hint) {
  TRY_VOID(check_writable());
  TRY_VOID(check_space());
  {
    const std::lock_guard lock(mutex_);
    CHECK(writing_.insert(id).second);
  }
  auto file = make_file(id);
  if (!file) {
    forget(id);
    return made_no_file(std::move(file).error());
  }
  NewFile out{std::move(*file)};
  if (size_hint > 0 && size_hint < kBlockBytes) return out;  // one write at its end
  if (auto direct = dir_.open_direct(file_name(id))) {
    out.file = std::move(*direct);
    out.is_direct = true;
  }
  return out;
}

Result<fs::File> Volume::reopen(const BlobId& id) const {
  return dir_.open_write(file_name(id));
}

Result<fs::File> Volume::open(const BlobId& id) const {
  return dir_.open_read(file_name(id));
}

bool Volume::holds(const BlobId& id) const {
  return dir_.exists(file_name(id));
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
  // Another blob's failure may have taken what these syncs were to report.
  TRY_VOID(check_writable());
  forget(id);
  return {};
}

// The syncs come behind all unlinks: a journaling file system has them in one transaction then.
Result<void> Volume::discard(const std::vector<BlobId>& ids) {
  TRY_VOID(check_writable());
  Result<void> out;
  std::set<std::string> dirs;
  for (const BlobId& id : ids) {
    auto gone = dir_.unlink(file_name(id));
    // Also when it was gone already: whoever took it may not have come to the sync.
    if (gone || gone.error().code == Code::kNotFound) {
      dirs.insert(inner_dir(id));
    } else if (out) {
      out = std::move(gone);
    }
  }
  for (const std::string& dir : dirs) {
    const auto synced = dir_.sync(dir);
    if (!synced && synced.error().code != Code::kNotFound) return fail_closed(synced.error());
  }
  return out;
}

Result<void> Volume::check_space() const {
  if (options_.reserve_bytes == 0) return {};
  TRY(const fs::Space space, dir_.space());
  if (space.free_bytes >= options_.reserve_bytes) return {};
  return fail(Code::kNoSpace, "the disk of " + dir_.path() + " is full");
}

std::uint64_t Volume::room() const {
  const std::uint64_t free = bytes_free_;
  return free - std::min(free, options_.reserve_bytes);
}

void Volume::measure() {
  if (const auto space = dir_.space()) bytes_free_ = space->free_bytes;
}

void Volume::measure_soon(std::int64_t now) {
  const std::int64_t last = measured_at_;
  if (last != kNever && now - last < kMeasureMicros) return;
  std::int64_t idle = kNever;
  if (!measuring_since_.compare_exchange_strong(idle, now)) return;
  in_background([this, now] {
    measure();
    measured_at_ = now;
    measuring_since_ = kNever;
  });
}

bool Volume::wants_blobs(std::int64_t now) const {
  const std::int64_t since = measuring_since_;
  return !is_closed() && now >= avoided_until_ && (since == kNever || now - since < kHangMicros);
}

void Volume::in_background(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    ++background_jobs_;
  }
  pool_.submit([this, job = std::move(job)] {
    job();
    const std::lock_guard lock(mutex_);
    --background_jobs_;
    idle_.notify_all();
  });
}

void Volume::abandon(BlobId id, fs::File file) {
  // shared because std::function copies; there is one owner
  auto owned = std::make_shared<fs::File>(std::move(file));
  in_background([this, id = std::move(id), owned = std::move(owned)]() mutable {
    owned.reset();
    // Best effort: the row that names the blob as pending stays, and its sweeper discards again.
    [[maybe_unused]] auto gone = check_writable();
    if (gone) gone = dir_.unlink(file_name(id));
    forget(id);
  });
}

Result<void> Volume::check_writable() const {
  if (!is_closed()) return {};
  return fail(Code::kUnavailable, "the blobs in " + dir_.path() + " are closed for writes");
}

std::unexpected<Error> Volume::fail_closed(const Error& cause) {
  if (!closed_.exchange(true) && options_.on_failed) options_.on_failed(options_.number, cause);
  return fail(Code::kUnavailable, "the blobs in " + dir_.path() + " failed: " + cause.what);
}

// Nothing of this blob was written, and it may be no fault of the disk (no descriptors, no inodes):
// a sync tells. A file system that gave up its journal is read-only and fails it.
std::unexpected<Error> Volume::made_no_file(Error cause) {
  if (cause.code == Code::kUnavailable && !dir_.sync()) return fail_closed(cause);
  return std::unexpected(std::move(cause));
}

bool Volume::is_being_written(const BlobId& id) const {
  const std::lock_guard lock(mutex_);
  return writing_.contains(id);
}

void Volume::forget(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  writing_.erase(id);
}

VolumeFigures Volume::figures() const {
  VolumeFigures out;
  out.is_writable = !is_closed();
  out.bytes_written = bytes_written_;
  out.bytes_read = bytes_read_;
  out.corrupt_blocks = corrupt_blocks_;
  out.bytes_free = bytes_free_;
  return out;
}

}  // namespace muzn::blob
