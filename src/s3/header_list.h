// Header values that are lists, and header names without case. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace muzn::s3 {

std::string lower(std::string_view text);  // ASCII only
// The items between commas, trimmed, empty ones left out. Views of `value`.
std::vector<std::string_view> list_items(std::string_view value);

}  // namespace muzn::s3
