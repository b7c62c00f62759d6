// `muzn admin breakglass`: what is opened of a tenant's data, and for whom.
#include <array>

#include "cli/admin.h"

namespace muzn::cli {

using codec::Json;

Result<AdminRequest> break_glass_request(const std::string& verb, const Args& args) {
  if (verb == "list") {
    TRY(const auto account, needed(args.get("account"), "--account"));
    return AdminRequest{"GET", "accounts/" + segment(account) + "/break-glass", "", nullptr};
  }
  if (verb == "close") {
    const std::string id = args.words.size() > 2 ? args.words[2] : args.get("id");
    if (id.empty()) return fail(Code::kInvalid, "which grant? its id is needed");
    return AdminRequest{"POST", "requests", "", {{"kind", "close_break_glass"}, {"id", id}}};
  }
  if (verb != "draft") return fail(Code::kInvalid, "breakglass " + verb + ": no such command");
  Json scope = Json::object();
  for (const char* name : {"account", "user", "rights", "reason", "reference", "text", "until"}) {
    TRY(scope[name], needed(args.get(name), "--" + std::string(name)));
  }
  for (const char* name : {"bucket", "prefix", "document", "from"}) {
    if (args.has(name)) scope[name] = args.get(name);
  }
  return AdminRequest{
      "POST", "requests", "", {{"kind", "open_break_glass"}, {"break_glass", std::move(scope)}}};
}

}  // namespace muzn::cli
