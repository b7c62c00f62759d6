#include "server/log_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audit/exclusions.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "merkle/file_list.h"

namespace muzn::server {
namespace {

using Item = LogBucket::Item;
using View = LogBucket::View;
using Visit = std::function<bool(Item)>;

// The first text behind all that begin with `prefix`. REQUIRES one that ends in no 0xFF.
std::string behind(std::string prefix) {
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

// What a log has beside its tiles, in order.
std::vector<Item> words_of(const View::Shelf& shelf) {
  std::vector<Item> out;
  const std::string& checkpoint = shelf.editions[1].checkpoint;
  if (!checkpoint.empty()) {
    out.push_back(
        {.key = shelf.prefix + "checkpoint", .modified = shelf.modified, .text = checkpoint});
  }
  out.push_back({.key = shelf.prefix + "policy", .modified = shelf.began, .text = shelf.policy});
  return out;
}

std::vector<Item> words_of(const View& view) {
  std::vector<Item> out = words_of(view.now);
  out.push_back({.key = "exclusions", .modified = view.started, .text = audit::exclusions_text()});
  out.push_back(
      {.key = "exclusions.json", .modified = view.started, .text = audit::exclusions_json()});
  for (const View::Shelf& shelf : view.past)
    std::ranges::move(words_of(shelf), std::back_inserter(out));
  std::ranges::sort(out, {}, &Item::key);
  return out;
}

bool list_tiles(const View::Shelf& shelf, std::string_view from, const Visit& visit) {
  std::string_view below;
  if (from.starts_with(shelf.prefix)) {
    below = from.substr(shelf.prefix.size());
  } else if (from > shelf.prefix) {
    return true;
  }
  std::array<std::uint64_t, 3> sizes{};
  std::ranges::transform(shelf.editions, sizes.begin(), &View::Edition::size);
  bool goes_on = true;
  merkle::list_files(sizes, below, [&](const merkle::Tile& tile, const std::string& path) {
    goes_on = visit(
        {.key = shelf.prefix + path, .modified = shelf.began, .tile = tile, .log = shelf.log});
    return goes_on;
  });
  return goes_on;
}

}  // namespace

std::string LogBucket::Item::etag() const {
  if (!tile) return codec::hex_encode(crypto::sha256(text));
  return fmt::format("{}-{}-{}-{}", tile->kind == merkle::Tile::Kind::kEntries ? "entries" : "tile",
                     tile->level, tile->index, tile->width);
}

void LogBucket::View::list(std::string_view from, const Visit& visit) const {
  const std::vector<Item> words = words_of(*this);
  auto word = std::ranges::lower_bound(words, from, {}, &Item::key);
  const auto words_until = [&](std::string_view key) {
    for (; word != words.end() && word->key < key; ++word) {
      if (!visit(*word)) return false;
    }
    return true;
  };
  for (const Shelf& shelf : past) {
    if (!words_until(shelf.prefix + "tile/") || !list_tiles(shelf, from, visit)) return;
  }
  if (!words_until("tile/")) return;
  list_tiles(now, from, visit);
}

std::optional<Item> LogBucket::View::find(std::string_view key) const {
  const std::vector<Item> words = words_of(*this);
  const auto word = std::ranges::find(words, key, &Item::key);
  if (word != words.end()) return *word;
  const auto shelf =
      std::ranges::find_if(past, [key](const Shelf& one) { return key.starts_with(one.prefix); });
  const Shelf& in = shelf == past.end() ? now : *shelf;
  const auto tile = merkle::parse_tile_path(key.substr(in.prefix.size()));
  if (!tile) return std::nullopt;
  return Item{.key = std::string(key), .modified = in.began, .tile = *tile, .log = in.log};
}

LogPage page_of(const View& view, const object::ListArgs& args) {
  LogPage out;
  std::string from = args.prefix;
  const bool after_group = !args.delimiter.empty() && args.after.ends_with(args.delimiter);
  if (!args.after.empty()) {
    from = std::max(from, after_group ? behind(args.after) : args.after + '\0');
  }
  const auto count = [&out] { return out.page.entries.size() + out.page.common_prefixes.size(); };
  for (bool again = true; std::exchange(again, false);) {
    view.list(from, [&](Item item) {
      if (!item.key.starts_with(args.prefix)) return false;
      if (count() == args.limit) {
        out.page.truncated = true;
        return false;
      }
      const std::size_t cut = args.delimiter.empty()
                                  ? std::string::npos
                                  : item.key.find(args.delimiter, args.prefix.size());
      if (cut == std::string::npos) {
        out.page.next_after = item.key;
        object::ListEntry entry{.key = item.key, .version = {}};
        entry.version.etag = item.etag();
        entry.version.modified = item.modified;
        entry.version.size = item.text.size();
        out.page.entries.push_back(std::move(entry));
        out.items.push_back(std::move(item));
        return true;
      }
      const std::string group = item.key.substr(0, cut + args.delimiter.size());
      out.page.next_after = group;
      out.page.common_prefixes.push_back(group);
      from = behind(group);
      again = true;
      return false;
    });
  }
  return out;
}

}  // namespace muzn::server
