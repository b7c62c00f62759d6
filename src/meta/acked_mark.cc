#include "meta/acked_mark.h"

#include "crypto/crc.h"

namespace muzn::meta {
namespace {

constexpr std::string_view kMagic = "MUZNACK1";
constexpr std::size_t kSequenceBytes = 24;  // magic, sequence, ~sequence
constexpr std::string_view kManifestMagic = "MUZNMAN1";
constexpr std::size_t kManifestBytes = 40;  // magic, number, bytes, sequence, checksum
constexpr std::size_t kMarkBytes = kSequenceBytes + kManifestBytes;

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

std::uint64_t sum_of(std::string_view bytes) {
  return crypto::crc_update(crypto::Algorithm::kCrc32c, 0, bytes);
}

std::string encode_sequence(std::uint64_t sequence) {
  std::string out(kMagic);
  put_le64(out, sequence);
  put_le64(out, ~sequence);
  return out;
}

std::string encode_manifest(kv::ManifestEnd end) {
  std::string out(kManifestMagic);
  put_le64(out, end.number);
  put_le64(out, end.bytes);
  put_le64(out, end.sequence);
  put_le64(out, sum_of(out));
  return out;
}

std::unexpected<Error> damaged() {
  return fail(Code::kCorrupt, "the mark of acknowledged rows is damaged");
}

}  // namespace

std::string encode_mark(const Mark& mark) {
  return encode_sequence(mark.sequence) + encode_manifest(mark.manifest);
}

Result<Mark> decode_mark(std::string_view bytes) {
  if (bytes.size() != kSequenceBytes && bytes.size() != kMarkBytes) return damaged();
  Mark out;
  out.sequence = get_le64(bytes.substr(8, 8));
  if (bytes.substr(0, kSequenceBytes) != encode_sequence(out.sequence)) return damaged();
  if (bytes.size() == kSequenceBytes) return out;
  const std::string_view manifest = bytes.substr(kSequenceBytes);
  out.manifest = {get_le64(manifest.substr(8, 8)), get_le64(manifest.substr(16, 8)),
                  get_le64(manifest.substr(24, 8))};
  if (manifest != encode_manifest(out.manifest)) return damaged();
  return out;
}

Result<Mark> read_mark(const fs::Dir& dir) {
  const auto bytes = dir.read_file(kAckedName, kMarkBytes);
  if (bytes) return decode_mark(*bytes);
  if (bytes.error().code == Code::kNotFound || bytes.error().code == Code::kLimit) {
    return fail(Code::kCorrupt, "the mark of acknowledged rows: " + bytes.error().what);
  }
  return std::unexpected(bytes.error());
}

Result<std::unique_ptr<AckedMark>> AckedMark::open(const fs::Dir& dir, bool create) {
  const bool is_new = create && !dir.exists(kAckedName);
  if (is_new) TRY_VOID(dir.write_durably(kAckedName, encode_mark({})));
  TRY(const Mark mark, read_mark(dir));
  // The first form becomes the second here: in place it could be torn.
  if (!is_new && mark.manifest == kv::ManifestEnd()) {
    TRY_VOID(dir.write_durably(kAckedName, encode_mark(mark)));
  }
  TRY(fs::File file, dir.open_write(kAckedName));
  return std::unique_ptr<AckedMark>(new AckedMark(std::move(file), mark));
}

void AckedMark::note(std::uint64_t sequence, std::int64_t now_micros) {
  if (now_micros - noted_micros_ < kIntervalMicros) return;
  noted_micros_ = now_micros;
  note_last(sequence);
}

void AckedMark::note_last(std::uint64_t sequence) {
  if (sequence == noted_) return;
  if (file_.write_at(0, encode_sequence(sequence))) noted_ = sequence;
}

Result<void> AckedMark::note_manifest(kv::ManifestEnd end) {
  TRY_VOID(file_.write_at(kSequenceBytes, encode_manifest(end)));
  return file_.sync_data();
}

}  // namespace muzn::meta
