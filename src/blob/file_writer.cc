#include "blob/file_writer.h"

#include <algorithm>

#include "blob/format.h"

namespace muzn::blob {
namespace {

// At most so much is reserved ahead: the hint comes from a client, who may promise gigabytes on
// many connections and send nothing.
constexpr std::uint64_t kAllocateStepBytes = 64U << 20;

}  // namespace

FileWriter::FileWriter(Volume& volume, BlobId id, fs::File file, std::uint64_t size_hint)
    : volume_(volume), id_(std::move(id)), file_(std::move(file)), size_hint_(size_hint) {}

FileWriter::~FileWriter() {
  volume_.give_buffer(std::move(buffer_));
  if (state_ != State::kSealed) volume_.abandon(id_, std::move(file_));
}

Task<Result<void>> FileWriter::append(std::string_view bytes) {
  CHECK(state_ != State::kSealed);
  if (state_ == State::kFailed) co_return fail(Code::kUnavailable, "this blob failed before");
  CO_TRY_VOID(volume_.check_writable());
  while (!bytes.empty()) {
    std::string_view ready;
    if (buffer_.empty() && bytes.size() >= kBufferBytes) {
      // Large pieces go straight from the caller's memory.
      ready = bytes.substr(0, bytes.size() - bytes.size() % kBlockBytes);
      bytes.remove_prefix(ready.size());
    } else {
      if (buffer_.capacity() < kBufferBytes) buffer_ = volume_.take_buffer();
      const std::size_t taken = std::min(bytes.size(), kBufferBytes - buffer_.size());
      buffer_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      if (buffer_.size() < kBufferBytes) break;
      ready = buffer_;
    }
    auto written = co_await offload(volume_.pool(), [&] { return write_blocks(ready); });
    if (!written) {
      state_ = State::kFailed;
      co_return written;
    }
    buffer_.clear();
  }
  co_return Result<void>{};
}

Task<Result<void>> FileWriter::seal(std::string label) {
  CHECK(state_ != State::kSealed);
  if (state_ == State::kFailed) co_return fail(Code::kUnavailable, "this blob failed before");
  auto finished = co_await offload(volume_.pool(), [&] { return finish(label); });
  state_ = finished ? State::kSealed : State::kFailed;
  co_return finished;
}

void FileWriter::hash_blocks(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += kBlockBytes) {
    checksums_.push_back(block_checksum(id_, checksums_.size(), bytes.substr(at, kBlockBytes)));
  }
}

Result<void> FileWriter::write_blocks(std::string_view bytes) {
  TRY_VOID(volume_.check_space());
  hash_blocks(bytes);
  TRY_VOID(allocate_for(written_ + bytes.size()));
  TRY_VOID(write_out(bytes));
  written_ += bytes.size();
  volume_.count_written(bytes.size());
  return {};
}

// A full disk is an answer, not a failure: it comes before anything was acknowledged, this blob is
// discarded, and the volume goes on. Any other failed write closes it.
Result<void> FileWriter::write_out(std::string_view bytes) {
  auto done = file_.write_at(written_, bytes);
  if (done || done.error().code == Code::kNoSpace) return done;
  return volume_.fail_closed(done.error());
}

Result<void> FileWriter::allocate_for(std::uint64_t end) {
  const std::uint64_t goal = size_hint_ + footer_size(size_hint_, 0);
  if (size_hint_ == 0 || end <= allocated_ || allocated_ >= goal) return {};
  const std::uint64_t step = std::max(end - allocated_, kAllocateStepBytes);
  const std::uint64_t target = std::min(goal, allocated_ + step);
  auto done = file_.allocate(allocated_, target - allocated_);
  if (!done && done.error().code != Code::kNoSpace) return volume_.fail_closed(done.error());
  TRY_VOID(std::move(done));
  allocated_ = target;
  return {};
}

Result<void> FileWriter::finish(std::string_view label) {
  TRY_VOID(volume_.check_writable());
  TRY_VOID(volume_.check_space());
  const std::size_t tail = buffer_.size();
  hash_blocks(buffer_);
  // Tail and footer are one write, and the only one of a small blob.
  buffer_.append(encode_footer(id_, written_ + tail, checksums_, label));
  TRY_VOID(write_out(buffer_));
  const std::uint64_t size = written_ + buffer_.size();
  if (allocated_ > size) {
    if (auto done = file_.resize(size); !done) return volume_.fail_closed(done.error());
  }
  if (auto done = file_.sync_data(); !done) return volume_.fail_closed(done.error());
  volume_.count_written(tail);
  return volume_.publish(id_);
}

}  // namespace muzn::blob
