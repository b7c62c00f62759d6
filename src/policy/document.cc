#include "policy/document.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

#include "codec/json.h"

namespace muzn::policy {
namespace {

using codec::Json;

constexpr std::size_t kAccountIdBytes = 12;
constexpr std::size_t kCanonicalIdBytes = 64;
constexpr std::size_t kSidBytesMax = 1024;

std::unexpected<Error> invalid(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

bool is_digits(std::string_view text, std::size_t size) {
  return text.size() == size &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_name(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [more](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.contains(c);
  });
}

// Refuses members that are not of the grammar.
Result<void> check_members(const Json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) == known.end()) return invalid("Unknown field " + name);
  }
  return {};
}

const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

Result<std::string> read_text(const Json& object, const char* name) {
  const Json* const value = member(object, name);
  if (value == nullptr) return "";
  if (!value->is_string()) return invalid(std::string(name) + " is not a string");
  return value->get_ref<const std::string&>();
}

// One string, or an array of at least one.
Result<std::vector<std::string>> read_texts(const Json& value, std::string_view name) {
  std::vector<std::string> out;
  const auto take = [&out](const Json& one) {
    if (!one.is_string()) return false;
    out.push_back(one.get_ref<const std::string&>());
    return !out.back().empty();
  };
  bool good = true;
  if (value.is_array()) {
    for (const Json& one : value) good = take(one) && good;
  } else {
    good = take(value);
  }
  if (!good || out.empty()) {
    return invalid(std::string(name) + " is neither a string nor an array of strings");
  }
  return out;
}

// --- principals ---

std::optional<Principal> aws_principal(std::string_view text) {
  using Kind = Principal::Kind;
  if (text == "*") return Principal{};
  const auto make = [](Kind kind, std::string_view value) {
    return Principal{.kind = kind, .value = std::string(value), .id = {}};
  };
  if (is_digits(text, kAccountIdBytes)) return make(Kind::kAccount, text);
  for (const std::string_view service : {"arn:aws:iam::", "arn:aws:sts::"}) {
    if (!text.starts_with(service)) continue;
    const std::string_view rest = text.substr(service.size());
    const std::string_view account = rest.substr(0, kAccountIdBytes);
    if (!is_digits(account, kAccountIdBytes) || rest.size() <= kAccountIdBytes + 1 ||
        rest[kAccountIdBytes] != ':') {
      return std::nullopt;
    }
    const std::string_view who = rest.substr(kAccountIdBytes + 1);
    if (service == "arn:aws:iam::" && who == "root") return make(Kind::kAccount, account);
    // AWS knows no wildcards here: who is meant has to be named.
    const std::size_t slash = who.find('/');
    constexpr std::array<std::string_view, 4> kTypes = {"user", "role", "assumed-role",
                                                        "federated-user"};
    if (slash == std::string_view::npos ||
        std::ranges::find(kTypes, who.substr(0, slash)) == kTypes.end() ||
        !is_name(who.substr(slash + 1), "_+=,.@-/")) {
      return std::nullopt;
    }
    return make(Kind::kIdentity, text);
  }
  return std::nullopt;
}

std::optional<Principal> parse_principal(std::string_view type, std::string_view text) {
  using Kind = Principal::Kind;
  if (type == "AWS") return aws_principal(text);
  Principal out{.kind = Kind::kService, .value = std::string(text), .id = {}};
  if (type == "Service") return is_name(text, ".-") ? std::optional(out) : std::nullopt;
  if (type == "Federated") {
    out.kind = Kind::kFederated;
    return is_name(text, "_+=,.@-/:") ? std::optional(out) : std::nullopt;
  }
  if (type == "CanonicalUser" && text.size() == kCanonicalIdBytes && is_name(text, "")) {
    out.kind = Kind::kCanonical;
    return out;
  }
  return std::nullopt;
}

