#include "object/segment_source.h"

#include <algorithm>

namespace muzn::object {
namespace {

// Given on in one piece, so that a connection does not hold memory for long.
constexpr std::uint64_t kPieceBytes = 1U << 20;

struct Slice {
  blob::BlobId blob;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
};

class SegmentSource final : public ByteSource {
 public:
  SegmentSource(blob::Store& blobs, std::vector<Slice> slices, std::shared_ptr<const void> keep)
      : keep_(std::move(keep)), blobs_(blobs), slices_(std::move(slices)) {}

  Task<Result<std::string_view>> read() override {
    loan_ = {};
    if (at_ == slices_.size()) co_return std::string_view{};
    Slice& slice = slices_[at_];
    const std::uint64_t length = std::min(slice.end - slice.offset, kPieceBytes);
    if (auto kept = blobs_.recall(slice.blob, slice.offset, length)) {
      loan_ = *std::move(kept);
    } else {
      CO_TRY(loan_, co_await load(slice, length));
    }
    const std::size_t size = loan_.bytes.size();
    if (size == 0) co_return fail(Code::kCorrupt, "a blob is shorter than its row says");
    CHECK(size <= length);
    slice.offset += size;
    if (slice.offset == slice.end) {
      ++at_;
      reader_.reset();
    }
    co_return loan_.bytes;
  }

  bool lasting() const override { return loan_.lasting; }

 private:
  Task<Result<blob::Loan>> load(const Slice& slice, std::uint64_t length) {
    if (!reader_) {
      auto opened = co_await blobs_.open(slice.blob);
      if (!opened) co_return std::unexpected(lost(std::move(opened).error()));
      reader_ = std::move(*opened);
    }
    co_return co_await reader_->load(slice.offset, length);
  }

  // A row names this blob, so that its absence is damage.
  static Error lost(Error error) {
    if (error.code == Code::kNotFound) error.code = Code::kCorrupt;
    return error;
  }

  const std::shared_ptr<const void> keep_;
  blob::Store& blobs_;
  std::vector<Slice> slices_;
  std::size_t at_ = 0;
  std::unique_ptr<blob::Reader> reader_;
  blob::Loan loan_;  // what the view of the last read() is of
};

}  // namespace

Result<std::unique_ptr<ByteSource>> segment_source(blob::Store& blobs,
                                                   const std::vector<Segment>& segments,
                                                   std::uint64_t offset, std::uint64_t length,
                                                   std::shared_ptr<const void> keep) {
  std::vector<Slice> slices;
  for (const Segment& segment : segments) {
    if (length == 0) break;
    if (offset >= segment.size) {
      offset -= segment.size;
      continue;
    }
    TRY_VOID(blobs.check_up(segment.blob));
    const std::uint64_t take = std::min(length, segment.size - offset);
    slices.push_back({segment.blob, offset, offset + take});
    length -= take;
    offset = 0;
  }
  CHECK(length == 0);
  return std::make_unique<SegmentSource>(blobs, std::move(slices), std::move(keep));
}

}  // namespace muzn::object
