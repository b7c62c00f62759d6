// The managed policies that every account has without making them: those of AWS's that speak of
// services that are here, by AWS's names. Pure. Source: AWS, "Managed Policy Reference Guide".
#pragma once
#include <span>
#include <string_view>

#include "policy/document.h"

namespace muzn::policy {

inline constexpr std::string_view kManagedArnPrefix = "arn:aws:iam::aws:policy/";

// For as long as the process.
struct Managed {
  std::string_view name;  // "AmazonS3ReadOnlyAccess"; all have the path "/"
  std::string_view id;    // "ANPA..."
  std::string_view description;
  std::string_view text;  // JSON
  const Document* document = nullptr;
};
// In the order of their names.
std::span<const Managed> managed_policies();
// By "arn:aws:iam::aws:policy/<name>"; nullptr: there is none such.
const Managed* find_managed(std::string_view arn);

}  // namespace muzn::policy
