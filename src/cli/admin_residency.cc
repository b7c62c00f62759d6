// `muzn admin site|residency`: where bytes may lie.
#include "cli/admin.h"

namespace muzn::cli {

using codec::Json;

Result<AdminRequest> site_request(const std::string& verb, const Args& args) {
  if (verb == "list") return AdminRequest{"GET", "sites", "", nullptr};
  if (verb != "add" && verb != "delete") {
    return fail(Code::kInvalid, "site " + verb + ": no such command");
  }
  TRY(const auto id,
      needed(args.words.size() > 2 ? args.words[2] : args.get("name"), "the site's id"));
  const std::string path = "sites/" + segment(id);
  if (verb == "delete") return AdminRequest{"DELETE", path, "", nullptr};
  TRY(const auto jurisdiction, needed(args.get("jurisdiction"), "--jurisdiction"));
  Json body = {{"jurisdiction", jurisdiction}};
  for (const char* name : {"what", "location"}) {
    if (args.has(name)) body[name] = args.get(name);
  }
  return AdminRequest{"PUT", path, "", std::move(body)};
}

Result<AdminRequest> residency_request(const std::string& verb, const Args& args) {
  TRY(const auto account, needed(args.get("account"), "--account"));
  const std::string path = "accounts/" + segment(account) + "/residency";
  const std::string bucket = args.get("bucket");
  if (verb == "show") {
    return AdminRequest{"GET", path, bucket.empty() ? "" : "bucket=" + segment(bucket), nullptr};
  }
  if (verb != "set") return fail(Code::kInvalid, "residency " + verb + ": no such command");
  Json body = {{"jurisdictions", Json::array()}};
  if (!args.has("default")) {
    TRY(std::string list, needed(args.get("jurisdictions"), "--jurisdictions, or --default,"));
    for (std::string_view words = list; !words.empty();) {
      const std::size_t comma = words.find(',');
      body["jurisdictions"].push_back(words.substr(0, comma));
      words.remove_prefix(comma == std::string_view::npos ? words.size() : comma + 1);
    }
  }
  if (!bucket.empty()) body["bucket"] = bucket;
  return AdminRequest{"PUT", path, "", std::move(body)};
}

}  // namespace muzn::cli
