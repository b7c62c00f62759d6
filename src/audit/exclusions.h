// What of the data plane has no record, or a record that no leaf counts: the published list. One
// source for the recorder, which leaves out exactly this, and for what people read
// (docs/exclusions.md, `muzn audit exclusions`). Pure. What is not on it is counted.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "audit/record.h"

namespace muzn::audit {

// Of the list; raised with each change of it, which a node declares in its log
// (audit/declaration.h).
inline constexpr int kExclusionsVersion = 1;

struct Exclusion {
  std::string_view id;    // never given to another one
  std::string_view what;  // is left out
  std::string_view why;
  // Of records that are made, but counted in no leaf; both "": there is no record.
  std::string_view service = {};
  std::string_view operation = {};
};
std::span<const Exclusion> exclusions();

// Whether the list says that no leaf counts it.
bool is_excluded(std::string_view service, std::string_view operation);

// The list as a table of Markdown, and as one line of JSON: {"exclusions":[{"id", "what", "why"},
// ...], "schema":"muzn.exclusions/1", "version":1}.
std::string exclusions_text();
std::string exclusions_json();

}  // namespace muzn::audit
