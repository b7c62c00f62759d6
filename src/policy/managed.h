// AWS's managed policies, as far as they mean something here: every account may attach them. Pure.
// Source: AWS managed policy reference; of services that are not here, statements are left out.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "policy/document.h"

namespace muzn::policy {

struct AwsPolicy {
  std::string_view name;
  std::string_view path;  // "/" at both ends
  std::string_view description;
  std::string_view text;  // of its only version
  std::string arn;        // "arn:aws:iam::aws:policy/..."
  Document document;
};

// By name. What was here once stays: acts that are in the log name it.
std::span<const AwsPolicy> aws_policies();
// nullptr: not one of them.
const AwsPolicy* find_aws_policy(std::string_view arn);

}  // namespace muzn::policy
