#include "server/operations.h"

#include "admin/service.h"
#include "iam/service.h"
#include "s3/route.h"
#include "trail/service.h"

namespace muzn::server {

std::vector<std::string_view> operation_names() {
  std::vector<std::string_view> names(kOwnOperations.begin(), kOwnOperations.end());
  for (const auto& operation : s3::operations()) names.push_back(operation.name);
  for (const auto name : admin::operation_names()) names.push_back(name);
  for (const auto name : trail::operation_names()) names.push_back(name);
  for (const auto service : {"iam", "sts"}) {
    for (const auto name : iam::operation_names(service)) names.push_back(name);
  }
  return names;
}

}  // namespace muzn::server
