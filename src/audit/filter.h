// Which leaves somebody wants to see. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "audit/leaf.h"

namespace muzn::audit {

struct Filter {
  std::string account = {};  // a handle, or how it begins; "" = any, here and below
  std::string kind = {};
  std::string leaf_class = {};
  std::optional<Time> since = std::nullopt;  // by the log's clock

  // Whom it concerns, or who acted.
  bool matches(const Leaf& leaf) const;
};

inline constexpr std::size_t kHandleDigitsMin = 8;  // of the beginning of one

// "account=H,kind=K,class=C", each at most once; "all". Errors: kInvalid.
Result<Filter> parse_filter(std::string_view text);
// A handle, or how it begins. Errors: kInvalid.
Result<std::string> parse_handle(std::string_view text);
// ISO 8601, or a date, which begins at midnight UTC. Errors: kInvalid.
Result<Time> parse_since(std::string_view text);

}  // namespace muzn::audit
