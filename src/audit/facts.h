// Reading the facts of leaves that have the members of their kind; for audit/fold*.cc.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "audit/leaf.h"

namespace muzn::audit {

inline const std::string& text(const Leaf& leaf, const char* name) {
  return leaf.facts[name].get_ref<const std::string&>();
}
inline std::uint64_t number(const Leaf& leaf, const char* name) {
  return leaf.facts[name].get<std::uint64_t>();
}
inline bool flag(const Leaf& leaf, const char* name) {
  return leaf.facts[name].get<bool>();
}
inline bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
// Of a text that lists them with commas between.
inline std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> out;
  for (;;) {
    const std::size_t comma = text.find(',');
    out.emplace(text.substr(0, comma));
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}
inline const std::string& account_of_actor(const Leaf& leaf) {
  return leaf.facts["actor"]["account"].get_ref<const std::string&>();
}
inline std::unexpected<Error> wrong(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

}  // namespace muzn::audit
