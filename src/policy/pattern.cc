#include "policy/pattern.h"

#include <algorithm>

namespace muzn::policy {
namespace {

constexpr int kArnParts = 6;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char16_t unit(char c) {
  return static_cast<unsigned char>(c);
}

// Bytes of the character at text[at]: a whole sequence of UTF-8, or one byte.
std::size_t character_size(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  std::size_t size = 1;
  if (byte >= 0xF0) {
    size = 4;
  } else if (byte >= 0xE0) {
    size = 3;
  } else if (byte >= 0xC0) {
    size = 2;
  }
  if (at + size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 1;
  }
  return size;
}

bool same(char16_t wanted, char found, Case letters) {
  if (wanted == unit(found)) return true;
  return letters == Case::kIgnored && wanted < 0x80 &&
         lower(static_cast<char>(wanted)) == lower(found);
}

std::size_t least_size(std::u16string_view glob) {
  std::size_t out = 0;
  for (const char16_t one : glob) out += one == kAnyRun ? 0 : 1;
  return out;
}

void append(Glob& glob, std::string_view bytes) {
  for (const char c : bytes) glob.push_back(unit(c));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// `step` is told of each.
template <class Step>
bool run(std::u16string_view glob, std::string_view text, Case letters, const Step& step) {
  if (least_size(glob) > text.size()) return false;
  std::size_t g = 0;
  std::size_t t = 0;
  // Where to go on when what follows the last run does not fit: that run takes a character more.
  std::size_t after_run = std::u16string_view::npos;
  std::size_t run_end = 0;
  while (t < text.size()) {
    step();
    if (g < glob.size() && glob[g] == kAnyRun) {
      after_run = ++g;
      run_end = t;
    } else if (g < glob.size() && glob[g] == kAnyOne) {
      ++g;
      t += character_size(text, t);
    } else if (g < glob.size() && same(glob[g], text[t], letters)) {
      ++g;
      ++t;
    } else if (after_run != std::u16string_view::npos) {
      g = after_run;
      run_end += character_size(text, run_end);
      t = run_end;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == kAnyRun) ++g;
  return g == glob.size();
}

}  // namespace

std::string fold_key(std::string_view key) {
  std::string out(key);
  for (char& c : out) {
    if (c == '/') break;
    c = lower(c);
  }
  return out;
}

bool matches(std::u16string_view glob, std::string_view text, Case letters) {
  return run(glob, text, letters, [] {});
}

std::size_t match_steps(std::u16string_view glob, std::string_view text) {
  std::size_t steps = 0;
  run(glob, text, Case::kExact, [&steps] { ++steps; });
  return steps;
}

bool matches_arn(std::u16string_view glob, std::string_view arn) {
  for (int part = 1; part < kArnParts; ++part) {
    const std::size_t glob_end = glob.find(u':');
    const std::size_t arn_end = arn.find(':');
    if (glob_end == std::u16string_view::npos || arn_end == std::string_view::npos) return false;
    if (!matches(glob.substr(0, glob_end), arn.substr(0, arn_end))) return false;
    glob.remove_prefix(glob_end + 1);
    arn.remove_prefix(arn_end + 1);
  }
  return matches(glob, arn);
}

// text[at..] begins with "${". Returns where the text goes on.
Result<std::size_t> Pattern::take_variable(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('}', at);
  if (end == std::string_view::npos) return fail(Code::kInvalid, "a policy variable has no end");
  const std::string_view inside = text.substr(at + 2, end - at - 2);
  if (inside == "*" || inside == "?" || inside == "$") {
    append(glob_, inside);
    return end + 1;
  }
  const std::size_t comma = inside.find(',');
  Piece variable;
  variable.key = fold_key(trim(inside.substr(0, comma)));
  if (variable.key.empty() || variable.key.contains('$') || variable.key.contains('\'')) {
    return fail(Code::kInvalid, "a policy variable has no name");
  }
  if (comma != std::string_view::npos) {
    const std::string_view value = trim(inside.substr(comma + 1));
    if (value.size() < 2 || value.front() != '\'' || value.back() != '\'') {
      return fail(Code::kInvalid, "the default of a policy variable is not in single quotes");
    }
    variable.fallback = std::string(value.substr(1, value.size() - 2));
  }
  pieces_.push_back({.glob = std::move(glob_), .key = {}, .fallback = {}});
  glob_.clear();
  pieces_.push_back(std::move(variable));
  fixed_ = false;
  return end + 1;
}

Result<Pattern> Pattern::parse(std::string_view text, Syntax syntax) {
  Pattern out;
  out.text_ = std::string(text);
  std::size_t at = 0;
  while (at < text.size()) {
    if (syntax.variables && text.substr(at).starts_with("${")) {
      TRY(at, out.take_variable(text, at));
      continue;
    }
    const char c = text[at++];
    if (syntax.wildcards && (c == '*' || c == '?')) {
      out.fixed_ = false;
      out.glob_.push_back(c == '*' ? kAnyRun : kAnyOne);
    } else {
      out.glob_.push_back(unit(c));
    }
  }
  if (!out.pieces_.empty()) {
    out.pieces_.push_back({.glob = std::move(out.glob_), .key = {}, .fallback = {}});
    out.glob_.clear();
  }
  return out;
}

bool Pattern::asks(std::string_view key_prefix) const {
  return std::ranges::any_of(pieces_, [key_prefix](const Piece& piece) {
    return !piece.key.empty() && piece.key.starts_with(key_prefix);
  });
}

std::optional<Glob> Pattern::resolve(const Facts& facts) const {
  if (pieces_.empty()) return glob_;
  Glob out;
  for (const Piece& piece : pieces_) {
    if (piece.key.empty()) {
      out += piece.glob;
      continue;
    }
    const auto values = facts.values(piece.key);
    if (values && values->size() == 1) {
      append(out, values->front());
    } else if (piece.fallback) {
      append(out, *piece.fallback);
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace muzn::policy
