#include "merkle/checkpoint.h"

#include <fmt/format.h>

#include "merkle/decimal.h"
#include "merkle/verifier.h"

namespace muzn::merkle {
namespace {

std::unexpected<Error> bad_checkpoint(const char* what) {
  return fail(Code::kInvalid, std::string("checkpoint: ") + what);
}

// Consumes a line with its newline, which is not part of it.
Result<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return bad_checkpoint("too few lines");
  const std::string_view line = text.substr(0, end);
  if (line.empty()) return bad_checkpoint("an empty line");
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  CHECK(!checkpoint.origin.empty() && !checkpoint.origin.contains('\n'));
  CHECK(checkpoint.size <= kSizeMax);
  return fmt::format("{}\n{}\n{}\n{}", checkpoint.origin, checkpoint.size,
                     to_base64(checkpoint.root), checkpoint.extension);
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint out;
  TRY(const std::string_view origin, take_line(text));
  TRY(const std::string_view size, take_line(text));
  TRY(const std::string_view root, take_line(text));
  out.origin = origin;
  TRY(out.size, parse_decimal(size));
  TRY(out.root, hash_from_base64(root));
  if (out.size == 0 && out.root != empty_root()) return bad_checkpoint("an empty tree with a root");
  out.extension = text;
  while (!text.empty()) TRY_VOID(take_line(text));
  return out;
}

Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view note) {
  SignedCheckpoint out;
  TRY(out.note, parse_note(note));
  TRY(out.checkpoint, parse_checkpoint(out.note.text));
  return out;
}

Result<SignedCheckpoint> open_checkpoint(std::string_view note, const VerifierKey& log) {
  TRY(SignedCheckpoint out, parse_signed_checkpoint(note));
  TRY(const std::vector<Verified> signers, verify_known(out.note, {&log, 1}));
  if (signers.empty()) return fail(Code::kDenied, "checkpoint: not signed by " + log.name);
  if (out.checkpoint.origin != log.name) {
    return fail(Code::kDenied, "checkpoint: of another origin than " + log.name);
  }
  return out;
}

}  // namespace muzn::merkle
