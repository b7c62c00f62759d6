#include "merkle/add_checkpoint.h"

#include <fmt/format.h>

#include "merkle/decimal.h"

namespace muzn::merkle {
namespace {

constexpr std::string_view kOld = "old ";

std::unexpected<Error> bad_body(const char* what) {
  return fail(Code::kInvalid, std::string("add-checkpoint: ") + what);
}

// Consumes a line with its newline, which is not part of it.
Result<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return bad_body("ends too early");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string format_add_checkpoint(const AddCheckpoint& request) {
  CHECK(request.old_size <= kSizeMax && request.proof.size() <= kProofHashesMax);
  std::string out = fmt::format("{}{}\n", kOld, request.old_size);
  for (const Hash& hash : request.proof) out += to_base64(hash) + "\n";
  return out + "\n" + format_note(request.checkpoint.note);
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > kAddCheckpointBytesMax) return fail(Code::kLimit, "add-checkpoint: too long");
  AddCheckpoint out;
  TRY(std::string_view line, take_line(body));
  if (!line.starts_with(kOld)) return bad_body("no old size");
  TRY(out.old_size, parse_decimal(line.substr(kOld.size())));
  for (;;) {
    TRY(line, take_line(body));
    if (line.empty()) break;
    if (out.proof.size() == kProofHashesMax) return bad_body("more hashes than any tree is high");
    TRY(const Hash hash, hash_from_base64(line));
    out.proof.push_back(hash);
  }
  TRY(out.checkpoint.note, parse_note(body));
  TRY(out.checkpoint.checkpoint, parse_claimed_checkpoint(out.checkpoint.note.text));
  return out;
}

}  // namespace muzn::merkle
