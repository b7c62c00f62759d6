#include "cli/args.h"

#include <algorithm>

namespace muzn::cli {

std::string Args::get(std::string_view name, std::string_view fallback) const {
  const auto found = flags.find(name);
  return found == flags.end() ? std::string(fallback) : found->second;
}

Result<Args> parse_args(const std::vector<std::string>& words,
                        std::initializer_list<std::string_view> switches) {
  Args out;
  bool flags_over = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (flags_over || !word.starts_with("--")) {
      out.words.push_back(word);
      continue;
    }
    if (word == "--") {
      flags_over = true;
      continue;
    }
    const auto equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (std::ranges::find(switches, name) == switches.end()) {
      if (i + 1 == words.size()) return fail(Code::kInvalid, "--" + name + " needs a value");
      value = words[++i];
    }
    out.flags[name] = value;
    out.ordered.emplace_back(name, value);
  }
  return out;
}

Result<void> only(const Args& args, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : args.flags) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail(Code::kInvalid, "--" + name + ": no such option here");
    }
  }
  return {};
}

}  // namespace muzn::cli
