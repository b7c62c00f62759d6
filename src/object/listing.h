// Pure: one page of a listing, as a state machine over scans of a sorted range of rows.
//
// It sees rows without their tag: escape(key), then what orders the rows of one key. Common
// prefixes are skipped by seeking past them, so the cost grows with the page, not with the bucket.
//
//   Lister lister(query);
//   while (auto window = lister.next()) lister.feed(rows of that window, in order);
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::object {

struct ListQuery {
  std::string prefix;
  std::string delimiter;
  std::string after;         // keys and common prefixes greater than this only
  std::string resume;        // with `after`, when not empty: go on at this row (without tag)
  std::size_t limit = 1000;  // keys and common prefixes together
};

class Lister {
 public:
  struct Window {
    std::string from;       // without tag
    std::string to;         // "" = to the end of the tag
    std::size_t limit = 0;  // rows
  };
  struct Row {
    std::string suffix;  // row key without its tag
    std::string value;
    char tag = 0;
  };
  struct Entry {
    std::string key;
    std::string rest;  // of the suffix, behind escape(key)
    std::string value;
    char tag = 0;
  };
  struct Page {
    std::vector<Entry> entries;
    std::vector<std::string> common_prefixes;
    bool truncated = false;
    std::string last;  // greatest key or common prefix given
    bool last_is_prefix = false;
  };

  // `hidden` tells rows that are not listed and make no common prefix (delete markers).
  // Its errors end the listing.
  using Hidden = std::function<Result<bool>(const Row&)>;
  explicit Lister(ListQuery query, Hidden hidden = {});

  // The scan to make next; nullopt when the page is done.
  std::optional<Window> next() const;
  // The rows of the window that next() gave. `complete` = there are no more in [from, to).
  // Errors: kCorrupt.
  Result<void> feed(std::vector<Row> rows, bool complete);
  Page take() { return std::move(page_); }

 private:
  std::optional<std::string> group_of(std::string_view key) const;
  void seek(std::string from);
  Result<bool> consume(Row& row);

  ListQuery query_;
  Hidden hidden_;
  std::string from_;
  std::string to_;
  std::size_t batch_ = 0;
  bool saw_hidden_ = false;  // in the last rows
  bool done_ = false;
  Page page_;
};

}  // namespace muzn::object
