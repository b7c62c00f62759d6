// Fields that several row values share. Used by row_values*.cc only.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "codec/varint.h"
#include "object/row_values.h"

namespace muzn::object::row {

// Reads one value's fields in order; the first error sticks and is told by finish(), so that
// decoders need no check at each field.
class Fields {
 public:
  // Checks the format number.
  explicit Fields(std::string_view bytes) : reader_(bytes) {
    const std::uint64_t format = number();
    if (!error_ && format != kFormat) {
      error_ = Error{format > kFormat ? Code::kUnsupported : Code::kCorrupt,
                     "row: format " + std::to_string(format)};
    }
  }

  bool ok() const { return !error_; }
  // Does an optional tail follow? Rows of format 1 that need none end before it.
  bool more() const { return ok() && !reader_.at_end(); }
  void corrupt(const char* what) {
    if (!error_) error_ = Error{Code::kCorrupt, std::string("row: ") + what};
  }
  std::uint64_t number() {
    std::uint64_t out = 0;
    if (!error_ && !reader_.take_varint(out)) error_ = reader_.varint().error();
    return out;
  }
  std::string bytes() {
    std::string_view out;
    if (!error_ && !reader_.take_bytes(out)) error_ = reader_.bytes().error();
    return std::string(out);
  }
  Time time() { return from_micros(static_cast<std::int64_t>(number())); }
  // At most `max`, so that enums and flags have one encoding.
  std::uint64_t number_to(std::uint64_t max, const char* what) {
    const std::uint64_t value = number();
    if (value <= max) return value;
    corrupt(what);
    return 0;
  }
  template <class Enum>
  Enum enumeration(Enum last, const char* what) {
    return static_cast<Enum>(number_to(static_cast<std::uint64_t>(last), what));
  }
  bool flag(const char* what) { return number_to(1, what) != 0; }

  // The value when all went well and nothing is left over.
  template <class T>
  Result<T> finish(T value) {
    if (!error_ && !reader_.at_end()) corrupt("bytes after the last field");
    if (error_) return std::unexpected(*error_);
    return value;
  }

 private:
  codec::FieldReader reader_;
  std::optional<Error> error_;
};

inline std::string begin_row() {
  std::string out;
  codec::put_varint(out, kFormat);
  return out;
}
inline void put_time(std::string& out, Time time) {
  codec::put_varint(out, static_cast<std::uint64_t>(to_micros(time)));
}

void put_pairs(std::string& out, const Pairs& pairs);
Pairs get_pairs(Fields& fields);
void put_attributes(std::string& out, const Attributes& attributes);
Attributes get_attributes(Fields& fields);
// An optional checksum: a presence flag and its fields.
void put_checksum(std::string& out, const std::optional<Checksum>& checksum);
std::optional<Checksum> get_checksum(Fields& fields);
// A segment: its size, and its blob's id when the size is not 0.
void put_segment(std::string& out, const Segment& segment);
Segment get_segment(Fields& fields);
// A lock as one byte string, "" when empty.
std::string lock_bytes(const Lock& lock);
Lock get_lock(Fields& fields);

}  // namespace muzn::object::row
