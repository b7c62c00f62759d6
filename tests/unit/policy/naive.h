// A second opinion: the semantics of policies as AWS's pages tell them, over the JSON itself, slow
// and plain. Shares nothing with src/policy but the types of a request.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace muzn::policy::naive {

using Json = nlohmann::json;
using Facts = std::map<std::string, std::vector<std::string>>;  // keys in lower case up to '/'

struct Who {
  std::string account;  // "" = anonymous
  std::string user;     // "" = root
};
struct Ask {
  Who who;
  std::string action;
  std::string resource;
  Facts facts;
};

// "deny", "allow", "account" (allowed to the caller's account, not to the caller), "silent".
std::string judge(const Json& policy, const Ask& ask, bool of_resource);

// The whole: each layer a list of policies; `resource` null = none.
struct Layers {
  std::vector<Json> charters;
  std::vector<Json> boundaries;
  std::vector<Json> sessions;
  std::vector<Json> identity;
  Json resource;
  std::string resource_account;
};
std::string decide(const Layers& layers, const Ask& ask);  // "deny", "allow", "silent"

}  // namespace muzn::policy::naive
