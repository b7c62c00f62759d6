// Texts of policies: wildcards (* any run of characters, ? any one) and policy variables (${key},
// ${key, 'default'}; ${*}, ${?} and ${$} stand for the character itself). Pure.
// Source: AWS, "IAM policy elements: Variables and tags".
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/facts.h"

namespace muzn::policy {

// A text with its wildcards apart from its bytes, so that no value of a request can bring one in.
using Glob = std::u16string;
inline constexpr char16_t kAnyRun = 0x100;
inline constexpr char16_t kAnyOne = 0x101;  // one character of UTF-8, or one byte that is none

enum class Case : std::uint8_t { kExact, kIgnored };  // of ASCII letters

// Without recursion, in at most glob × text steps; at once false for a glob that needs more
// characters than there are.
bool matches(std::u16string_view glob, std::string_view text, Case letters = Case::kExact);
// How many steps that takes; to hold it to its word.
std::size_t match_steps(std::u16string_view glob, std::string_view text);
// By the six parts between colons, the last of which may hold more colons: no wildcard reaches into
// the next part (AWS, "Amazon Resource Name (ARN) condition operators").
bool matches_arn(std::u16string_view glob, std::string_view arn);

class Pattern {
 public:
  struct Syntax {
    bool wildcards = false;
    bool variables = false;
  };
  // Errors: kInvalid (a variable that does not end, or has no name).
  static Result<Pattern> parse(std::string_view text, Syntax syntax);

  const std::string& text() const { return text_; }
  // Neither wildcard nor variable.
  bool is_fixed() const { return fixed_; }
  bool has_variables() const { return !pieces_.empty(); }
  // A variable is of a key that begins so (folded).
  bool asks(std::string_view key_prefix) const;
  // For who has a request. nullopt: a variable has no value, or several, and no default.
  std::optional<Glob> resolve(const Facts& facts) const;
  // The glob itself. REQUIRES !has_variables().
  const Glob& glob() const { return glob_; }
  bool operator==(const Pattern& other) const { return text_ == other.text_; }

 private:
  struct Piece {
    Glob glob;                            // of text
    std::string key;                      // of a variable; "" = text
    std::optional<std::string> fallback;  // of a variable
  };
  Result<std::size_t> take_variable(std::string_view text, std::size_t at);

  std::string text_;
  bool fixed_ = true;
  Glob glob_;
  std::vector<Piece> pieces_;  // where there are variables
};

}  // namespace muzn::policy
