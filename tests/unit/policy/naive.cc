#include "unit/policy/naive.h"

#include <cctype>
#include <cstdlib>
#include <functional>

namespace muzn::policy::naive {
namespace {

// One position of a pattern: a character, "*" or "?" as wildcards, which are longer than one.
using Tokens = std::vector<std::string>;

std::vector<std::reference_wrapper<const Json>> listed(const Json& value) {
  if (!value.is_array()) return {value};
  return {value.begin(), value.end()};
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string key_of(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return lowered(name);
  return lowered(name.substr(0, slash)) + name.substr(slash);
}

// False: a variable has no value.
bool expand(const std::string& text, bool wildcards, bool variables, const Facts& facts,
            Tokens& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (variables && text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') {
      const std::size_t end = text.find('}', i);
      std::string inside = text.substr(i + 2, end - i - 2);
      i = end;
      if (inside == "*" || inside == "?" || inside == "$") {
        out.push_back(inside);
        continue;
      }
      std::string fallback;
      const std::size_t comma = inside.find(", '");
      const bool has_fallback = comma != std::string::npos;
      if (has_fallback) {
        fallback = inside.substr(comma + 3, inside.size() - comma - 4);
        inside = inside.substr(0, comma);
      }
      const auto found = facts.find(key_of(inside));
      const bool single = found != facts.end() && found->second.size() == 1;
      if (!single && !has_fallback) return false;
      for (const char c : single ? found->second[0] : fallback) out.push_back(std::string(1, c));
    } else if (wildcards && (text[i] == '*' || text[i] == '?')) {
      out.push_back(text[i] == '*' ? "any run" : "any one");
    } else {
      out.push_back(std::string(1, text[i]));
    }
  }
  return true;
}

// By a table of what fits: row = tokens used, column = characters used.
bool fits(const Tokens& tokens, const std::string& text) {
  std::vector<bool> row(text.size() + 1, false);
  row[0] = true;
  for (const std::string& token : tokens) {
    std::vector<bool> next(text.size() + 1, false);
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (token == "any run") {
        next[at] = row[at] || (at > 0 && next[at - 1]);
      } else if (at > 0) {
        next[at] = row[at - 1] && (token == "any one" || token[0] == text[at - 1]);
      }
    }
    row = next;
  }
  return row[text.size()];
}

template <class T>
std::vector<T> split(const T& whole, const typename T::value_type& colon) {
  std::vector<T> out(1);
  for (const auto& one : whole) {
    if (one == colon && out.size() < 6) {
      out.emplace_back();
    } else {
      out.back().push_back(one);
    }
  }
  return out;
}

bool arn_fits(const Tokens& tokens, const std::string& text) {
  const auto patterns = split(tokens, std::string(":"));
  const auto parts = split(text, ':');
  if (patterns.size() != 6 || parts.size() != 6) return false;
  for (std::size_t i = 0; i < 6; ++i) {
    if (!fits(patterns[i], parts[i])) return false;
  }
  return true;
}

bool v4(const std::string& text, unsigned& address, unsigned& bits) {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  bits = 32;
  if (std::sscanf(text.c_str(), "%u.%u.%u.%u/%u", &a, &b, &c, &d, &bits) < 4) return false;
  address = a << 24U | b << 16U | c << 8U | d;
  return true;
}

bool address_fits(const std::string& block, const std::string& text) {
  unsigned wanted = 0;
  unsigned bits = 0;
  unsigned found = 0;
  unsigned whole = 0;
  if (!v4(block, wanted, bits) || !v4(text, found, whole)) return false;
  return bits == 0 || wanted >> (32 - bits) == found >> (32 - bits);
}

bool number_fits(const std::string& op, double found, double wanted) {
  if (op.ends_with("LessThan")) return found < wanted;
  if (op.ends_with("LessThanEquals")) return found <= wanted;
  if (op.ends_with("GreaterThan")) return found > wanted;
  if (op.ends_with("GreaterThanEquals")) return found >= wanted;
  return found == wanted;
}

// Dates of the tests are all written alike, so that they order as texts.
bool date_fits(const std::string& op, const std::string& found, const std::string& wanted) {
  return number_fits(op, found < wanted ? -1 : (found > wanted ? 1 : 0), 0);
}

// `op` without its "Not", prefix and suffix.
bool value_fits(const std::string& op, const std::string& wanted, const std::string& found,
                bool variables, const Facts& facts) {
  if (op.starts_with("Numeric")) {
    char* end = nullptr;
    const double number = std::strtod(found.c_str(), &end);
    if (found.empty() || *end != '\0') return false;
    return number_fits(op, number, std::strtod(wanted.c_str(), nullptr));
  }
  // A whole number is seconds since 1970: long before the dates of the tests.
  if (op.starts_with("Date") && (found == "1" || found == "-2")) return number_fits(op, -1, 0);
  if (op.starts_with("Date")) return found.size() == wanted.size() && date_fits(op, found, wanted);
  if (op == "IpAddress") return address_fits(wanted, found);
  const bool wild = op == "StringLike" || op.starts_with("Arn");
  const bool ignoring = op.ends_with("IgnoreCase") || op == "Bool";
  Tokens tokens;
  if (!expand(wanted, wild, variables, facts, tokens)) return false;
  if (op.starts_with("Arn")) return arn_fits(tokens, found);
  if (!ignoring) return fits(tokens, found);
  for (std::string& token : tokens) {
    if (token.size() == 1) token = lowered(token);
  }
  return fits(tokens, lowered(found));
}

bool condition_holds(std::string op, const std::string& name, const Json& wanted, bool variables,
                     const Facts& facts) {
  const auto found = facts.find(key_of(name));
  const bool there = found != facts.end() && !found->second.empty();
  if (op == "Null") {
    for (const Json& one : listed(wanted)) {
      if ((lowered(text_of(one)) == "true") == !there) return true;
    }
    return false;
  }
  std::string quantifier;
  const std::size_t colon = op.find(':');
  if (colon != std::string::npos) {
    quantifier = op.substr(0, colon);
    op = op.substr(colon + 1);
  }
  const bool lenient = op.ends_with("IfExists");
  if (lenient) op = op.substr(0, op.size() - 8);
  const std::size_t no = op.find("Not");
  const bool negated = no != std::string::npos;
  if (negated) op.erase(no, 3);
  if (!there) {
    if (lenient || quantifier == "ForAllValues") return true;
    if (quantifier == "ForAnyValue") return false;
    return negated;
  }
  int good = 0;
  int all = 0;
  for (const std::string& value : found->second) {
    bool any = false;
    for (const Json& one : listed(wanted)) {
      any = any || value_fits(op, text_of(one), value, variables, facts);
    }
    ++all;
    if (any) ++good;
  }
  if (quantifier == "ForAllValues") return negated ? good == 0 : good == all;
  if (quantifier == "ForAnyValue") return negated ? good < all : good > 0;
  return negated ? good == 0 : good > 0;
}

// 0 = not meant, 1 = its account is, 2 = its role is, 3 = it is.
int meant(const Json& principal, const Who& who) {
  if (principal == "*") return 3;
  const bool is_root = who.user.empty() && who.role.empty();
  int out = 0;
  for (const auto& [type, names] : principal.items()) {
    for (const Json& one : listed(names)) {
      const std::string name = one.get<std::string>();
      if (type != "AWS") continue;
      if (name == "*") return 3;
      if (who.account.empty()) continue;
      const std::string arn = "arn:aws:iam::" + who.account + ":";
      if (name == who.account || name == arn + "root") out = std::max(out, is_root ? 3 : 1);
      if (!who.user.empty() && name == arn + "user/" + who.user) out = 3;
      if (who.role.empty()) continue;
      if (name == arn + "role/" + who.role) out = std::max(out, who.session.empty() ? 3 : 2);
      const std::string session = "arn:aws:sts::" + who.account + ":assumed-role/" + who.role + "/";
      if (!who.session.empty() && name == session + who.session) out = 3;
    }
  }
  return out;
}

// Whoever is to be spared is named itself, and so are its role and its account.
int reached(const Json& statement, const Who& who) {
  if (!statement.contains("NotPrincipal")) return meant(statement["Principal"], who);
  const Json& spared = statement["NotPrincipal"];
  bool all = meant(spared, who) == 3;
  if (!who.account.empty()) all = all && meant(spared, Who{who.account, "", "", ""}) == 3;
  if (!who.role.empty()) all = all && meant(spared, Who{who.account, "", who.role, ""}) == 3;
  return all ? 0 : 3;
}

bool selected(const Json& statement, const std::string& name, const std::string& found,
              bool variables, bool ignoring, const Facts& facts) {
  const bool negated = statement.contains("Not" + name);
  for (const Json& one : listed(statement[negated ? "Not" + name : name])) {
    Tokens tokens;
    const std::string text = one.get<std::string>();
    if (!expand(ignoring ? lowered(text) : text, true, variables, facts, tokens)) continue;
    if (fits(tokens, ignoring ? lowered(found) : found)) return !negated;
  }
  return negated;
}

}  // namespace

