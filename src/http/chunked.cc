#include "http/chunked.h"

#include <algorithm>
#include <array>
#include <optional>

#include "http/grammar.h"
#include "http/message.h"

namespace muzn::http {
namespace {

constexpr std::size_t kSizeDigitsMax = 15;  // below 2^60: no overflow, no body is that long

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A line of `input` without CRLF; nullopt when it is not complete. Errors: kInvalid (bare CR or
// LF, control characters), kLimit.
Result<std::optional<std::string_view>> take_line(std::string_view input, std::size_t text_max) {
  const auto is_stop = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  };
  const auto stop = static_cast<std::size_t>(std::ranges::find_if(input, is_stop) - input.begin());
  if (stop > text_max) return fail(Code::kLimit, "chunk line too long");
  if (stop == input.size()) return std::nullopt;
  if (input[stop] != '\r') return fail(Code::kInvalid, "control character in chunk line");
  if (stop + 1 == input.size()) return std::nullopt;
  if (input[stop + 1] != '\n') return fail(Code::kInvalid, "bare CR in chunk line");
  return input.substr(0, stop);
}

// Takes a quoted-string from the front of `text`; false when malformed.
bool take_quoted(std::string_view& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// *( ";" name [ "=" value ] ): read and forgotten. White space, which RFC 9112 lets a recipient
// tolerate there, is refused.
bool is_extensions(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const auto name_end = std::min(text.find_first_of(";="), text.size());
    if (!is_token(text.substr(0, name_end))) return false;
    text.remove_prefix(name_end);
    if (text.empty() || text.front() == ';') continue;
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      if (!take_quoted(text)) return false;
      continue;
    }
    const auto value_end = std::min(text.find(';'), text.size());
    if (!is_token(text.substr(0, value_end))) return false;
    text.remove_prefix(value_end);
  }
  return true;
}

Result<std::uint64_t> parse_size(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && hex_value(line[digits]) >= 0) {
    if (digits == kSizeDigitsMax) return fail(Code::kInvalid, "chunk size too large");
    size = size * 16 + static_cast<std::uint64_t>(hex_value(line[digits]));
    ++digits;
  }
  if (digits == 0 || !is_extensions(line.substr(digits))) {
    return fail(Code::kInvalid, "malformed chunk size");
  }
  return size;
}

// Fields that change framing, routing or authority may not come as trailers (RFC 9110
// section 6.5.1).
bool is_forbidden_trailer(std::string_view name) {
  static constexpr std::array<std::string_view, 16> kForbidden = {"content-length",
                                                                  "transfer-encoding",
                                                                  "host",
                                                                  "trailer",
                                                                  "te",
                                                                  "connection",
                                                                  "expect",
                                                                  "authorization",
                                                                  "cache-control",
                                                                  "content-encoding",
                                                                  "content-type",
                                                                  "content-range",
                                                                  "range",
                                                                  "upgrade",
                                                                  "set-cookie",
                                                                  "cookie"};
  return std::ranges::any_of(kForbidden,
                             [&](std::string_view bad) { return equal_ignoring_case(bad, name); });
}

Result<void> check_trailer(std::string_view line) {
  const auto colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) {
    return fail(Code::kInvalid, "malformed trailer");
  }
  if (is_forbidden_trailer(name)) return fail(Code::kInvalid, "forbidden trailer");
  return {};
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::feed(std::string_view input) {
  Step step;
  for (;;) {
    const std::string_view rest = input.substr(step.consumed);
    switch (state_) {
      case State::kSize: {
        TRY(const auto line, take_line(rest, kChunkLineMax));
        if (!line) return step;
        TRY(left_, parse_size(*line));
        step.consumed += line->size() + 2;
        state_ = left_ == 0 ? State::kTrailer : State::kData;
        break;
      }
      case State::kData: {
        if (rest.empty()) return step;
        const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
        left_ -= take;
        if (left_ == 0) state_ = State::kDataEnd;
        step.data = rest.substr(0, take);
        step.consumed += take;
        return step;
      }
      case State::kDataEnd:
        if (!std::string_view("\r\n").starts_with(rest.substr(0, 2))) {
          return fail(Code::kInvalid, "chunk data longer than its size");
        }
        if (rest.size() < 2) return step;
        step.consumed += 2;
        state_ = State::kSize;
        break;
      case State::kTrailer: {
        TRY(const auto line, take_line(rest, kTrailersMax - trailer_bytes_));
        if (!line) return step;
        step.consumed += line->size() + 2;
        if (line->empty()) {
          state_ = State::kDone;
          break;
        }
        TRY_VOID(check_trailer(*line));
        trailer_bytes_ = std::min(trailer_bytes_ + line->size() + 2, kTrailersMax);
        break;
      }
      case State::kDone:
        step.done = true;
        return step;
    }
  }
}

}  // namespace muzn::http
