// The engines of bytes under one name, so that the same cases run over each.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "blob/file_store.h"
#include "blob/mem_store.h"
#include "unit/fs/temp_dir.h"

namespace muzn::blob {

class MemEngine {
 public:
  Store& store() { return store_; }

 private:
  MemStore store_;
};

class FileEngine {
 public:
  FileEngine() { reopen(); }
  Store& store() { return *store_; }
  void reopen() {
    store_.reset();
    auto opened = open_file_store({temp_.path(), 0}, pool_);
    CHECK(opened.has_value());
    store_ = std::move(*opened);
  }
  void close() { store_.reset(); }
  Pool& pool() { return pool_; }
  const std::string& directory() const { return temp_.path(); }
  // Every blob file there is.
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(temp_.path())) {
      if (entry.is_regular_file() && entry.path().filename() != "format") {
        out.push_back(entry.path().string());
      }
    }
    return out;
  }

 private:
  test::TempDir temp_;
  Pool pool_{2};
  std::unique_ptr<Store> store_;
};

inline BlobId test_id(unsigned number) {
  BlobId out(kBlobIdBytes, '\0');
  out[7] = 1;
  for (std::size_t i = 0; i < 4; ++i) out[8 + i] = static_cast<char>(number >> (8 * i) & 0xff);
  return out;
}

// Bytes that differ from block to block.
inline std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : out) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return out;
}

inline Result<void> store_blob(Store& store, const BlobId& id, std::string_view bytes,
                               std::size_t piece, std::uint64_t hint) {
  TRY(auto writer, run_sync(store.create(id, hint, *policy::may_send({}, {}))));
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    TRY_VOID(run_sync(writer->append(bytes.substr(at, piece))));
  }
  return run_sync(writer->seal());
}

}  // namespace muzn::blob
