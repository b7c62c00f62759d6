#include "audit/filter.h"

#include <algorithm>

#include "codec/date.h"

namespace muzn::audit {
namespace {

constexpr std::size_t kHandleDigits = 64;
constexpr std::size_t kDateChars = 10;

std::string_view actor_of(const Leaf& leaf) {
  const auto actor = leaf.facts.find("actor");
  if (actor == leaf.facts.end() || !actor->is_object()) return "";
  const auto account = actor->find("account");
  if (account == actor->end() || !account->is_string()) return "";
  return account->get_ref<const std::string&>();
}

}  // namespace

bool Filter::matches(const Leaf& leaf) const {
  if (!account.empty() && !leaf.account.starts_with(account) &&
      !actor_of(leaf).starts_with(account)) {
    return false;
  }
  if (!kind.empty() && leaf.kind != kind) return false;
  if (!leaf_class.empty() && leaf.leaf_class != leaf_class) return false;
  return !since || leaf.time >= *since;
}

Result<std::string> parse_handle(std::string_view text) {
  const bool is_hex = std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!is_hex || text.size() < kHandleDigitsMin || text.size() > kHandleDigits) {
    return fail(Code::kInvalid, "an account's handle is 64 hex digits; the first 8 may do");
  }
  return std::string(text);
}

Result<Filter> parse_filter(std::string_view text) {
  Filter out;
  if (text == "all") return out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : part.substr(equals + 1));
    std::string* const member = name == "account" ? &out.account
                                : name == "kind"  ? &out.kind
                                : name == "class" ? &out.leaf_class
                                                  : nullptr;
    if (member == nullptr || value.empty() || !member->empty()) {
      return fail(Code::kInvalid, "a match is all, or account=H,kind=K,class=C or some of them");
    }
    *member = value;
  }
  if (out.account.empty()) return out;
  TRY(out.account, parse_handle(out.account));
  return out;
}

Result<Time> parse_since(std::string_view text) {
  return codec::parse_iso8601(text.size() == kDateChars ? std::string(text) + "T00:00:00Z"
                                                        : std::string(text));
}

}  // namespace muzn::audit
