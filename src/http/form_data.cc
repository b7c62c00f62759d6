#include "http/form_data.h"

#include <algorithm>

#include "http/grammar.h"
#include "http/message.h"

namespace muzn::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::unexpected<Error> malformed(const char* what) {
  return fail(Code::kInvalid, what);
}

// The value at the front of `text`, a token or a quoted string, and off with it. Browsers escape
// only the quote and (some) the backslash; before other characters a backslash is part of a path.
std::optional<std::string> take_value(std::string_view& text) {
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view token = trim_ows(text.substr(0, end));
    text.remove_prefix(end);
    if (!is_token(token)) return std::nullopt;
    return std::string(token);
  }
  std::string out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return out;
    }
    const bool escape =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escape) ++i;
    out.push_back(text[i]);
  }
  return std::nullopt;
}

// Calls `take` with each parameter of "first; name=value; ..."; false when it is malformed.
bool read_parameters(std::string_view text, const auto& take) {
  text.remove_prefix(std::min(text.find(';'), text.size()));
  while (!text.empty()) {
    if (!text.starts_with(';')) return false;
    text = trim_ows(text.substr(1));
    if (text.empty()) return true;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_token(text.substr(0, equals))) return false;
    const std::string_view name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    auto value = take_value(text);
    if (!value || !take(name, std::move(*value))) return false;
    text = trim_ows(text);
  }
  return true;
}

std::string_view first_of(std::string_view text) {
  return trim_ows(text.substr(0, text.find(';')));
}

Result<FormPart> parse_disposition(std::string_view text) {
  if (!equal_ignoring_case(first_of(text), "form-data")) return malformed("not form-data");
  std::optional<std::string> name;
  FormPart part;
  const bool good = read_parameters(text, [&](std::string_view parameter, std::string value) {
    auto* const slot = equal_ignoring_case(parameter, "name")       ? &name
                       : equal_ignoring_case(parameter, "filename") ? &part.file_name
                                                                    : nullptr;
    if (slot == nullptr) return true;
    if (slot->has_value()) return false;
    *slot = std::move(value);
    return true;
  });
  if (!good || !name) return malformed("a part without a name");
  part.name = std::move(*name);
  return part;
}

// `text` has no empty line and no CRLF at its end.
Result<FormPart> parse_part_head(std::string_view text) {
  std::optional<FormPart> part;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kLineEnd), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + kLineEnd.size(), text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
      return malformed("a malformed line in the head of a part");
    }
    const std::string_view value = trim_ows(line.substr(colon + 1));
    if (!is_field_value(value)) return malformed("a malformed value in the head of a part");
    if (!equal_ignoring_case(line.substr(0, colon), "Content-Disposition")) continue;
    if (part) return malformed("a part with two names");
    TRY(part, parse_disposition(value));
  }
  if (!part) return malformed("a part without a name");
  return std::move(*part);
}

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kBoundaryBytesMax && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) {
           const bool alnum =
               (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           return alnum || std::string_view("'()+_,-./:=? ").contains(c);
         });
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
  if (!equal_ignoring_case(first_of(content_type), "multipart/form-data")) return std::nullopt;
  std::optional<std::string> boundary;
  const bool good =
      read_parameters(content_type, [&boundary](std::string_view name, std::string value) {
        if (!equal_ignoring_case(name, "boundary")) return true;
        if (boundary) return false;
        boundary = std::move(value);
        return true;
      });
  if (!good || !boundary || !is_boundary(*boundary)) return std::nullopt;
  return boundary;
}

FormDataParser::FormDataParser(std::string_view boundary) {
  delimiter_.append(kLineEnd).append("--").append(boundary);
}

Result<FormDataParser::Step> FormDataParser::feed(std::string_view input) {
  switch (state_) {
    case State::kStart:
      return start(input);
    case State::kAfterDelimiter:
      return after_delimiter(input);
    case State::kHead:
      return head(input);
    case State::kBody:
      return body(input);
    case State::kEnd:
      break;
  }
  return Step{.kind = Kind::kEnd, .consumed = input.size(), .data = {}};
}

// The first delimiter has no line before it whose end it could be.
Result<FormDataParser::Step> FormDataParser::start(std::string_view input) {
  const std::string_view wanted = std::string_view(delimiter_).substr(kLineEnd.size());
  if (input.size() < wanted.size() && wanted.starts_with(input)) return Step{};
  if (!input.starts_with(wanted)) return malformed("the form does not begin with its boundary");
  state_ = State::kAfterDelimiter;
  TRY(Step step, after_delimiter(input.substr(wanted.size())));
  step.consumed += wanted.size();
  return step;
}

Result<FormDataParser::Step> FormDataParser::after_delimiter(std::string_view input) {
  if (input.size() < 2) return Step{};
  if (input.starts_with("--")) {
    state_ = State::kEnd;
    return Step{.kind = Kind::kEnd, .consumed = 2, .data = {}};
  }
  if (!input.starts_with(kLineEnd)) return malformed("something follows a boundary");
  state_ = State::kHead;
  TRY(Step step, head(input.substr(kLineEnd.size())));
  step.consumed += kLineEnd.size();
  return step;
}

Result<FormDataParser::Step> FormDataParser::head(std::string_view input) {
  const std::size_t end = input.substr(0, kPartHeadBytesMax + kHeadEnd.size()).find(kHeadEnd);
  if (end == std::string_view::npos) {
    if (input.size() >= kPartHeadBytesMax + kHeadEnd.size()) {
      return malformed("the head of a part is too long");
    }
    return Step{};
  }
  TRY(part_, parse_part_head(input.substr(0, end)));
  state_ = State::kBody;
  return Step{.kind = Kind::kPart, .consumed = end + kHeadEnd.size(), .data = {}};
}

FormDataParser::Step FormDataParser::body(std::string_view input) {
  const std::size_t end = input.find(delimiter_);
  if (end == 0) {
    state_ = State::kAfterDelimiter;
    return Step{.kind = Kind::kPartEnd, .consumed = delimiter_.size(), .data = {}};
  }
  std::size_t size = end;
  if (end == std::string_view::npos) {
    // The last bytes may be the beginning of the delimiter.
    std::size_t tail = std::min(input.size(), delimiter_.size() - 1);
    while (tail > 0 && !input.ends_with(std::string_view(delimiter_).substr(0, tail))) --tail;
    size = input.size() - tail;
  }
  if (size == 0) return Step{};
  return Step{.kind = Kind::kData, .consumed = size, .data = input.substr(0, size)};
}

}  // namespace muzn::http
