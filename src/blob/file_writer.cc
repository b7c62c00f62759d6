#include "blob/file_writer.h"

#include <algorithm>

#include "blob/format.h"

namespace muzn::blob {
namespace {

// At most so much is reserved ahead: the hint comes from a client, who may promise gigabytes on
// many connections and send nothing.
constexpr std::uint64_t kAllocateStepBytes = 64U << 20;

}  // namespace

FileWriter::FileWriter(Volume& volume, BlobId id, NewFile file, std::uint64_t size_hint)
    : volume_(volume), id_(std::move(id)), file_(std::move(file)), size_hint_(size_hint) {}

FileWriter::~FileWriter() {
  if (state_ != State::kSealed) volume_.abandon(id_, std::move(file_.file));
}

Task<Result<void>> FileWriter::append(std::string_view bytes) {
  CHECK(state_ != State::kSealed);
  if (state_ == State::kFailed) co_return fail(Code::kUnavailable, "this blob failed before");
  CO_TRY_VOID(volume_.check_writable());
  while (!bytes.empty()) {
    if (tail_size_ == 0 && bytes.size() >= kBlockBytes && is_buffer_aligned(bytes)) {
      // Large pieces go straight from the caller's memory.
      const std::string_view blocks = bytes.substr(0, bytes.size() - bytes.size() % kBlockBytes);
      bytes.remove_prefix(blocks.size());
      CO_TRY_VOID(co_await write_next(blocks));
      continue;
    }
    if (tail_.empty()) tail_ = volume_.take_block();
    const std::string_view taken = bytes.substr(0, kBlockBytes - tail_size_);
    std::ranges::copy(taken, tail_.data() + tail_size_);
    bytes.remove_prefix(taken.size());
    tail_size_ += taken.size();
    if (tail_size_ < kBlockBytes) break;
    CO_TRY_VOID(co_await write_next(tail_.first(kBlockBytes)));
    tail_size_ = 0;
  }
  co_return Result<void>{};
}

Task<Result<void>> FileWriter::write_next(std::string_view blocks) {
  const std::uint64_t offset = size_;
  size_ += blocks.size();
  checksums_.resize(block_count(size_));
  auto written = co_await offload(volume_.pool(), [&] { return write_blocks(offset, blocks); });
  if (!written) {
    state_ = State::kFailed;
    co_return std::unexpected(std::move(written).error());
  }
  std::ranges::copy(*written, checksums_.begin() + static_cast<long>(offset / kBlockBytes));
  co_return Result<void>{};
}

Task<Result<void>> FileWriter::seal(std::string label) {
  CHECK(state_ != State::kSealed);
  if (state_ == State::kFailed) co_return fail(Code::kUnavailable, "this blob failed before");
  auto finished = co_await offload(volume_.pool(), [&] { return finish(label); });
  state_ = finished ? State::kSealed : State::kFailed;
  co_return finished;
}

Result<FileWriter::Checksums> FileWriter::write_blocks(std::uint64_t offset,
                                                       std::string_view blocks) {
  TRY_VOID(volume_.check_space());
  TRY_VOID(allocate_for(offset + blocks.size()));
  Checksums out;
  for (std::size_t at = 0; at < blocks.size(); at += kBlockBytes) {
    const std::uint64_t number = (offset + at) / kBlockBytes;
    out.push_back(block_checksum(id_, number, blocks.substr(at, kBlockBytes)));
  }
  TRY_VOID(write_out(offset, blocks));
  volume_.count_written(blocks.size());
  return out;
}

// A full disk is an answer, not a failure: it comes before anything was acknowledged, this blob is
// discarded, and the volume goes on. Any other failed write closes it.
Result<void> FileWriter::write_out(std::uint64_t offset, std::string_view bytes) {
  auto done = file_.file.write_at(offset, bytes);
  if (done || done.error().code == Code::kNoSpace) return done;
  return volume_.fail_closed(done.error());
}

Result<void> FileWriter::allocate_for(std::uint64_t end) {
  const std::uint64_t goal = size_hint_ + footer_size(size_hint_, 0);
  const std::lock_guard lock(allocating_);
  if (size_hint_ == 0 || end <= allocated_ || allocated_ >= goal) return {};
  const std::uint64_t step = std::max(end - allocated_, kAllocateStepBytes);
  const std::uint64_t target = std::min(goal, allocated_ + step);
  auto done = file_.file.allocate(allocated_, target - allocated_);
  if (!done && done.error().code != Code::kNoSpace) return volume_.fail_closed(done.error());
  TRY_VOID(std::move(done));
  allocated_ = target;
  return {};
}

Result<void> FileWriter::finish(std::string_view label) {
  TRY_VOID(volume_.check_writable());
  TRY_VOID(volume_.check_space());
  if (tail_size_ > 0) {
    checksums_.push_back(block_checksum(id_, checksums_.size(), tail_.first(tail_size_)));
  }
  const std::string footer = encode_footer(id_, size_ + tail_size_, checksums_, label);
  TRY_VOID(write_tail(footer));
  const std::uint64_t file_size = size_ + tail_size_ + footer.size();
  if (allocated_ > file_size) {
    if (auto done = file_.file.resize(file_size); !done) return volume_.fail_closed(done.error());
  }
  if (auto done = file_.file.sync_data(); !done) return volume_.fail_closed(done.error());
  volume_.count_written(tail_size_);
  return volume_.publish(id_);
}

// The last write, and the only one of a small blob.
Result<void> FileWriter::write_tail(std::string_view footer) {
  std::size_t direct = 0;
  if (file_.is_direct) {
    direct = tail_size_ - tail_size_ % kBufferAlignment;
    if (direct > 0) TRY_VOID(write_out(size_, tail_.first(direct)));
    TRY(file_.file, volume_.reopen(id_));
    file_.is_direct = false;
  }
  std::string rest(tail_.first(tail_size_).substr(direct));
  rest.append(footer);
  return write_out(size_ + direct, rest);
}

}  // namespace muzn::blob
