// Command-line words: flags with values, switches and positional words. Pure.
#pragma once
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::cli {

struct Args {
  std::map<std::string, std::string, std::less<>> flags;     // without --; switches have ""
  std::vector<std::pair<std::string, std::string>> ordered;  // the same, as given
  std::vector<std::string> words;

  bool has(std::string_view name) const { return flags.contains(name); }
  // Value of a flag, or `fallback`.
  std::string get(std::string_view name, std::string_view fallback = "") const;
};

// "--name value", "--name=value", "--switch". "--" ends the flags. Errors: kInvalid (a flag
// without its value).
Result<Args> parse_args(const std::vector<std::string>& words,
                        std::initializer_list<std::string_view> switches);

// kInvalid naming the first flag that is not in `known`.
Result<void> only(const Args& args, std::initializer_list<std::string_view> known);

}  // namespace muzn::cli
