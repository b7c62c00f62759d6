// The parameters of a query request, as its form or its URL carries them. Pure.
// Source: AWS, "Making query requests" (IAM User Guide); botocore's query serializer for lists.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::iam {

// Simulations may bring several policies of 128 KiB at most, percent-encoded.
inline constexpr std::size_t kFormBytesMax = 1U << 20;
inline constexpr std::size_t kListMembersMax = 1000;

class Form {
 public:
  // "UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v". Errors: kInvalid (bad escapes, bytes
  // that are not UTF-8, a name twice), kLimit (too many parameters, too long).
  static Result<Form> parse(std::string_view text);

  // nullopt: it is not there; "": it is, and empty.
  std::optional<std::string_view> get(std::string_view name) const;
  std::string text(std::string_view name) const { return std::string(get(name).value_or("")); }
  bool has(std::string_view name) const { return get(name).has_value(); }

  // "<name>.member.1", "<name>.member.2", ... Errors: kInvalid (numbers are missing), kLimit.
  Result<std::vector<std::string>> list(std::string_view name) const;
  // How many structures "<name>.member.N.<field>" there are. Errors: the same.
  Result<std::size_t> count(std::string_view name) const;
  // "<name>.member.<index>.<field>", from 1.
  std::optional<std::string_view> field(std::string_view name, std::size_t index,
                                        std::string_view field) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace muzn::iam
