#include "iam/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "codec/uri.h"

namespace muzn::iam {
namespace {

// "12" of "12" and of "12.Key"; nullopt: no number of a member.
std::optional<std::size_t> member_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = end == text.data() + text.size() || *end == '.';
  if (error != std::errc() || !whole || text.starts_with('0')) return std::nullopt;
  return number;
}

}  // namespace

Result<Form> Form::parse(std::string_view text) {
  if (text.size() > kFormBytesMax) return fail(Code::kLimit, "the request is too long");
  const auto query = codec::Query::parse(text);
  if (!query) return std::unexpected(query.error());
  Form out;
  for (const codec::QueryParam& param : query->params()) {
    if (!codec::is_utf8(param.name) || !codec::is_utf8(param.value)) {
      return fail(Code::kInvalid, "a parameter is not UTF-8");
    }
    if (!out.values_.emplace(param.name, param.value).second) {
      return fail(Code::kInvalid, "the parameter " + std::string(param.name) + " is there twice");
    }
  }
  return out;
}

std::optional<std::string_view> Form::get(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<std::size_t> Form::count(std::string_view name) const {
  const std::string prefix = std::string(name) + ".member.";
  std::size_t members = 0;
  std::vector<std::size_t> numbers;
  for (auto at = values_.lower_bound(prefix); at != values_.end() && at->first.starts_with(prefix);
       ++at) {
    const auto number = member_number(std::string_view(at->first).substr(prefix.size()));
    if (!number) return fail(Code::kInvalid, at->first + " is no member of a list");
    if (*number > kListMembersMax) return fail(Code::kLimit, prefix + " has too many members");
    numbers.push_back(*number);
    members = std::max(members, *number);
  }
  std::ranges::sort(numbers);
  const auto repeated = std::ranges::unique(numbers);
  numbers.erase(repeated.begin(), repeated.end());
  if (numbers.size() != members) {
    return fail(Code::kInvalid, "the members of " + std::string(name) + " are not 1, 2, 3, ...");
  }
  return members;
}

Result<std::vector<std::string>> Form::list(std::string_view name) const {
  TRY(const std::size_t members, count(name));
  std::vector<std::string> out;
  for (std::size_t i = 1; i <= members; ++i) {
    const auto value = get(fmt::format("{}.member.{}", name, i));
    if (!value) return fail(Code::kInvalid, std::string(name) + " is a list of texts");
    out.emplace_back(*value);
  }
  return out;
}

std::optional<std::string_view> Form::field(std::string_view name, std::size_t index,
                                            std::string_view field) const {
  return get(fmt::format("{}.member.{}.{}", name, index, field));
}

}  // namespace muzn::iam
