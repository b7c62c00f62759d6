#include "merkle/proof_file.h"

#include <fmt/format.h>

#include "codec/base64.h"

namespace muzn::merkle {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

std::unexpected<Error> bad_proof(const char* what) {
  return fail(Code::kInvalid, std::string("proof file: ") + what);
}

// Consumes a line with its newline, which is not part of it.
Result<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return bad_proof("ends too early");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string format_proof_file(const ProofFile& file) {
  CHECK(file.hashes.size() <= kProofHashesMax);
  std::string out = fmt::format("{}\n", kFirstLine);
  if (file.extra) out += fmt::format("{}{}\n", kExtra, codec::base64_encode(*file.extra));
  out += fmt::format("{}{}\n", kIndex, file.index);
  for (const Hash& hash : file.hashes) out += to_base64(hash) + "\n";
  return out + "\n" + file.checkpoint;
}

Result<ProofFile> parse_proof_file(std::string_view text) {
  if (text.size() > kProofFileBytesMax) return fail(Code::kLimit, "proof file: too long");
  ProofFile out;
  TRY(std::string_view line, take_line(text));
  if (line != kFirstLine) return bad_proof("another first line");
  TRY(line, take_line(text));
  if (line.starts_with(kExtra)) {
    TRY(std::string extra, codec::base64_decode(line.substr(kExtra.size())));
    if (extra.size() > kExtraBytesMax) return fail(Code::kLimit, "proof file: too much extra data");
    out.extra = std::move(extra);
    TRY(line, take_line(text));
  }
  if (!line.starts_with(kIndex)) return bad_proof("no index");
  TRY(out.index, parse_decimal(line.substr(kIndex.size())));
  for (;;) {
    TRY(line, take_line(text));
    if (line.empty()) break;
    if (out.hashes.size() == kProofHashesMax) {
      return fail(Code::kLimit, "proof file: more hashes than any tree is high");
    }
    TRY(const Hash hash, hash_from_base64(line));
    out.hashes.push_back(hash);
  }
  out.checkpoint = text;
  return out;
}

Result<Judgement> verify_proof_file(const ProofFile& file, const Hash& leaf, const Policy& policy) {
  TRY(Judgement judgement, judge_checkpoint(file.checkpoint, policy));
  const Checkpoint& tree = judgement.checkpoint;
  if (!verify_inclusion(file.index, tree.size, leaf, file.hashes, tree.root)) {
    return fail(Code::kDenied, "the entry is not where the proof says");
  }
  return judgement;
}

}  // namespace muzn::merkle
