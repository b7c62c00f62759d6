#include "object/segment_source.h"

#include <algorithm>

namespace muzn::object {
namespace {

// Bytes of one read; ends on a block's border, so that no block is verified twice.
constexpr std::uint64_t kReadBytes = 4 * blob::kBlockBytes;

struct Slice {
  blob::BlobId blob;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
};

class SegmentSource final : public ByteSource {
 public:
  SegmentSource(blob::Store& blobs, std::vector<Slice> slices)
      : blobs_(blobs), slices_(std::move(slices)) {}

  Task<Result<std::string_view>> read() override {
    if (at_ == slices_.size()) co_return std::string_view{};
    Slice& slice = slices_[at_];
    if (!reader_) {
      auto opened = co_await blobs_.open(slice.blob);
      if (!opened) co_return std::unexpected(lost(std::move(opened).error()));
      reader_ = std::move(*opened);
    }
    const std::uint64_t border = (slice.offset / kReadBytes + 1) * kReadBytes;
    const std::uint64_t length = std::min(border, slice.end) - slice.offset;
    CO_TRY(bytes_, co_await reader_->read(slice.offset, static_cast<std::size_t>(length)));
    if (bytes_.empty()) co_return fail(Code::kCorrupt, "a blob is shorter than its row says");
    CHECK(bytes_.size() <= length);
    slice.offset += bytes_.size();
    if (slice.offset == slice.end) {
      ++at_;
      reader_.reset();
    }
    co_return std::string_view{bytes_};
  }

 private:
  // A row names this blob, so that its absence is damage.
  static Error lost(Error error) {
    if (error.code == Code::kNotFound) error.code = Code::kCorrupt;
    return error;
  }

  blob::Store& blobs_;
  std::vector<Slice> slices_;
  std::size_t at_ = 0;
  std::unique_ptr<blob::Reader> reader_;
  std::string bytes_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> segment_source(blob::Store& blobs,
                                                   const std::vector<Segment>& segments,
                                                   std::uint64_t offset, std::uint64_t length) {
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
  return std::make_unique<SegmentSource>(blobs, std::move(slices));
}

}  // namespace muzn::object
