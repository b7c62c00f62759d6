#include "blob/file_store.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>

#include "blob/file_reader.h"
#include "blob/file_writer.h"
#include "blob/hot_cache.h"
#include "blob/placement.h"
#include "codec/varint.h"

namespace muzn::blob {
namespace {

// docs/formats/engine.md.
constexpr std::string_view kFormat = "muzn blobs 2\n";
constexpr std::string_view kFormatBefore = "muzn blobs 1\n";  // no blob has a label
constexpr const char* kFormatName = "format";
constexpr std::size_t kFormatBytesMax = 256;

// A directory of blobs, or the reason why there is none.
struct Slot {
  std::uint8_t number = 0;
  std::string path;
  std::string down;
  std::unique_ptr<Volume> volume;  // null while it is down
  std::size_t waiting_max = 0;
  std::string site;
};

class FileStore final : public Store {
 public:
  FileStore(const FileOptions& options, std::unique_ptr<std::atomic<bool>> closed,
            std::unique_ptr<HotCache> hot, std::vector<Slot> slots)
      : clock_(options.clock),
        rng_(options.rng),
        closed_(std::move(closed)),
        hot_(std::move(hot)),
        slots_(std::move(slots)) {
    for (const Slot& slot : slots_) by_number_.at(slot.number) = &slot;
  }

  std::uint8_t place(std::uint64_t size_hint, const VolumeSet* allowed) override {
    if (slots_.size() == 1) return 0;
    const std::int64_t now = clock_->monotonic_micros();
    std::vector<Candidate> candidates;
    candidates.reserve(slots_.size());
    for (const Slot& slot : slots_) {
      if (!slot.volume || (allowed != nullptr && !allowed->test(slot.number))) continue;
      slot.volume->measure_soon(now);
      if (!slot.volume->wants_blobs(now) || is_crowded(slot)) continue;
      candidates.push_back({slot.number, slot.volume->room()});
    }
    if (candidates.empty() && allowed != nullptr) return first_of(*allowed);
    const std::string random = rng_->bytes(sizeof(std::uint64_t));
    return choose_volume(candidates, size_hint, codec::FieldReader(random).be64().value_or(0));
  }

  Result<void> check_up(const BlobId& id) const override {
    // Of a number that no volume has only open() can tell, see there.
    if (by_number_.at(volume_of(id)) != nullptr) TRY_VOID(find(id));
    return {};
  }

  Task<Result<std::unique_ptr<Writer>>> create(BlobId id, std::uint64_t size_hint,
                                               policy::Permit /*permit*/) override {
    CO_TRY(Volume * volume, admit(id));
    auto file = co_await offload(volume->pool(), [&] { return volume->create(id, size_hint); });
    if (!file) {
      // Nothing was written, so nothing is in doubt, and it may be no fault of the disk.
      if (file.error().code != Code::kNoSpace && clock_ != nullptr) {
        volume->avoid_for_a_while(clock_->monotonic_micros());
      }
      co_return std::unexpected(std::move(file).error());
    }
    co_return std::make_unique<FileWriter>(*volume, std::move(id), std::move(*file), size_hint);
  }

  // A restore puts every blob into the main directory, whatever its number.
  Task<Result<std::unique_ptr<Reader>>> open(BlobId id) override {
    auto out = co_await open_in_place(id);
    if (out || volume_of(id) == 0 || out.error().code == Code::kCorrupt) co_return out;
    auto restored = co_await open_on(main(), std::move(id));
    if (restored) co_return restored;
    co_return out;
  }

  std::optional<Loan> recall(const BlobId& id, std::uint64_t offset,
                             std::uint64_t length) override {
    if (!hot_) return std::nullopt;
    return hot_->find(id, offset, length);
  }

  Task<Result<void>> discard(BlobId id) override { return discard_all({std::move(id)}); }

