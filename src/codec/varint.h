// Field encoding of rows: little-endian base-128 varints and length-prefixed bytes, with a reader
// that never runs past the end.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::codec {

void put_varint(std::string& out, std::uint64_t value);
void put_bytes(std::string& out, std::string_view bytes);  // varint length, bytes
void put_be64(std::string& out, std::uint64_t value);      // order-preserving
void put_be16(std::string& out, std::uint16_t value);

// Consumes from the front of `bytes`. Errors: kCorrupt when too short or a varint is over 10 bytes.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  Result<std::uint64_t> varint();
  Result<std::string_view> bytes();
  // The same for who reads many: false, with nothing consumed, where the others fail.
  bool take_varint(std::uint64_t& out) {
    if (rest_.empty() || static_cast<std::uint8_t>(rest_.front()) >= 0x80U) {
      return take_long_varint(out);
    }
    out = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return true;
  }
  bool take_bytes(std::string_view& out) {
    const std::string_view before = rest_;
    std::uint64_t size = 0;
    if (!take_varint(size) || size > rest_.size()) {
      rest_ = before;
      return false;
    }
    out = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(out.size());
    return true;
  }
  Result<std::string_view> raw(std::size_t count);
  Result<std::uint64_t> be64();
  Result<std::uint16_t> be16();
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  bool take_long_varint(std::uint64_t& out);

  std::string_view rest_;
};

}  // namespace muzn::codec
