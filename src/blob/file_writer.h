// Writes one blob file: gathers small appends, checksums each block, preallocates, seals.
//
// Whole blocks go to the disk by direct I/O where the file system has it: new pages of the system's
// cache cost a multiple of the write itself. What fills no page, and the footer, go through the
// cache, by the end of the file; so no page is written both ways.
#pragma once
#include <mutex>
#include <vector>

#include "base/buffer.h"
#include "blob/volume.h"

namespace muzn::blob {

class FileWriter final : public Writer {
 public:
  // `volume` is borrowed and outlives it. The file is empty. `size_hint` 0 = unknown.
  FileWriter(Volume& volume, BlobId id, NewFile file, std::uint64_t size_hint);
  ~FileWriter() override;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  Task<Result<void>> append(std::string_view bytes) override;
  Task<Result<void>> seal(std::string label) override;

 private:
  enum class State : std::uint8_t { kOpen, kFailed, kSealed };
  using Checksums = std::vector<std::uint64_t>;

  // Takes the next place in the file for whole blocks, and writes them there.
  Task<Result<void>> write_next(std::string_view blocks);

  // These block.
  Result<Checksums> write_blocks(std::uint64_t offset, std::string_view blocks);
  Result<void> write_out(std::uint64_t offset, std::string_view bytes);
  Result<void> allocate_for(std::uint64_t end);
  Result<void> finish(std::string_view label);
  Result<void> write_tail(std::string_view footer);

  Volume& volume_;
  const BlobId id_;
  NewFile file_;
  const std::uint64_t size_hint_;
  State state_ = State::kOpen;
  Buffer tail_;  // less than a block, behind all that was given to write_next()
  std::size_t tail_size_ = 0;
  std::uint64_t size_ = 0;  // of data, without the tail
  Checksums checksums_;
  std::mutex allocating_;        // guards allocated_ while appends are under way
  std::uint64_t allocated_ = 0;  // size that fallocate gave the file
};

}  // namespace muzn::blob
