// Writes one blob file: gathers small appends, checksums each block, preallocates, seals.
#pragma once
#include <vector>

#include "blob/volume.h"

namespace muzn::blob {

class FileWriter final : public Writer {
 public:
  // `volume` is borrowed and outlives it. `file` is empty. `size_hint` 0 = unknown.
  FileWriter(Volume& volume, BlobId id, fs::File file, std::uint64_t size_hint);
  ~FileWriter() override;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  Task<Result<void>> append(std::string_view bytes) override;
  Task<Result<void>> seal(std::string label) override;

 private:
  enum class State : std::uint8_t { kOpen, kFailed, kSealed };

  // These block.
  Result<void> write_blocks(std::string_view bytes);
  Result<void> write_out(std::string_view bytes);
  Result<void> allocate_for(std::uint64_t end);
  Result<void> finish(std::string_view label);

  void hash_blocks(std::string_view bytes);

  Volume& volume_;
  const BlobId id_;
  fs::File file_;
  const std::uint64_t size_hint_;
  State state_ = State::kOpen;
  std::string buffer_;           // whole blocks but for the last of the blob
  std::uint64_t written_ = 0;    // bytes of data in the file
  std::uint64_t allocated_ = 0;  // size that fallocate gave the file
  std::vector<std::uint64_t> checksums_;
};

}  // namespace muzn::blob
