// What `muzn admin` asks the server for; for src/cli/admin*.cc.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/args.h"
#include "codec/json.h"

namespace muzn::cli {

// A request of the admin API.
struct AdminRequest {
  std::string method;
  std::string path;   // below /-/admin/v1/
  std::string query;  // encoded
  codec::Json body;   // null = none
};

// `value`, unless it is empty. Errors: kInvalid.
Result<std::string> needed(const std::string& value, std::string_view what);
// As a path has it.
std::string segment(const std::string& text);
// "a,b" as ["a","b"].
codec::Json comma_list(std::string_view words);

// `muzn admin breakglass VERB`; cli/admin_break_glass.cc. Errors: kInvalid.
Result<AdminRequest> break_glass_request(const std::string& verb, const Args& args);
// `muzn admin officer|charter|purpose|request VERB`; reads the files that are named. Errors:
// kInvalid, those of reading files.
Result<AdminRequest> officer_request(const std::string& verb, const Args& args);
Result<AdminRequest> charter_request(const std::string& verb, const Args& args);
Result<AdminRequest> purpose_request(const std::string& verb, const Args& args);
Result<AdminRequest> signed_request(const std::string& verb, const Args& args);
// The same of `muzn admin suspension|complaint|case VERB`.
Result<AdminRequest> suspension_request(const std::string& verb, const Args& args);
Result<AdminRequest> complaint_request(const std::string& verb, const Args& args);
Result<AdminRequest> case_request(const std::string& verb, const Args& args);
// `muzn admin site|residency VERB`.
Result<AdminRequest> site_request(const std::string& verb, const Args& args);
Result<AdminRequest> residency_request(const std::string& verb, const Args& args);

}  // namespace muzn::cli
