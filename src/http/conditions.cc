#include "http/conditions.h"

#include <chrono>

#include "codec/date.h"
#include "http/grammar.h"

namespace muzn::http {
namespace {

// Takes the next tag of `list`: quoted, weak or bare. Skips separators before it.
std::string_view take_tag(std::string_view& list) {
  const auto start = list.find_first_not_of(", \t");
  if (start == std::string_view::npos) {
    list = {};
    return {};
  }
  list.remove_prefix(start);
  if (list.starts_with("W/")) list.remove_prefix(2);
  if (list.starts_with('"')) {
    list.remove_prefix(1);
    const auto end = list.find('"');
    const std::string_view tag = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    return tag;
  }
  const auto end = list.find(',');
  const std::string_view tag = trim_ows(list.substr(0, end));
  list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  return tag;
}

std::optional<std::chrono::sys_seconds> parse_date(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  const auto time = codec::parse_http_date(*text);
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*time);
}

}  // namespace

bool etag_list_matches(std::string_view list, std::string_view etag) {
  if (trim_ows(list) == "*") return true;
  while (!list.empty()) {
    const std::string_view tag = take_tag(list);
    if (!tag.empty() && tag == etag) return true;
  }
  return false;
}

Verdict evaluate(const ReadConditions& conditions, std::string_view etag, Time modified) {
  const auto modified_second = std::chrono::floor<std::chrono::seconds>(modified);
  if (conditions.if_match) {
    if (!etag_list_matches(*conditions.if_match, etag)) return Verdict::kFailed;
  } else if (const auto since = parse_date(conditions.if_unmodified_since)) {
    if (modified_second > *since) return Verdict::kFailed;
  }
  if (conditions.if_none_match) {
    if (etag_list_matches(*conditions.if_none_match, etag)) return Verdict::kNotModified;
  } else if (const auto since = parse_date(conditions.if_modified_since)) {
    if (modified_second <= *since) return Verdict::kNotModified;
  }
  return Verdict::kProceed;
}

}  // namespace muzn::http
