#include "tlog/rows.h"

#include "codec/varint.h"
#include "merkle/bundle.h"

namespace muzn::tlog {
namespace {

constexpr char kHeadVersion = 1;
constexpr char kEntries = 'e';
constexpr char kTile = 't';

}  // namespace

std::string entries_row(std::uint64_t first_index) {
  std::string out(1, kEntries);
  codec::put_be64(out, first_index);
  return out;
}

Result<std::uint64_t> index_of_entries_row(std::string_view key) {
  if (!key.starts_with(kEntries)) return fail(Code::kCorrupt, "log: a row of another kind");
  codec::FieldReader in(key.substr(1));
  TRY(const std::uint64_t index, in.be64());
  if (!in.at_end()) return fail(Code::kCorrupt, "log: a bad key of entries");
  return index;
}

std::string tile_row(unsigned level, std::uint64_t index) {
  CHECK(level < merkle::kLevels);
  std::string out(1, kTile);
  out.push_back(static_cast<char>(level));
  codec::put_be64(out, index);
  return out;
}

std::string encode_head(const Head& head) {
  std::string out(1, kHeadVersion);
  codec::put_be64(out, head.size);
  out += head.root.view();
  codec::put_bytes(out, head.origin);
  return out;
}

Result<Head> decode_head(std::string_view row) {
  if (row.empty()) return fail(Code::kCorrupt, "log: an empty head");
  if (row.front() != kHeadVersion) return fail(Code::kUnsupported, "log: a head of a newer format");
  codec::FieldReader in(row.substr(1));
  Head out;
  TRY(out.size, in.be64());
  TRY(const std::string_view root, in.raw(merkle::kHashBytes));
  TRY(const std::string_view origin, in.bytes());
  out.root = merkle::hash_from_bytes(root);
  out.origin = origin;
  if (out.size > merkle::kSizeMax || encode_head(out) != row) {
    return fail(Code::kCorrupt, "log: a bad head");
  }
  return out;
}

std::vector<meta::Row> entry_rows(std::uint64_t size, std::span<const std::string> entries) {
  std::vector<meta::Row> out;
  for (const std::string& entry : entries) {
    const bool is_full =
        !out.empty() && out.back().value.size() + entry.size() + 2 > kEntriesRowBytesMax;
    if (out.empty() || is_full || size % merkle::kTileWidth == 0) {
      out.push_back({entries_row(size), {}});
    }
    merkle::append_entry(out.back().value, entry);
    ++size;
  }
  return out;
}

}  // namespace muzn::tlog