Result<void> read_principals(const Json& statement, Attachment attachment, Statement& out) {
  const Json* plain = member(statement, "Principal");
  const Json* negated = member(statement, "NotPrincipal");
  if (attachment == Attachment::kIdentity) {
    if (plain == nullptr && negated == nullptr) return {};
    return invalid("Unknown field Principal: the policy speaks of who it is attached to");
  }
  if (plain != nullptr && negated != nullptr) {
    return invalid("Statement has both Principal and NotPrincipal");
  }
  if (plain == nullptr && negated == nullptr) return invalid("Missing required field Principal");
  out.not_principal = negated != nullptr;
  if (out.not_principal && out.effect == Effect::kAllow) {
    return invalid("NotPrincipal must be used with Effect Deny");
  }
  const Json& value = plain != nullptr ? *plain : *negated;
  if (value == "*") {
    out.principals.emplace_back();
    return {};
  }
  if (!value.is_object() || value.empty()) return invalid("Invalid principal in policy");
  for (const auto& [type, names] : value.items()) {
    TRY(const auto texts, read_texts(names, "Principal " + type));
    for (const std::string& text : texts) {
      auto principal = parse_principal(type, text);
      if (!principal) {
        std::string what = "Invalid principal in policy: \"";
        what.append(type).append("\" : \"").append(text).append("\"");
        return invalid(std::move(what));
      }
      out.principals.push_back(*std::move(principal));
    }
  }
  return {};
}

// --- actions, resources, conditions ---

// "*", or a service and an action of it with wildcards.
bool is_action(std::string_view text) {
  if (text == "*") return true;
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && is_name(text.substr(0, colon), "-*?") &&
         is_name(text.substr(colon + 1), "*?");
}

bool is_resource(std::string_view text) {
  return text == "*" || (text.starts_with("arn:") && std::ranges::count(text, ':') >= 5);
}

struct Rule {
  const char* name;
  const char* negated_name;
  bool (*is_good)(std::string_view);
};
constexpr Rule kActionRule{"Action", "NotAction", is_action};
constexpr Rule kResourceRule{"Resource", "NotResource", is_resource};

Result<Selection> read_selection(const Json& statement, const Rule& rule, Pattern::Syntax syntax) {
  const Json* const plain = member(statement, rule.name);
  const Json* const negated = member(statement, rule.negated_name);
  if (plain != nullptr && negated != nullptr) {
    return invalid("Statement has both " + std::string(rule.name) + " and " + rule.negated_name);
  }
  if (plain == nullptr && negated == nullptr) {
    return invalid("Missing required field " + std::string(rule.name));
  }
  Selection out;
  out.negated = negated != nullptr;
  TRY(const auto texts, read_texts(plain != nullptr ? *plain : *negated, rule.name));
  for (const std::string& text : texts) {
    if (!rule.is_good(text)) return invalid("Invalid " + std::string(rule.name) + ": " + text);
    TRY(Pattern pattern, Pattern::parse(text, syntax));
    out.patterns.push_back(std::move(pattern));
  }
  return out;
}

// Strings, numbers and booleans, one or many.
Result<std::vector<std::string>> read_values(const Json& value, const std::string& key) {
  std::vector<std::string> out;
  const Json one_of_them = value.is_array() ? value : Json::array({value});
  for (const Json& one : one_of_them) {
    if (one.is_string()) {
      out.push_back(one.get_ref<const std::string&>());
    } else if (one.is_number() || one.is_boolean()) {
      out.push_back(codec::dump_json(one));
    } else {
      return invalid("Condition " + key + ": a value is a string, a number or a boolean");
    }
  }
  return out;
}

// Before the colon a service, or an identity provider: "idp.example.com/realms/a:sub".
bool is_condition_key(std::string_view key) {
  const std::size_t colon = key.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < key.size() &&
         is_name(key.substr(0, colon), "-._/");
}

Result<void> read_conditions(const Json& statement, bool variables, Statement& out) {
  const Json* const block = member(statement, "Condition");
  if (block == nullptr) return {};
  if (!block->is_object()) return invalid("Condition is not an object");
  for (const auto& [name, keys] : block->items()) {
    const auto op = parse_operator(name);
    if (!op) return invalid("Invalid Condition type : " + name);
    if (!keys.is_object()) return invalid("Condition " + name + " is not an object");
    std::set<std::string, std::less<>> seen;
    for (const auto& [key, values] : keys.items()) {
      if (!is_condition_key(key)) return invalid("Policy has an invalid condition key: " + key);
      Condition condition{.op = *op, .key = fold_key(key), .operands = {}};
      if (!seen.insert(condition.key).second) return invalid("Duplicate condition key: " + key);
      TRY(const auto texts, read_values(values, key));
      for (const std::string& text : texts) {
        auto operand = parse_operand(*op, text, variables);
        if (!operand) {
          std::string what = "Invalid value of condition ";
          what.append(name).append(" ").append(key).append(": \"").append(text).append("\" (");
          return invalid(what.append(operand.error().what).append(")"));
        }
        condition.operands.push_back(*std::move(operand));
      }
      out.conditions.push_back(std::move(condition));
    }
  }
  return {};
}

