// What an installation says of itself in the public log: which witnesses its checkpoints need,
// which software it runs, and what it keeps no record of. Each is told when it differs from what
// was told before. Nothing personal. Pure. docs/formats/leaf.md draws them; audit/declare.h makes
// and reads them.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::audit {

inline constexpr std::string_view kDeclareKind = "declare";

// What it is about.
inline constexpr std::string_view kWitnessPolicy = "witness_policy";
inline constexpr std::string_view kSoftware = "software";
inline constexpr std::string_view kExclusionList = "exclusions";

struct Declaration {
  std::string what;
  std::string sha256;                       // hex: of the text that is served, or of the program
  std::map<std::string, std::string> says;  // of printable ASCII without '"' and '\'
  bool operator==(const Declaration&) const = default;
};

// In the place of what is no text of a declaration.
inline constexpr std::string_view kUntold = "-";
// A leaf has 65,535 bytes: room for three such texts and all else.
inline constexpr std::size_t kDeclaredBytesMax = 16U << 10;
// Not empty, not longer, and of a leaf's letters.
bool is_declared_text(std::string_view text);

// That it is of a kind that this version knows, and says exactly what that kind says. Errors:
// kInvalid, kUnsupported (of another kind).
Result<void> check_declaration(const Declaration& declaration);

// For people: what is new in `now`. nullptr: nothing was declared before.
std::string change_in_words(const Declaration* before, const Declaration& now);

}  // namespace muzn::audit