std::string judge(const Json& policy, const Ask& ask, bool of_resource) {
  const bool variables = policy.value("Version", "2008-10-17") == "2012-10-17";
  std::string out = "silent";
  for (const Json& statement : listed(policy["Statement"])) {
    const int reach = of_resource ? reached(statement, ask.who) : 3;
    if (reach == 0) continue;
    if (!selected(statement, "Action", ask.action, false, true, ask.facts)) continue;
    if (!selected(statement, "Resource", ask.resource, variables, false, ask.facts)) continue;
    bool holds = true;
    if (statement.contains("Condition")) {
      for (const auto& [op, keys] : statement["Condition"].items()) {
        for (const auto& [key, values] : keys.items()) {
          holds = holds && condition_holds(op, key, values, variables, ask.facts);
        }
      }
    }
    if (!holds) continue;
    if (statement["Effect"] == "Deny") return "deny";
    if (reach == 3) out = "allow";
    if (reach == 2 && out != "allow") out = "role";
    if (reach == 1 && out == "silent") out = "account";
  }
  return out;
}

namespace {

struct Opinion {
  bool denied = false;
  bool denied_by_resource = false;  // alone
  bool charter = false;             // is passed
  bool limits = false;              // so are boundary and session
  bool identity = false;            // root, or its policies allow
  std::string resource = "silent";