Result<Statement> read_statement(const Json& json, Attachment attachment, bool variables) {
  if (!json.is_object()) return invalid("A statement is an object");
  TRY_VOID(check_members(json, {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
                                "Resource", "NotResource", "Condition"}));
  Statement out;
  TRY(out.sid, read_text(json, "Sid"));
  if (out.sid.size() > kSidBytesMax) return invalid("Sid is too long");
  const Json* const effect = member(json, "Effect");
  if (effect == nullptr) return invalid("Missing required field Effect");
  if (*effect != "Allow" && *effect != "Deny") {
    return invalid("Invalid effect: " + codec::dump_json(*effect));
  }
  out.effect = *effect == "Allow" ? Effect::kAllow : Effect::kDeny;
  TRY_VOID(read_principals(json, attachment, out));
  TRY(out.actions, read_selection(json, kActionRule, {.wildcards = true, .variables = false}));
  if (attachment == Attachment::kTrust) {
    if (json.contains("Resource") || json.contains("NotResource")) {
      return invalid("Has prohibited field Resource");
    }
    out.resources.negated = true;  // all but none: the role itself
  } else {
    TRY(out.resources,
        read_selection(json, kResourceRule, {.wildcards = true, .variables = variables}));
  }
  TRY_VOID(read_conditions(json, variables, out));
  return out;
}

Result<bool> read_version(const Json& policy) {
  const Json* const version = member(policy, "Version");
  if (version == nullptr || *version == "2008-10-17") return false;
  if (*version == "2012-10-17") return true;
  return invalid("The policy must contain a valid version string");
}

std::string place(std::size_t index, std::string_view sid) {
  std::string out = "statement " + std::to_string(index + 1);
  if (!sid.empty()) out.append(" (").append(sid).append(")");
  return out;
}

}  // namespace

bool Document::names(std::string_view key_prefix) const {
  const auto asks = [key_prefix](const Pattern& pattern) { return pattern.asks(key_prefix); };
  return std::ranges::any_of(statements, [&](const Statement& statement) {
    return std::ranges::any_of(statement.resources.patterns, asks) ||
           std::ranges::any_of(statement.conditions, [&](const Condition& condition) {
             return condition.key.starts_with(key_prefix) ||
                    std::ranges::any_of(condition.operands, [&](const Operand& operand) {
                      const auto* const pattern = std::get_if<Pattern>(&operand);
                      return pattern != nullptr && asks(*pattern);
                    });
           });
  });
}

Result<Document> parse_policy(std::string_view json, Attachment attachment) {
  const auto parsed = codec::parse_json(json);
  if (!parsed || !parsed->is_object()) {
    return invalid("Policies must be valid JSON and the first byte must be '{'" +
                   (parsed ? std::string() : " (" + parsed.error().what + ")"));
  }
  if (json.size() > kPolicyTextMax || codec::dump_json(*parsed).size() > kPolicyBytesMax) {
    return fail(Code::kLimit, "Policy exceeds the maximum allowed document size");
  }
  TRY_VOID(check_members(*parsed, {"Version", "Id", "Statement"}));
  Document out;
  TRY(out.variables, read_version(*parsed));
  TRY(out.id, read_text(*parsed, "Id"));
  const Json* const statements = member(*parsed, "Statement");
  if (statements == nullptr) return invalid("Missing required field Statement");
  const Json list = statements->is_array() ? *statements : Json::array({*statements});
  if (list.empty()) return invalid("Could not parse the policy: Statement is empty!");
  std::set<std::string, std::less<>> sids;
  for (const Json& one : list) {
    auto statement = read_statement(one, attachment, out.variables);
    if (!statement) {
      const std::string sid = codec::json_string(one, "Sid");
      return invalid(statement.error().what + ", in " + place(out.statements.size(), sid));
    }
    if (!statement->sid.empty() && !sids.insert(statement->sid).second) {
      return invalid("Statement IDs (SID) in a single policy must be unique: " + statement->sid);
    }
    out.statements.push_back(*std::move(statement));
  }
  return out;
}

std::string describe(const Document& document, std::size_t statement) {
  return place(statement, document.statements.at(statement).sid);
}

}  // namespace muzn::policy
