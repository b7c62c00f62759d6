#include "codec/varint.h"

namespace muzn::codec {
namespace {

constexpr std::size_t kVarintBytesMax = 10;  // ceil(64 / 7)

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xFFU));
  }
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void put_bytes(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out.append(bytes);
}

void put_be64(std::string& out, std::uint64_t value) {
  put_big_endian(out, value, 8);
}

void put_be16(std::string& out, std::uint16_t value) {
  put_big_endian(out, value, 2);
}

Result<std::uint64_t> FieldReader::varint() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kVarintBytesMax; ++i) {
    if (i == rest_.size()) return fail(Code::kCorrupt, "fields: varint cut short");
    const auto byte = static_cast<std::uint8_t>(rest_[i]);
    if (i == kVarintBytesMax - 1 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if (byte < 0x80U) {
      // One value has one encoding, so that equal rows are equal bytes.
      if (byte == 0 && i > 0) return fail(Code::kCorrupt, "fields: varint is not minimal");
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  return fail(Code::kCorrupt, "fields: varint over 64 bits");
}

bool FieldReader::take_long_varint(std::uint64_t& out) {
  const auto value = varint();
  if (value) out = *value;
  return value.has_value();
}

Result<std::string_view> FieldReader::bytes() {
  const std::string_view before = rest_;
  TRY(const std::uint64_t size, varint());
  if (size > rest_.size()) {
    rest_ = before;
    return fail(Code::kCorrupt, "fields: bytes cut short");
  }
  return raw(static_cast<std::size_t>(size));
}

Result<std::string_view> FieldReader::raw(std::size_t count) {
  if (count > rest_.size()) return fail(Code::kCorrupt, "fields: bytes cut short");
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

Result<std::uint64_t> FieldReader::be64() {
  TRY(const std::string_view bytes, raw(8));
  return big_endian(bytes);
}

Result<std::uint16_t> FieldReader::be16() {
  TRY(const std::string_view bytes, raw(2));
  return static_cast<std::uint16_t>(big_endian(bytes));
}

}  // namespace muzn::codec
