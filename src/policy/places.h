// Where in the text of a policy its statements stand, for messages to who wrote it. Pure.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace muzn::policy {

struct Place {
  std::size_t line = 0;  // from 1
  std::size_t column = 0;
  bool operator==(const Place&) const = default;
};
// From the first character of a statement to the one behind its last.
struct Span {
  Place begin;
  Place end;
  bool operator==(const Span&) const = default;
};

// In the order of Document::statements. REQUIRES a text that parse_policy() takes. Empty when it
// spells the name of its statements with escapes.
std::vector<Span> statement_places(std::string_view json);

}  // namespace muzn::policy
