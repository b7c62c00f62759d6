// What a request asks for, read from its route, query and body. Pure and strict: a field that no
// call has is refused by name, so that a misspelt one never does something else.
#pragma once
#include <string>
#include <string_view>

#include "admin/engine.h"
#include "admin/routes.h"
#include "base/error.h"
#include "codec/json.h"
#include "control/limits.h"
#include "control/residency.h"

namespace muzn::admin {

// A granularity that is none of its own: that of the account, or of the installation.
inline constexpr std::string_view kDefaultLevel = "default";

// Which members are set follows from the operation.
struct Call {
  Operation operation = Operation::kWhoAmI;
  std::string account;     // id
  std::string user;        // name; "" = the account's root
  std::string access_key;  // of the path, or of an imported pair
  std::string secret_key;  // of an imported pair
  std::string name;        // of a new account
  std::string email;
  std::string bucket;   // name; "" = the account itself
  std::string level;    // of granularity: a name of audit/granularity.h, or kDefaultLevel
  std::string purpose;  // id; "" = the account's default
  std::string case_id;
  std::string ticket;  // of a complaint
  control::Limits limits;
  control::Site site;                   // a new one, or the id of one
  policy::Jurisdictions jurisdictions;  // empty = none of its own
  codec::Json body;  // of a request that is prepared or submitted: admin/requests.h reads it
  JobOrder order;    // of a new job
  std::string job;   // id
};

// REQUIRES match.route. Errors: kInvalid, kLimit.
Result<Call> parse_call(const Match& match, std::string_view raw_query, std::string_view body);

}  // namespace muzn::admin
