#include "admin/routes.h"

#include <array>
#include <optional>

#include "codec/uri.h"
#include "control/names.h"

namespace muzn::admin {
namespace {

constexpr std::array kRoutes = {
    Route{Operation::kCreateAccount, "CreateAccount", "POST", "accounts", "muzn:CreateAccount"},
    Route{Operation::kListAccounts, "ListAccounts", "GET", "accounts", "muzn:ListAccounts"},
    Route{Operation::kGetAccount, "GetAccount", "GET", "accounts/{}", "muzn:GetAccount"},
    Route{Operation::kDeleteAccount, "DeleteAccount", "DELETE", "accounts/{}",
          "muzn:DeleteAccount"},
    Route{Operation::kCreateUser, "CreateUser", "POST", "accounts/{}/users", "muzn:CreateUser"},
    Route{Operation::kListUsers, "ListUsers", "GET", "accounts/{}/users", "muzn:ListUsers"},
    Route{Operation::kDeleteUser, "DeleteUser", "DELETE", "accounts/{}/users/{}",
          "muzn:DeleteUser"},
    Route{Operation::kGetGranularity, "GetGranularity", "GET", "accounts/{}/granularity",
          "muzn:GetGranularity"},
    Route{Operation::kSetGranularity, "SetGranularity", "PUT", "accounts/{}/granularity",
          "muzn:SetGranularity"},
    Route{Operation::kGetLimits, "GetLimits", "GET", "accounts/{}/limits", "muzn:GetLimits"},
    Route{Operation::kSetLimits, "SetLimits", "PUT", "accounts/{}/limits", "muzn:SetLimits"},
    Route{Operation::kCreateKey, "CreateKey", "POST", "keys", "muzn:CreateKey"},
    Route{Operation::kListKeys, "ListKeys", "GET", "keys", "muzn:ListKeys"},
    Route{Operation::kDisableKey, "DisableKey", "POST", "keys/{}/disable", "muzn:SetKeyStatus"},
    Route{Operation::kEnableKey, "EnableKey", "POST", "keys/{}/enable", "muzn:SetKeyStatus"},
    Route{Operation::kDeleteKey, "DeleteKey", "DELETE", "keys/{}", "muzn:DeleteKey"},
    Route{Operation::kWhoAmI, "WhoAmI", "GET", "whoami", "muzn:WhoAmI"},
    Route{Operation::kGetEngine, "GetEngine", "GET", "engine", "muzn:GetEngine"},
    Route{Operation::kStartEngineJob, "StartEngineJob", "POST", "engine/jobs",
          "muzn:StartEngineJob"},
    Route{Operation::kListEngineJobs, "ListEngineJobs", "GET", "engine/jobs",
          "muzn:ListEngineJobs"},
    Route{Operation::kGetEngineJob, "GetEngineJob", "GET", "engine/jobs/{}", "muzn:GetEngineJob"},
    Route{Operation::kCancelEngineJob, "CancelEngineJob", "POST", "engine/jobs/{}/cancel",
          "muzn:CancelEngineJob"},
    Route{Operation::kListOfficers, "ListOfficers", "GET", "officers", "muzn:ListOfficers"},
    Route{Operation::kPrepareRequest, "PrepareRequest", "POST", "requests", "muzn:PrepareRequest"},
    Route{Operation::kSubmitRequest, "SubmitRequest", "POST", "requests/submit",
          "muzn:SubmitRequest"},
    Route{Operation::kGetCharter, "GetCharter", "GET", "accounts/{}/charter", "muzn:GetCharter"},
    Route{Operation::kSetBucketPurpose, "SetBucketPurpose", "PUT", "accounts/{}/purpose",
          "muzn:SetBucketPurpose"},
    Route{Operation::kListBreakGlass, "ListBreakGlass", "GET", "accounts/{}/break-glass",
          "muzn:ListBreakGlass"},
    Route{Operation::kListComplaints, "ListComplaints", "GET", "complaints", "muzn:ListComplaints"},
    Route{Operation::kGetComplaint, "GetComplaint", "GET", "complaints/{}", "muzn:GetComplaint"},
    Route{Operation::kListAllCases, "ListAllCases", "GET", "cases", "muzn:ListAllCases"},
    Route{Operation::kListCases, "ListCases", "GET", "accounts/{}/cases", "muzn:ListCases"},
    Route{Operation::kGetCase, "GetCase", "GET", "accounts/{}/cases/{}", "muzn:GetCase"},
    Route{Operation::kAnswerCase, "AnswerCase", "POST", "accounts/{}/cases/{}/answer",
          "muzn:AnswerCase"},
    Route{Operation::kListSites, "ListSites", "GET", "sites", "muzn:ListSites"},
    Route{Operation::kPutSite, "PutSite", "PUT", "sites/{}", "muzn:PutSite"},
    Route{Operation::kDeleteSite, "DeleteSite", "DELETE", "sites/{}", "muzn:DeleteSite"},
    Route{Operation::kGetResidency, "GetResidency", "GET", "accounts/{}/residency",
          "muzn:GetResidency"},
    Route{Operation::kSetResidency, "SetResidency", "PUT", "accounts/{}/residency",
          "muzn:SetResidency"},
};

// Cuts the first segment off `path`.
std::string_view take_segment(std::string_view& path, bool& more) {
  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  more = slash != std::string_view::npos;
  path = more ? path.substr(slash + 1) : std::string_view{};
  return segment;
}

// An account id, user name, access key or the id of a job.
std::optional<std::string> parameter(std::string_view raw) {
  auto name = codec::uri_decode(raw);
  if (!name) return std::nullopt;
  if (!control::is_user_name(*name) && !control::is_access_key(*name)) return std::nullopt;
  if (raw != *name && raw != codec::uri_encode(*name, true)) return std::nullopt;
  return std::move(*name);
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  bool more_pattern = true;
  bool more_path = true;
  while (more_pattern && more_path) {
    const std::string_view want = take_segment(pattern, more_pattern);
    const std::string_view have = take_segment(path, more_path);
    if (want != "{}") {
      if (want != have) return std::nullopt;
      continue;
    }
    auto value = parameter(have);
    if (!value) return std::nullopt;
    parameters.push_back(std::move(*value));
  }
  if (more_pattern != more_path) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

Match find_route(std::string_view method, std::string_view raw_path) {
  Match out;
  for (const Route& route : kRoutes) {
    auto parameters = match(route.pattern, raw_path);
    if (!parameters) continue;
    if (route.method == method) return Match{&route, std::move(*parameters), {}};
    if (!out.allow.empty()) out.allow += ", ";
    out.allow += route.method;
  }
  return out;
}

}  // namespace muzn::admin
