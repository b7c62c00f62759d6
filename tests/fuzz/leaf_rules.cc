// Entries, one a line, whatever they are: the rules judge them, and what they keep is read as
// written. A first line of JSON is also read as what rules keep.
#include <cstdint>

#include "audit/kinds.h"
#include "audit/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (const auto json = muzn::codec::parse_json(rest.substr(0, rest.find('\n')))) {
    const auto kept = muzn::audit::Rules::from_json(*json);
    if (kept) CHECK(muzn::audit::Rules::from_json(kept->to_json()).has_value());
  }
  muzn::audit::Rules rules;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const auto judged = rules.take(rest.substr(0, end));
    if (judged.leaf) CHECK(!muzn::audit::in_words(*judged.leaf).empty());
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  const auto kept = muzn::audit::Rules::from_json(rules.to_json());
  CHECK(kept.has_value() && kept->to_json() == rules.to_json());
  return 0;
}
