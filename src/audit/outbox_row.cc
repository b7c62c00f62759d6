#include "audit/outbox_row.h"

#include "codec/varint.h"
#include "merkle/bundle.h"

namespace muzn::audit {
namespace {

constexpr char kVersion = 1;

}  // namespace

std::string encode_outbox(std::string_view handle, std::string_view line) {
  std::string out;
  out.reserve(1 + 2 + handle.size() + line.size());
  out.push_back(kVersion);
  codec::put_bytes(out, handle);
  out.append(line);
  return out;
}

Result<OutboxRow> decode_outbox(std::string_view row) {
  if (row.empty()) return fail(Code::kCorrupt, "outbox: an empty row");
  if (row.front() != kVersion) return fail(Code::kUnsupported, "outbox: a row of a newer format");
  codec::FieldReader in(row.substr(1));
  TRY(const std::string_view handle, in.bytes());
  OutboxRow out{.handle = std::string(handle), .line = {}};
  const std::string_view line = in.rest();
  // What no log takes would stay here for good.
  if (handle.empty() || line.empty() || line.size() > merkle::kEntryBytesMax) {
    return fail(Code::kCorrupt, "outbox: a bad row");
  }
  out.line = line;
  if (encode_outbox(out.handle, out.line) != row) return fail(Code::kCorrupt, "outbox: a bad row");
  return out;
}

}  // namespace muzn::audit
