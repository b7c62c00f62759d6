#include "s3/account_route.h"

#include "control/names.h"
#include "s3/host.h"
#include "s3/route.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kVersionPrefix = "/v20180820/";
constexpr std::string_view kAccountId = "x-amz-account-id";

}  // namespace

bool names_account(const http::RequestHead& head, const Settings& settings) {
  if (!head.path.starts_with(kVersionPrefix)) return false;
  const auto account = head.headers.get(kAccountId);
  if (!account) return false;
  const auto bucket = virtual_bucket(head.host, settings.domains);
  return !bucket || *bucket == *account;
}

Outcome<void> route_account(const http::RequestHead& head, Call& call) {
  const std::string_view account = *head.headers.get(kAccountId);
  if (!control::is_account_id(account) || head.headers.count(kAccountId) != 1) {
    return invalid_argument("An account id is 12 digits.", kAccountId, account);
  }
  call.account = account;
  const std::string_view path = std::string_view(head.path).substr(kVersionPrefix.size());
  std::string allowed;
  for (const Operation& operation : operations()) {
    if (operation.level != Level::kAccount || operation.query != path) continue;
    if (operation.method == head.method) {
      call.operation = &operation;
      return {};
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += operation.method;
  }
  if (allowed.empty()) return refuse(ErrorCode::kNotImplemented);
  Error error(ErrorCode::kMethodNotAllowed);
  error.headers.set("Allow", allowed);
  return std::unexpected(std::move(error));
}

}  // namespace muzn::s3