  // The account of the caller lets it.
  bool own() const { return !denied && charter && limits && identity; }
};

// One policy that allows is enough; without any, `without`.
bool passed(const std::vector<Json>& policies, const Ask& ask, bool without, bool& denied) {
  bool out = policies.empty() && without;
  for (const Json& policy : policies) {
    const std::string said = judge(policy, ask, false);
    denied = denied || said == "deny";
    out = out || said == "allow";
  }
  return out;
}

Opinion opinion(const Layers& layers, const Ask& ask) {
  Opinion out;
  out.charter = passed(layers.charters, ask, true, out.denied);
  const bool boundary = passed(layers.boundaries, ask, true, out.denied);
  const bool session = passed(layers.sessions, ask, true, out.denied);
  out.limits = boundary && session;
  const bool is_root = !ask.who.account.empty() && ask.who.user.empty() && ask.who.role.empty();
  out.identity = passed(layers.identity, ask, false, out.denied) || is_root;
  if (!layers.resource.is_null()) out.resource = judge(layers.resource, ask, true);
  if (out.resource != "deny") return out;
  out.denied_by_resource = !out.denied;
  out.denied = true;
  return out;
}

// AWS's table: a user or a session that is named itself has it past its boundary and its session
// policies, a role that is named within them; an account that is named has to pass it on.
bool allowed_by_resource(const Opinion& o, const Layers& layers, const Ask& ask) {
  if (o.denied || !o.charter) return false;
  if (ask.who.account.empty()) return o.resource == "allow";
  if (ask.who.account != layers.resource_account) return o.own() && o.resource != "silent";
  return o.resource == "allow" || (o.resource == "role" && o.limits);
}

}  // namespace

std::string decide(const Layers& layers, const Ask& ask) {
  const Opinion o = opinion(layers, ask);
  if (o.denied) return "deny";
  const bool same = !ask.who.account.empty() && ask.who.account == layers.resource_account;
  return (same && o.own()) || allowed_by_resource(o, layers, ask) ? "allow" : "silent";
}

// --- S3 ---

