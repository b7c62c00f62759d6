#include "blob/hot_cache.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace muzn::blob {
namespace {

// Chunks begin on pages of their own, so that a page is lent once.
constexpr std::size_t kPageBytes = 4096;
// Places to remember readings in: four for each block that has room, so that few are overwritten
// by others before the window has passed.
constexpr std::size_t kSeenPerBlock = 4;

constexpr std::size_t round_up(std::size_t size) {
  return (size + kPageBytes - 1) / kPageBytes * kPageBytes;
}

}  // namespace

Result<std::unique_ptr<HotCache>> HotCache::make(std::size_t bytes) {
  TRY(fs::Pages pages,
      fs::Pages::reserve(std::max(bytes / kSlabBytes, std::size_t{1}) * kSlabBytes));
  return std::make_unique<HotCache>(std::move(pages));
}

HotCache::HotCache(fs::Pages pages) : pages_(std::move(pages)) {
  slabs_.resize(pages_.size() / kSlabBytes);
  for (std::size_t slab = slabs_.size(); slab > 0; --slab) free_.push_back(slab - 1);
  seen_.resize(std::bit_ceil(pages_.size() / kBlockBytes * kSeenPerBlock));
  figures_.bytes_max = pages_.size();
}

HotCache::~HotCache() {
  for (const Slab& slab : slabs_) CHECK(slab.holders == 0);
}

std::optional<Loan> HotCache::find(const BlobId& id, std::uint64_t offset, std::uint64_t length) {
  const std::lock_guard lock(mutex_);
  const auto blob = chunks_.find(id);
  if (blob == chunks_.end() || length == 0) return std::nullopt;
  auto at = blob->second.find(offset / kChunkBytes);
  const std::uint64_t skipped = offset % kChunkBytes;
  if (at == blob->second.end() || !at->second.is_published || skipped >= at->second.size) {
    return std::nullopt;
  }
  const Chunk first = at->second;
  std::uint64_t have = first.size - skipped;
  // What was read in one go lies in one piece.
  for (auto next = std::next(at); have < length && next != blob->second.end(); at = next++) {
    const Chunk& chunk = next->second;
    const bool goes_on = next->first == at->first + 1 && chunk.is_published &&
                         chunk.slab == first.slab && chunk.at == at->second.at + kChunkBytes;
    if (!goes_on) break;
    have += chunk.size;
  }
  have = std::min(have, length);
  Slab& slab = slabs_[first.slab];
  slab.is_referenced = true;
  ++slab.holders;
  ++figures_.hits;
  figures_.hit_bytes += have;
  const char* const begin = pages_.data() + first.slab * kSlabBytes + first.at + skipped;
  return lend(first.slab, {begin, static_cast<std::size_t>(have)});
}

Loan HotCache::lend(std::size_t slab, std::string_view bytes) {
  return {.bytes = bytes,
          .lasting = true,
          .holder = std::shared_ptr<const void>(pages_.data() + slab * kSlabBytes,
                                                [this, slab](const void*) { release(slab); })};
}

std::optional<HotCache::Space> HotCache::admit(const BlobId& id, std::uint64_t number,
                                               std::size_t size, std::size_t wanted) {
  CHECK(size > 0 && size <= kChunkBytes && wanted <= size);
  const std::lock_guard lock(mutex_);
  ++figures_.misses;
  const bool seen = was_seen(id, number);
  figures_.missed_bytes += wanted;
  // One that is here was not, when the reader looked, or another reader is about to bring it.
  if (!seen || chunk_of(id, number) != nullptr) return std::nullopt;
  const auto place = allocate(size);
  if (!place) return std::nullopt;
  Slab& slab = slabs_[place->slab];
  ++slab.holders;
  ++slab.live;
  slab.chunks.emplace_back(id, number);
  chunks_[id].emplace(number, *place);
  return Space(*this, id, number, {pages_.data() + place->slab * kSlabBytes + place->at, size});
}

bool HotCache::was_seen(const BlobId& id, std::uint64_t number) {
  const std::uint64_t hash = (std::hash<BlobId>()(id) + number) * 0x9E3779B97F4A7C15ULL;
  Seen& place = seen_[hash >> 32 & (seen_.size() - 1)];
  const bool seen = place.hash == hash && figures_.missed_bytes - place.at <= pages_.size();
  place = {hash, figures_.missed_bytes};
  return seen;
}

