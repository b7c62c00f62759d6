// What the bucket of the log shows at one moment: its objects in order. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "object/store.h"
#include "server/log_bucket.h"

namespace muzn::server {

struct LogBucket::Item {
  std::string key;
  Time modified;
  std::string text = {};                            // its bytes, unless it is a tile
  std::optional<merkle::Tile> tile = std::nullopt;  // of `log`
  tlog::Log* log = nullptr;
  // Of tiles without reading them: what is at a path is there for good.
  std::string etag() const;
};

struct LogBucket::View {
  struct Edition {
    std::string checkpoint;  // "" = nothing is published
    std::uint64_t size = 0;
    bool operator==(const Edition&) const = default;
  };
  struct Shelf {
    std::string prefix = {};  // of its keys; "" = the log that goes on
    tlog::Log* log = nullptr;
    std::string policy = {};
    std::array<Edition, 3> editions = {};  // the newest last; the middle one is given
    Time modified = {};                    // of the checkpoint that is given
    Time began = {};                       // of its first entry
  };
  std::vector<Shelf> past;  // by prefix
  Shelf now;
  Time started;  // since when its words about itself are as they are

  // The objects in order from the first that is not less than `from`, until `visit` returns false.
  void list(std::string_view from, const std::function<bool(Item)>& visit) const;
  std::optional<Item> find(std::string_view key) const;
};

// A page of a listing, without sizes: the keys of `page.entries` are those of `items`.
struct LogPage {
  object::ListPage page;
  std::vector<LogBucket::Item> items;
};
LogPage page_of(const LogBucket::View& view, const object::ListArgs& args);

}  // namespace muzn::server