namespace {

bool is_one_of(const std::string& text, const std::vector<std::string>& of) {
  for (const std::string& one : of) {
    if (one == text) return true;
  }
  return false;
}

// "Mapping of ACL permissions and access policy permissions".
std::string permission_on_bucket(const std::string& action) {
  if (is_one_of(action,
                {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"})) {
    return "READ";
  }
  if (action == "s3:PutObject") return "WRITE";
  if (action == "s3:GetBucketAcl") return "READ_ACP";
  return action == "s3:PutBucketAcl" ? "WRITE_ACP" : "";
}
std::string permission_on_object(const std::string& action) {
  if (action == "s3:GetObject") return "READ";
  if (action == "s3:GetObjectAcl") return "READ_ACP";
  return action == "s3:PutObjectAcl" ? "WRITE_ACP" : "";
}
bool is_of_object(const std::string& action) {
  return !permission_on_object(action).empty() || action == "s3:GetObjectTagging";
}

struct Judge {
  const Scene& scene;
  Opinion said;

  explicit Judge(const Scene& of) : scene(of), said(opinion(of.layers, of.ask)) {
    // Block Public Access: what a public policy allows holds for the account alone.
    const bool stranger = scene.ask.who.account != scene.layers.resource_account;
    if (scene.restricts_public_policies && stranger && is_public() && said.resource != "deny") {
      said.resource = "silent";
    }
  }

  bool is_public() const {
    if (scene.layers.resource.is_null()) return false;
    for (const Json& statement : listed(scene.layers.resource["Statement"])) {
      if (statement["Effect"] != "Allow") continue;
      const Json& principal = statement["Principal"];
      if (principal == "*") return true;
      for (const Json& one : listed(principal["AWS"])) {
        if (one == "*") return true;
      }
    }
    return false;
  }
  bool is_denied() const {
    const Who& who = scene.ask.who;
    const bool owner = who.account == scene.layers.resource_account && !who.account.empty() &&
                       who.user.empty() && who.role.empty();
    // Its root can always mend a bucket's policy.
    const bool mends = owner && said.denied_by_resource &&
                       is_one_of(scene.ask.action, {"s3:GetBucketPolicy", "s3:PutBucketPolicy",
                                                    "s3:DeleteBucketPolicy"});
    return (said.denied && !mends) || !said.charter;
  }
  // The caller has what the account has.
  bool has(const std::string& account) const {
    const bool root_mends = said.denied && !is_denied();
    return !account.empty() && scene.ask.who.account == account && (said.own() || root_mends);
  }
  bool by_policy() const { return allowed_by_resource(said, scene.layers, scene.ask); }
  bool listed_for(const std::vector<Grant>& list, const std::string& list_owner,
                  const std::string& permission) const {
    if (permission.empty()) return false;
    const std::string& account = scene.ask.who.account;
    for (const Grant& grant : list) {
      if (grant.permission != permission && grant.permission != "FULL_CONTROL") continue;
      if (grant.to == account && said.own()) return true;
      if (scene.ignores_public_lists) continue;
      const bool in_group =
          grant.to == "everyone" || (grant.to == "authenticated" && !account.empty());
      // A user of another account needs a word of its own account, too.
      if (in_group && (account.empty() || account == list_owner || said.own())) return true;
    }
    return false;
  }
  bool on_bucket(const std::string& permission) const {
    return scene.lists_on && listed_for(scene.bucket_list, bucket_owner(), permission);
  }
  const std::string& bucket_owner() const { return scene.layers.resource_account; }
};

bool may_list(const Scene& scene) {
  Scene list = scene;
  list.ask.action = "s3:ListBucket";
  list.ask.resource = "arn:aws:s3:::" + scene.bucket;
  list.ask.facts["s3:prefix"] = {scene.key};
  const Judge judge(list);
  return !judge.is_denied() &&
         (judge.by_policy() || judge.has(judge.bucket_owner()) || judge.on_bucket("READ"));
}

bool may_with_object(const Scene& scene, const Judge& judge) {
  if (!scene.object_is_there) return may_list(scene);
  if (!scene.lists_on) return judge.by_policy() || judge.has(judge.bucket_owner());
  if (judge.by_policy() && scene.object_owner == judge.bucket_owner()) return true;
  const std::string permission = permission_on_object(scene.ask.action);
  if (judge.has(scene.object_owner) && permission != "READ") return true;
  return judge.listed_for(scene.object_list, scene.object_owner, permission);
}

}  // namespace

bool may(const Scene& scene) {
  const Judge judge(scene);
  if (judge.is_denied()) return false;
  const std::string& action = scene.ask.action;
  if (is_of_object(action) && !scene.creates) return may_with_object(scene, judge);
  if (judge.by_policy() || judge.has(judge.bucket_owner())) return true;
  if (scene.creates) return judge.on_bucket("WRITE");
  if (action == "s3:DeleteObject") {
    return judge.on_bucket("WRITE") && (!scene.object_is_there || judge.has(scene.object_owner));
  }
  if (action == "s3:AbortMultipartUpload") {
    return scene.began_upload && !scene.ask.who.account.empty() && judge.said.limits;
  }
  return judge.on_bucket(permission_on_bucket(action));
}

}  // namespace muzn::policy::naive
