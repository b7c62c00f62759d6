#include "object/label.h"

#include "object/row_fields.h"

namespace muzn::object {
namespace {

enum class Kind : std::uint8_t { kObject = 0, kPart = 1 };

}  // namespace

std::string encode(const Label& label) {
  std::string out = row::begin_row();
  const auto* part = std::get_if<PartLabel>(&label.what);
  codec::put_varint(out, static_cast<std::uint64_t>(part != nullptr ? Kind::kPart : Kind::kObject));
  codec::put_bytes(out, label.bucket);
  codec::put_bytes(out, label.bucket_id);
  codec::put_bytes(out, label.key);
  if (part != nullptr) {
    codec::put_bytes(out, row::encode(row::UploadRow{part->upload, 0}));
    codec::put_bytes(out, row::encode(part->part));
  } else {
    codec::put_bytes(out, row::encode(std::get<ObjectLabel>(label.what).version));
  }
  return out.size() <= blob::kLabelBytesMax ? out : "";
}

Result<Label> decode_label(std::string_view bytes) {
  row::Fields fields(bytes);
  Label out;
  const Kind kind = fields.enumeration(Kind::kPart, "kind of label");
  out.bucket = fields.bytes();
  out.bucket_id = fields.bytes();
  out.key = fields.bytes();
  const std::string first = fields.bytes();
  const std::string second = kind == Kind::kPart ? fields.bytes() : "";
  TRY(out, fields.finish(std::move(out)));
  if (kind == Kind::kPart) {
    TRY(row::UploadRow upload, row::decode_upload(first));
    TRY(Part part, row::decode_part(second));
    if (upload.revision != 0 || upload.upload.key != out.key) {
      return fail(Code::kCorrupt, "label: another key's upload");
    }
    out.what = PartLabel{std::move(upload.upload), std::move(part)};
    return out;
  }
  TRY(Version version, row::decode_version(first));
  out.what = ObjectLabel{std::move(version)};
  return out;
}

}  // namespace muzn::object
