#include "merkle/note.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/uri.h"

namespace muzn::merkle {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // U+2014, space
constexpr std::size_t kKeyIdBytes = 4;

// Unicode's White_Space above ASCII, in UTF-8. ASCII's are control characters and the space.
constexpr std::string_view kSpaces[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

std::unexpected<Error> bad_note(const char* what) {
  return fail(Code::kInvalid, std::string("note: ") + what);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

// Errors: kInvalid, kLimit.
Result<void> check_bytes(std::string_view text) {
  if (text.size() > kNoteBytesMax) return fail(Code::kLimit, "note: too long");
  const bool is_clean =
      std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\n'; });
  if (!is_clean) return bad_note("a control character");
  if (!codec::is_utf8(text)) return bad_note("not UTF-8");
  return {};
}

// `line` without its newline.
Result<Signature> parse_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return bad_note("not a signature line");
  line.remove_prefix(kSignaturePrefix.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return bad_note("a signature line without a signature");
  Signature out;
  out.name = line.substr(0, space);
  if (!is_key_name(out.name)) return bad_note("a bad key name");
  auto blob = codec::base64_decode(line.substr(space + 1));
  if (!blob || blob->size() <= kKeyIdBytes) return bad_note("a signature that is no signature");
  for (std::size_t i = 0; i < kKeyIdBytes; ++i) {
    out.key_id = out.key_id << 8U | static_cast<unsigned char>((*blob)[i]);
  }
  out.bytes = blob->substr(kKeyIdBytes);
  return out;
}

Result<std::vector<Signature>> parse_lines(std::string_view lines) {
  if (!lines.ends_with('\n')) return bad_note("no signature line at the end");
  std::vector<Signature> out;
  while (!lines.empty()) {
    if (out.size() == kSignaturesMax) return fail(Code::kLimit, "note: too many signatures");
    const auto end = lines.find('\n');
    TRY(Signature signature, parse_line(lines.substr(0, end)));
    out.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || !codec::is_utf8(name)) return false;
  const bool is_plain =
      std::ranges::none_of(name, [](char c) { return is_control(c) || c == ' ' || c == '+'; });
  return is_plain && std::ranges::none_of(
                         kSpaces, [name](std::string_view space) { return name.contains(space); });
}

Result<Note> parse_note(std::string_view note) {
  TRY_VOID(check_bytes(note));
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return bad_note("no blank line before the signatures");
  Note out;
  out.text = note.substr(0, blank + 1);
  TRY(out.signatures, parse_lines(note.substr(blank + 2)));
  return out;
}

Result<std::vector<Signature>> parse_signature_lines(std::string_view lines) {
  TRY_VOID(check_bytes(lines));
  return parse_lines(lines);
}

std::string format_signature(const Signature& signature) {
  CHECK(is_key_name(signature.name) && !signature.bytes.empty());
  std::string blob;
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    blob.push_back(static_cast<char>(signature.key_id >> (shift - 8) & 0xFFU));
  }
  blob += signature.bytes;
  return std::string(kSignaturePrefix) + signature.name + " " + codec::base64_encode(blob) + "\n";
}

std::string format_note(const Note& note) {
  CHECK(note.text.ends_with('\n') && !note.signatures.empty());
  std::string out = note.text + "\n";
  for (const Signature& signature : note.signatures) out += format_signature(signature);
  return out;
}

}  // namespace muzn::merkle
