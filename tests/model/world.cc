#include "model/world.h"

#include "blob/file_store.h"
#include "blob/mem_store.h"
#include "meta/mem_store.h"
#include "meta/rocks_store.h"

namespace muzn::model {
namespace {

class MemWorld final : public World {
 public:
  meta::Store& rows() override { return rows_; }
  blob::Store& blobs() override { return blobs_; }
  std::size_t blob_count() const override { return blobs_.count_for_test(); }

 private:
  meta::MemStore rows_;
  blob::MemStore blobs_;
};

std::filesystem::path new_directory() {
  std::string path = std::filesystem::temp_directory_path() / "muzn-model-XXXXXX";
  CHECK(::mkdtemp(path.data()) != nullptr);
  return path;
}

class DiskWorld final : public World {
 public:
  DiskWorld(Pool& pool, const Clock& clock)
      : pool_(pool), clock_(clock), directory_(new_directory()) {
    open();
  }
  ~DiskWorld() override {
    rows_.reset();
    blobs_.reset();
    std::filesystem::remove_all(directory_);
  }

  meta::Store& rows() override { return *rows_; }
  blob::Store& blobs() override { return *blobs_; }
  std::size_t blob_count() const override {
    std::size_t out = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_ / "blobs")) {
      out += entry.is_regular_file() && entry.path().filename().string().size() == 32 ? 1 : 0;
    }
    return out;
  }
  void crash() override {
    rows_.reset();
    blobs_.reset();
    open();
  }

 private:
  void open() {
    meta::RocksOptions rows;
    rows.directory = directory_ / "rows";
    blob::FileOptions blobs;
    blobs.directory = directory_ / "blobs";
    rows_ = meta::open_rocks_store(rows, clock_).value();
    blobs_ = blob::open_file_store(blobs, pool_).value();
  }

  Pool& pool_;
  const Clock& clock_;
  const std::filesystem::path directory_;
  std::unique_ptr<meta::Store> rows_;
  std::unique_ptr<blob::Store> blobs_;
};

}  // namespace

std::unique_ptr<World> mem_world() {
  return std::make_unique<MemWorld>();
}
std::unique_ptr<World> disk_world(Pool& pool, const Clock& clock) {
  return std::make_unique<DiskWorld>(pool, clock);
}

}  // namespace muzn::model
