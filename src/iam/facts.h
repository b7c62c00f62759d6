// What policies may ask of a call of IAM or STS beyond what all requests have (gate/facts.h).
// Source: AWS, "Actions, resources, and condition keys for AWS Identity and Access Management".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/calls.h"
#include "policy/facts.h"

namespace muzn::iam {

// Computes a key's values when they are asked for. Borrows the context.
class CallFacts final : public policy::Facts {
 public:
  explicit CallFacts(const Context& context) : context_(context) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override;

 private:
  const Context& context_;
};

// The user or role that a call names; both nullptr: none that there is.
struct Named {
  const control::User* user = nullptr;
  const control::Role* role = nullptr;
};
Named named(const Context& context);

}  // namespace muzn::iam
