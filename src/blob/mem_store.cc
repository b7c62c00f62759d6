#include "blob/mem_store.h"

#include <limits>

namespace muzn::blob {

class MemWriter final : public Writer {
 public:
  MemWriter(MemStore& store, BlobId id) : store_(store), id_(std::move(id)) {}

  Task<Result<void>> append(std::string_view bytes) override {
    CHECK(!sealed_);
    bytes_.append(bytes);
    co_return Result<void>{};
  }

  Task<Result<void>> seal(std::string label) override {
    CHECK(label.size() <= kLabelBytesMax);
    CHECK(!sealed_);
    sealed_ = true;
    const std::lock_guard lock(store_.mutex_);
    store_.figures_.bytes_written += bytes_.size();
    MemStore::Blob blob{std::move(bytes_), std::move(label)};
    CHECK(store_.blobs_.emplace(id_, std::move(blob)).second);
    co_return Result<void>{};
  }

 private:
  MemStore& store_;
  BlobId id_;
  std::string bytes_;
  bool sealed_ = false;
};

class MemReader final : public Reader {
 public:
  MemReader(MemStore& store, MemStore::Blob blob) : store_(store), blob_(std::move(blob)) {}

  std::uint64_t size() const override { return blob_.bytes.size(); }
  const std::string& label() const override { return blob_.label; }

  Task<Result<std::string>> read(std::uint64_t offset, std::size_t length) override {
    if (offset >= blob_.bytes.size()) co_return std::string{};
    std::string out = blob_.bytes.substr(offset, length);
    const std::lock_guard lock(store_.mutex_);
    store_.figures_.bytes_read += out.size();
    co_return out;
  }

 private:
  MemStore& store_;
  const MemStore::Blob blob_;  // a copy: it may be discarded while it is read
};

Task<Result<std::unique_ptr<Writer>>> MemStore::create(BlobId id, std::uint64_t /*size_hint*/,
                                                       policy::Permit /*permit*/) {
  CHECK(id.size() == kBlobIdBytes);
  co_return std::make_unique<MemWriter>(*this, std::move(id));
}

Task<Result<std::unique_ptr<Reader>>> MemStore::open(BlobId id) {
  CHECK(id.size() == kBlobIdBytes);
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(id);
  if (found == blobs_.end()) co_return fail(Code::kNotFound, "no such blob");
  co_return std::make_unique<MemReader>(*this, found->second);
}

Task<Result<void>> MemStore::discard(BlobId id) {
  CHECK(id.size() == kBlobIdBytes);
  const std::lock_guard lock(mutex_);
  blobs_.erase(id);
  co_return Result<void>{};
}

BlobFigures MemStore::figures() const {
  const std::lock_guard lock(mutex_);
  BlobFigures out = figures_;
  out.bytes_free = std::numeric_limits<std::uint64_t>::max();
  return out;
}

std::size_t MemStore::count_for_test() const {
  const std::lock_guard lock(mutex_);
  return blobs_.size();
}

std::vector<BlobId> MemStore::ids_for_test() const {
  const std::lock_guard lock(mutex_);
  std::vector<BlobId> out;
  out.reserve(blobs_.size());
  for (const auto& [id, bytes] : blobs_) out.push_back(id);
  return out;
}

}  // namespace muzn::blob
