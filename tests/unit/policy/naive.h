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
  std::string user;     // "" = root, or a role's session
  std::string role;     // "" = no session
  std::string session;  // its name
};
struct Ask {
  Who who;
  std::string action;
  std::string resource;
  Facts facts;
};

// "deny", "allow", "role" and "account" (allowed to the caller's role or account, not to the
// caller), "silent".
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

// A request to S3: ask.action on the bucket, or on its `key`. layers.resource is the bucket's
// policy, layers.resource_account its owner.
struct Grant {
  std::string to;  // account, "everyone", "authenticated"
  std::string permission;
};
struct Scene {
  Layers layers;
  Ask ask;
  std::string bucket;
  std::string key;  // "" = the bucket itself
  bool lists_on = false;
  bool ignores_public_lists = false;
  bool restricts_public_policies = false;
  std::vector<Grant> bucket_list;
  bool object_is_there = false;
  std::string object_owner;
  std::vector<Grant> object_list;
  bool creates = false;  // part of writing a new object
  bool began_upload = false;
};
bool may(const Scene& scene);

}  // namespace muzn::policy::naive