  Task<Result<void>> discard_all(std::vector<BlobId> ids) override {
    std::map<std::uint8_t, std::vector<BlobId>> by_volume;
    for (BlobId& id : ids) {
      if (hot_) hot_->discard(id);
      by_volume[volume_of(id)].push_back(std::move(id));
    }
    Result<void> out;
    for (const auto& [number, some] : by_volume) {
      auto gone = co_await discard_of(number, some);
      if (out) out = std::move(gone);
    }
    co_return out;
  }

  BlobFigures figures() const override {
    BlobFigures out;
    for (const Slot& slot : slots_) {
      VolumeFigures one;
      if (slot.volume) {
        // Of a further volume as last measured: a disk that hangs must not hang who asks.
        if (slot.number == 0) {
          slot.volume->measure();
        } else {
          slot.volume->measure_soon(clock_->monotonic_micros());
        }
        one = slot.volume->figures();
      }
      one.number = slot.number;
      one.path = slot.path;
      one.down = slot.down;
      one.site = slot.site;
      out.bytes_written += one.bytes_written;
      out.bytes_read += one.bytes_read;
      out.corrupt_blocks += one.corrupt_blocks;
      out.bytes_free += one.bytes_free;
      out.volumes.push_back(std::move(one));
    }
    out.failed = !out.volumes.front().is_writable;
    if (hot_) out.hot = hot_->figures();
    return out;
  }

 private:
  static std::uint8_t first_of(const VolumeSet& allowed) {
    for (std::size_t i = 0; i < allowed.size(); ++i) {
      if (allowed.test(i)) return static_cast<std::uint8_t>(i);
    }
    return 0;
  }
  static bool is_crowded(const Slot& slot) {
    return slot.waiting_max > 0 && slot.volume->pool().waiting() >= slot.waiting_max;
  }

  Volume& main() const { return *slots_.front().volume; }

  Task<Result<std::unique_ptr<Reader>>> open_on(Volume& volume, BlobId id) const {
    co_return co_await offload(volume.pool(), [&] { return open_reader(volume, hot_.get(), id); });
  }
  Task<Result<std::unique_ptr<Reader>>> open_in_place(BlobId id) const {
    CO_TRY(Volume* const volume, admit(id));
    co_return co_await open_on(*volume, std::move(id));
  }
  // Blobs of one volume, in their place or where a restore put them.
  Task<Result<void>> discard_of(std::uint8_t number, const std::vector<BlobId>& ids) const {
    auto out = co_await discard_in_place(ids);
    if (number == 0) co_return out;
    std::vector<BlobId> restored;
    co_await offload(main().pool(), [&] {
      std::ranges::copy_if(ids, std::back_inserter(restored),
                           [&](const BlobId& id) { return main().holds(id); });
    });
    if (restored.empty()) co_return out;
    auto gone = co_await offload(main().pool(), [&] { return main().discard(restored); });
    co_return gone&& restored.size() < ids.size() ? std::move(out) : std::move(gone);
  }
  Task<Result<void>> discard_in_place(const std::vector<BlobId>& ids) const {
    CO_TRY(Volume* const volume, admit(ids.front()));
    co_return co_await offload(volume->pool(), [&] { return volume->discard(ids); });
  }

  Result<const Slot*> find(const BlobId& id) const {
    const unsigned number = volume_of(id);
    const Slot* const slot = by_number_.at(number);
    const std::string name = "volume " + std::to_string(number);
    if (slot == nullptr) return fail(Code::kUnavailable, name + " is not one of this store");
    if (!slot->volume) return fail(Code::kUnavailable, name + " is down: " + slot->down);
    return slot;
  }

  Result<Volume*> admit(const BlobId& id) const {
    TRY(const Slot* const slot, find(id));
    if (!is_crowded(*slot)) return slot->volume.get();
    return fail(Code::kUnavailable, "volume " + std::to_string(slot->number) +
                                        " has too much waiting for it, or its disk hangs");
  }

