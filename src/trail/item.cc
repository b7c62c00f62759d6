#include "trail/item.h"

#include "codec/varint.h"

namespace muzn::trail {
namespace {

constexpr std::uint64_t kFormat = 1;

}  // namespace

std::string encode_item(const Item& item) {
  std::string out;
  codec::put_varint(out, kFormat);
  codec::put_bytes(out, item.account);
  codec::put_varint(out, static_cast<std::uint64_t>(to_micros(item.time)));
  codec::put_varint(out, item.management ? 1 : 0);
  codec::put_varint(out, item.leaf ? *item.leaf + 1 : 0);
  codec::put_varint(out, item.trails.size());
  for (const std::string& name : item.trails) codec::put_bytes(out, name);
  codec::put_bytes(out, item.event);
  return out;
}

Result<Item> decode_item(std::string_view bytes) {
  codec::FieldReader in(bytes);
  TRY(const std::uint64_t format, in.varint());
  if (format != kFormat) return fail(Code::kUnsupported, "an event of a newer format");
  Item out;
  TRY(out.account, in.bytes());
  TRY(const std::uint64_t time, in.varint());
  out.time = from_micros(static_cast<std::int64_t>(time));
  TRY(const std::uint64_t management, in.varint());
  out.management = management != 0;
  TRY(const std::uint64_t leaf, in.varint());
  if (leaf > 0) out.leaf = leaf - 1;
  TRY(const std::uint64_t trails, in.varint());
  for (std::uint64_t i = 0; i < trails; ++i) {
    TRY(const std::string_view name, in.bytes());
    out.trails.emplace_back(name);
  }
  TRY(out.event, in.bytes());
  if (!in.at_end() || management > 1) return fail(Code::kCorrupt, "an event with stray bytes");
  return out;
}

}  // namespace muzn::trail