std::optional<HotCache::Chunk> HotCache::allocate(std::size_t size) {
  const std::size_t room = round_up(size);
  if (open_ == kNone || slabs_[open_].used + room > kSlabBytes) {
    open_ = empty_slab();
    if (open_ == kNone) return std::nullopt;
    figures_.bytes += kSlabBytes;
  }
  Slab& slab = slabs_[open_];
  const Chunk out{.slab = static_cast<std::uint32_t>(open_),
                  .at = slab.used,
                  .size = static_cast<std::uint32_t>(size)};
  slab.used += static_cast<std::uint32_t>(room);
  return out;
}

// kNone: all are on loan.
std::size_t HotCache::empty_slab() {
  open_ = kNone;
  // Twice around: the first takes the marks away.
  for (std::size_t step = 0; free_.empty() && step < 2 * slabs_.size(); ++step) {
    const std::size_t number = std::exchange(hand_, (hand_ + 1) % slabs_.size());
    Slab& slab = slabs_[number];
    if (slab.holders > 0 || std::exchange(slab.is_referenced, false)) continue;
    ++figures_.emptied;
    clear(number);
  }
  if (free_.empty()) return kNone;
  const std::size_t out = free_.back();
  free_.pop_back();
  return out;
}

void HotCache::clear(std::size_t slab) {
  for (const auto& [id, number] : slabs_[slab].chunks) {
    const Chunk* const chunk = chunk_of(id, number);
    if (chunk != nullptr && chunk->slab == slab) forget(id, number);
  }
  slabs_[slab] = {};
  pages_.drop(slab * kSlabBytes, kSlabBytes);
  free_.push_back(slab);
  figures_.bytes -= kSlabBytes;
}

HotCache::Chunk* HotCache::chunk_of(const BlobId& id, std::uint64_t number) {
  const auto blob = chunks_.find(id);
  if (blob == chunks_.end()) return nullptr;
  const auto chunk = blob->second.find(number);
  return chunk == blob->second.end() ? nullptr : &chunk->second;
}

void HotCache::forget(const BlobId& id, std::uint64_t number) {
  const auto blob = chunks_.find(id);
  blob->second.erase(number);
  if (blob->second.empty()) chunks_.erase(blob);
}

void HotCache::discard(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  const auto blob = chunks_.find(id);
  if (blob == chunks_.end()) return;
  const auto chunks = std::move(blob->second);
  chunks_.erase(blob);
  for (const auto& [number, chunk] : chunks) {
    --slabs_[chunk.slab].live;
    let_go(chunk.slab);
  }
}

// Gives a slab back at once when nothing is left in it.
void HotCache::let_go(std::size_t slab) {
  const Slab& idle = slabs_[slab];
  if (idle.live == 0 && idle.holders == 0 && idle.used > 0 && slab != open_) clear(slab);
}

void HotCache::release(std::size_t slab) {
  const std::lock_guard lock(mutex_);
  --slabs_[slab].holders;
  let_go(slab);
}

std::size_t HotCache::slab_of(const char* bytes) const {
  return static_cast<std::size_t>(bytes - pages_.data()) / kSlabBytes;
}

HotCache::Chunk* HotCache::chunk_at(const BlobId& id, std::uint64_t number, const char* bytes) {
  Chunk* const chunk = chunk_of(id, number);
  if (chunk == nullptr) return nullptr;
  return pages_.data() + chunk->slab * kSlabBytes + chunk->at == bytes ? chunk : nullptr;
}

void HotCache::abandon(const BlobId& id, std::uint64_t number, std::span<char> bytes) {
  const std::size_t slab = slab_of(bytes.data());
  const std::lock_guard lock(mutex_);
  if (const Chunk* const chunk = chunk_at(id, number, bytes.data())) {
    const auto end = chunk->at + static_cast<std::uint32_t>(round_up(bytes.size()));
    if (slabs_[slab].used == end) slabs_[slab].used = chunk->at;  // nobody has seen these bytes
    --slabs_[slab].live;
    forget(id, number);
  }
  --slabs_[slab].holders;
  let_go(slab);
}

HotFigures HotCache::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

HotCache::Space::Space(Space&& other) noexcept
    : cache_(std::exchange(other.cache_, nullptr)),
      id_(std::move(other.id_)),
      number_(other.number_),
      bytes_(other.bytes_) {}

HotCache::Space::~Space() {
  if (cache_ != nullptr) cache_->abandon(id_, number_, bytes_);
}

Loan HotCache::Space::publish() && {
  HotCache& cache = *std::exchange(cache_, nullptr);
  const std::size_t slab = cache.slab_of(bytes_.data());
  const std::lock_guard lock(cache.mutex_);
  if (Chunk* const chunk = cache.chunk_at(id_, number_, bytes_.data())) chunk->is_published = true;
  return cache.lend(slab, {bytes_.data(), bytes_.size()});  // the hold goes on as the loan's
}

}  // namespace muzn::blob
