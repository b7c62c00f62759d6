#include "crypto/md5.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace muzn::crypto {
namespace {

constexpr std::size_t kLengthBytes = 8;  // of the message, in bits, at the end of the last block

void advance(Md5State& state, const char* bytes, std::size_t blocks) {
  if (blocks == 0) return;
  const Md5Lane lane{&state, bytes};
  md5_blocks({&lane, 1}, blocks);
}

}  // namespace

std::string_view Md5::complete_block(std::string_view bytes) {
  const std::size_t held = size_ % kMd5BlockBytes;
  if (held == 0) return bytes;
  const std::string_view taken = bytes.substr(0, kMd5BlockBytes - held);
  keep(taken);
  if (held + taken.size() == kMd5BlockBytes) advance(state_, begun_.data(), 1);
  return bytes.substr(taken.size());
}

void Md5::keep(std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(&begun_[size_ % kMd5BlockBytes], bytes.data(), bytes.size());
  size_ += bytes.size();
}

void Md5::update(std::string_view bytes) {
  bytes = complete_block(bytes);
  const std::size_t blocks = bytes.size() / kMd5BlockBytes;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): its size is in `blocks`.
  advance(state_, bytes.data(), blocks);
  size_ += blocks * kMd5BlockBytes;
  keep(bytes.substr(blocks * kMd5BlockBytes));
}

std::string Md5::finish() {
  const std::uint64_t bits = size_ * 8;  // modulo 2^64, as RFC 1321 says
  const std::size_t held = size_ % kMd5BlockBytes;
  const std::size_t zeros = (2 * kMd5BlockBytes - 1 - kLengthBytes - held) % kMd5BlockBytes;
  std::string padding(1 + zeros + kLengthBytes, '\0');
  padding.front() = '\x80';
  std::memcpy(padding.data() + 1 + zeros, &bits, kLengthBytes);
  update(padding);
  CHECK(size_ % kMd5BlockBytes == 0);
  std::string out(sizeof(state_), '\0');
  std::memcpy(out.data(), state_.data(), sizeof(state_));
  return out;
}

void Md5Lanes::add(Md5& md5, std::string_view bytes, void* tag) {
  CHECK(room() > 0);
  bytes = md5.complete_block(bytes);
  const std::size_t blocks = bytes.size() / kMd5BlockBytes;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): likewise.
  lanes_.push_back({&md5, bytes.data(), blocks, bytes.substr(blocks * kMd5BlockBytes), tag});
}

std::vector<void*> Md5Lanes::step() {
  std::vector<void*> ended = take_ended();
  // These had less than a block: others need not keep them waiting.
  if (!ended.empty() || lanes_.empty()) return ended;
  const std::span<Lane> now = std::span(lanes_).first(md5_lanes_for(lanes_.size()));
  std::size_t blocks = kStepBytes / kMd5BlockBytes;
  for (const Lane& lane : now) blocks = std::min(blocks, lane.blocks);
  std::array<Md5Lane, kMd5LanesMax> work;
  std::ranges::transform(now, work.begin(),
                         [](const Lane& lane) { return Md5Lane{&lane.md5->state_, lane.bytes}; });
  md5_blocks(std::span(work).first(now.size()), blocks);
  for (Lane& lane : now) {
    lane.bytes += blocks * kMd5BlockBytes;
    lane.blocks -= blocks;
    lane.md5->size_ += blocks * kMd5BlockBytes;
  }
  return take_ended();
}

std::vector<void*> Md5Lanes::take_ended() {
  std::vector<void*> out;
  std::erase_if(lanes_, [&out](const Lane& lane) {
    if (lane.blocks > 0) return false;
    lane.md5->keep(lane.rest);
    out.push_back(lane.tag);
    return true;
  });
  return out;
}

}  // namespace muzn::crypto
