#pragma once
#include <string_view>
#include <vector>

namespace muzn::codec {

// The pieces between separators; an empty text is one empty piece. Views into `text`.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

}  // namespace muzn::codec
