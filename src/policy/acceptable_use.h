// What an installation of Muzn may be used for: the uses that can be declared, and those that are
// never served and so can't be. What people write beside is theirs: a machine reads only whether it
// names a refused use outright. Pure. docs/acceptable-use.md
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::policy {

// The rules' version; who agrees to a charter accepts this one. What a version refuses stays as it
// is: acts are judged by it again at each start. Another list is another version beside this one.
inline constexpr std::string_view kAcceptableUse = "muzn.acceptable-use/1";

// "archive", "research", ...: what a purpose is a case of.
std::span<const std::string_view> declarable_uses();

struct RefusedUse {
  std::string_view rule;   // "AU-1"
  std::string_view name;   // "face_identification"
  std::string_view words;  // for people
};
std::span<const RefusedUse> refused_uses();

// As people call them: a text that has one names that use. In lower case, words parted by one
// space.
struct RefusedTerm {
  std::string_view words;
  std::string_view rule;
};
std::span<const RefusedTerm> refused_terms();

// Errors: kDenied (a refused one, or a text that names one: the message says the rule), kInvalid
// (no use that is known).
Result<void> check_use(std::string_view use, std::string_view text);

}  // namespace muzn::policy
