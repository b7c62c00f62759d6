// The routes of the admin API as one table. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muzn::admin {

enum class Operation : std::uint8_t {
  kCreateAccount,
  kListAccounts,
  kGetAccount,
  kDeleteAccount,
  kCreateUser,
  kListUsers,
  kDeleteUser,
  kGetGranularity,
  kSetGranularity,
  kGetLimits,
  kSetLimits,
  kCreateKey,
  kListKeys,
  kDisableKey,
  kEnableKey,
  kDeleteKey,
  kWhoAmI,
  kGetEngine,
  kStartEngineJob,
  kListEngineJobs,
  kGetEngineJob,
  kCancelEngineJob,
  kListOfficers,
  kPrepareRequest,
  kSubmitRequest,
  kGetCharter,
  kSetBucketPurpose,
  kListBreakGlass,
  kListComplaints,
  kGetComplaint,
  kListAllCases,
  kListCases,
  kGetCase,
  kAnswerCase,
  kListSites,
  kPutSite,
  kDeleteSite,
  kGetResidency,
  kSetResidency,
};

struct Route {
  Operation operation;
  std::string_view name;  // of the operation, for audit and metrics
  std::string_view method;
  std::string_view pattern;  // below kPrefix; {} is one segment
  std::string_view action;   // what the gate is asked
};
std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;         // nullptr: no such route
  std::vector<std::string> parameters;  // the segments at {}
  std::string allow;                    // when nullptr: methods that the path does have, if any
};

// `raw_path` is what follows kPrefix, still percent-encoded. It must be a pattern byte for byte; a
// parameter is a name or key as is, or encoded as codec::uri_encode does. All other spellings (dot
// segments, %2f, doubled slashes, encoded letters) are no route.
Match find_route(std::string_view method, std::string_view raw_path);

}  // namespace muzn::admin