  const Clock* const clock_;
  Rng* const rng_;
  const std::unique_ptr<std::atomic<bool>> closed_;  // of the engine, where nobody gave one
  const std::unique_ptr<HotCache> hot_;              // null: nothing is kept
  const std::vector<Slot> slots_;                    // by number; the first is volume 0
  std::array<const Slot*, 256> by_number_{};
};

Result<void> check_format(const fs::Dir& dir, bool may_write) {
  const auto format = dir.read_file(kFormatName, kFormatBytesMax);
  if (!format && format.error().code == Code::kNotFound && may_write) {
    return dir.write_durably(kFormatName, kFormat);
  }
  if (!format) return std::unexpected(format.error());
  if (*format == kFormat) return {};
  if (*format == kFormatBefore) {
    // From now on blobs are written that a program of before takes for rotten.
    return may_write ? dir.write_durably(kFormatName, kFormat) : Result<void>{};
  }
  return fail(Code::kInvalid, dir.path() +
                                  " was written in a format that this version does not know: " +
                                  format->substr(0, format->find('\n')));
}

Result<fs::Dir> open_or_make(const std::string& directory, fs::Disk& disk) {
  TRY(fs::Dir dir, fs::Dir::open_or_create(directory, disk));
  TRY_VOID(check_format(dir, true));
  return dir;
}

Result<fs::Dir> open_as_it_is(const std::string& directory, fs::Disk& disk) {
  TRY(fs::Dir dir, fs::Dir::open(directory, disk));
  TRY_VOID(check_format(dir, false));
  return dir;
}

std::unique_ptr<Volume> make_volume(const FileOptions& options, fs::Dir dir, std::uint8_t number,
                                    Pool& pool) {
  auto out = std::make_unique<Volume>(std::move(dir),
                                      VolumeOptions{.number = number,
                                                    .reserve_bytes = options.reserve_bytes,
                                                    .engine_closed = *options.closed,
                                                    .is_read_only = options.read_only,
                                                    .on_failed = options.on_failed},
                                      pool);
  out->measure();
  return out;
}

Slot open_further(const FileOptions& options, const FurtherVolume& further) {
  Slot out{.number = further.number,
           .path = further.path,
           .down = further.down,
           .volume = nullptr,
           .waiting_max = further.waiting_max,
           .site = further.site};
  if (!out.down.empty()) return out;
  auto dir = open_as_it_is(further.directory, *options.disk);
  if (dir) {
    out.volume = make_volume(options, std::move(*dir), further.number, *further.pool);
  } else {
    out.down = dir.error().what;
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Store>> open_file_store(const FileOptions& given, Pool& pool,
                                               const std::vector<FurtherVolume>& further) {
  FileOptions options = given;
  CHECK(further.empty() || (options.clock != nullptr && options.rng != nullptr));
  auto own_closed = std::make_unique<std::atomic<bool>>(false);
  if (options.closed == nullptr) options.closed = own_closed.get();
  TRY(fs::Dir dir, options.read_only ? open_as_it_is(options.directory, *options.disk)
                                     : open_or_make(options.directory, *options.disk));
  std::vector<Slot> slots;
  slots.push_back({.number = 0,
                   .path = options.directory,
                   .down = {},
                   .volume = make_volume(options, std::move(dir), 0, pool),
                   .waiting_max = 0,
                   .site = options.site});
  for (const FurtherVolume& one : further) {
    CHECK(one.number > slots.back().number);
    slots.push_back(open_further(options, one));
  }
  std::unique_ptr<HotCache> hot;
  if (options.hot_bytes > 0) {
    TRY(hot, HotCache::make(options.hot_bytes));
  }
  return std::make_unique<FileStore>(options, std::move(own_closed), std::move(hot),
                                     std::move(slots));
}

Result<void> make_file_store(const std::string& directory, fs::Disk& disk) {
  TRY_VOID(open_or_make(directory, disk));
  return {};
}

Result<void> check_blobs_format(const std::string& directory, fs::Disk& disk) {
  const auto dir = fs::Dir::open(directory, disk);
  if (!dir && dir.error().code != Code::kNotFound) return std::unexpected(dir.error());
  if (!dir || !dir->exists(kFormatName)) return {};
  return check_format(*dir, false);
}

}  // namespace muzn::blob
