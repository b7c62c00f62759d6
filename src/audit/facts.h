// Reading the facts of leaves that have the members of their kind; for audit/fold*.cc.
#pragma once
#include <cstdint>
#include <string>

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
inline std::unexpected<Error> wrong(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

}  // namespace muzn::audit
