// Character classes and small grammars shared by the parsers of this module (RFC 9110 section 5.6).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace muzn::http {

bool is_token(std::string_view text);  // 1*tchar
// HTAB, SP, VCHAR and obs-text: what a field value may hold (section 5.5).
bool is_field_value(std::string_view text);
std::string_view trim_ows(std::string_view text);
// 1*DIGIT without sign or space; nullopt when malformed or past 64 bits.
std::optional<std::uint64_t> parse_decimal(std::string_view text);
// uri-host [":" port] (RFC 3986 section 3.2.2), no user information, not empty.
bool is_host(std::string_view text);

}  // namespace muzn::http
