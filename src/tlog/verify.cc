#include "tlog/verify.h"

#include <optional>

#include "tlog/log.h"
#include "tlog/rows.h"
#include "tlog/tree_rows.h"

namespace muzn::tlog {
namespace {

constexpr std::size_t kPage = 64;  // rows of entries are large
constexpr std::size_t kTileKeyBytes = 10;

bool is_known(const meta::Row& row) {
  if (row.key == kHeadRow || row.key == kKeyRow || row.key == kSignedRow ||
      row.key == kPublishedRow) {
    return true;
  }
  if (index_of_entries_row(row.key)) return true;
  const bool is_tile = row.key.size() == kTileKeyBytes && row.key.front() == tile_row(0, 0).front();
  return is_tile && static_cast<unsigned char>(row.key[1]) < merkle::kLevels;
}

class Rows {
 public:
  Rows(meta::Store& rows, meta::ShardId shard) : rows_(rows), shard_(shard) {}

  LogRowsReport run() {
    std::string from;
    for (;;) {
      const auto page = run_sync(rows_.scan(shard_, from, "", kPage));
      if (!page) {
        error("rows can't be read: " + page.error().what);
        return std::move(out_);
      }
      for (const meta::Row& row : *page) read(row);
      if (page->size() < kPage) break;
      from = page->back().key + '\0';
    }
    if (out_.rows > 0) judge_root();
    return std::move(out_);
  }

 private:
  void error(std::string what) { out_.errors.push_back("log: " + std::move(what)); }

  void read(const meta::Row& row) {
    ++out_.rows;
    if (!is_known(row)) error("a row of an unknown tag");
    if (row.key != kHeadRow) return;
    auto head = decode_head(row.value);
    if (!head) return error(head.error().what);
    head_ = std::move(*head);
  }

  void judge_root() {
    if (!head_) return error("there are rows, but no head");
    out_.entries = head_->size;
    const auto root = run_sync(TreeRows(rows_, shard_).root_at(head_->size));
    if (!root) return error(root.error().what);
    if (*root != head_->root) error("its entries are not those of its head");
  }

  meta::Store& rows_;
  const meta::ShardId shard_;
  LogRowsReport out_;
  std::optional<Head> head_;
};

}  // namespace

LogRowsReport verify_log_rows(meta::Store& rows, meta::ShardId shard) {
  return Rows(rows, shard).run();
}

}  // namespace muzn::tlog
