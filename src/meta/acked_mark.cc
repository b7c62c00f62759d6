#include "meta/acked_mark.h"

namespace muzn::meta {
namespace {

constexpr std::string_view kMagic = "MUZNACK1";
constexpr std::size_t kMarkBytes = 24;

void put_le64(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::uint64_t get_le64(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return out;
}

}  // namespace

std::string encode_mark(std::uint64_t sequence) {
  std::string out(kMagic);
  put_le64(out, sequence);
  put_le64(out, ~sequence);
  return out;
}

Result<std::uint64_t> decode_mark(std::string_view bytes) {
  if (bytes.size() != kMarkBytes || !bytes.starts_with(kMagic)) {
    return fail(Code::kCorrupt, "the mark of acknowledged rows is damaged");
  }
  const std::uint64_t sequence = get_le64(bytes.substr(8, 8));
  if (get_le64(bytes.substr(16, 8)) != ~sequence) {
    return fail(Code::kCorrupt, "the mark of acknowledged rows is damaged");
  }
  return sequence;
}

Result<AckedMark> AckedMark::open(const fs::Dir& dir, bool create) {
  if (create && !dir.exists(kAckedName)) TRY_VOID(dir.write_durably(kAckedName, encode_mark(0)));
  auto bytes = dir.read_file(kAckedName, kMarkBytes);
  if (!bytes && (bytes.error().code == Code::kNotFound || bytes.error().code == Code::kLimit)) {
    return fail(Code::kCorrupt, "the mark of acknowledged rows: " + bytes.error().what);
  }
  if (!bytes) return std::unexpected(std::move(bytes).error());
  TRY(const std::uint64_t sequence, decode_mark(*bytes));
  TRY(fs::File file, dir.open_write(kAckedName));
  return AckedMark(std::move(file), sequence);
}

void AckedMark::note(std::uint64_t sequence, std::int64_t now_micros) {
  if (now_micros - noted_micros_ < kIntervalMicros) return;
  noted_micros_ = now_micros;
  note_last(sequence);
}

void AckedMark::note_last(std::uint64_t sequence) {
  if (sequence == noted_) return;
  if (file_.write_at(0, encode_mark(sequence))) noted_ = sequence;
}

}  // namespace muzn::meta
