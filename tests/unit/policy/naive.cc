#include "unit/policy/naive.h"

#include <cctype>
#include <cstdlib>

namespace muzn::policy::naive {
namespace {

// One position of a pattern: a character, "*" or "?" as wildcards, which are longer than one.
using Tokens = std::vector<std::string>;

std::vector<Json> listed(const Json& value) {
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

// 0 = not meant, 1 = its account is, 2 = it is.
int meant(const Json& principal, const Who& who) {
  if (principal == "*") return 2;
  int out = 0;
  for (const auto& [type, names] : principal.items()) {
    for (const Json& one : listed(names)) {
      const std::string name = one.get<std::string>();
      if (type != "AWS") continue;
      if (name == "*") return 2;
      if (who.account.empty()) continue;
      const std::string arn = "arn:aws:iam::" + who.account + ":";
      if (name == who.account || name == arn + "root")
        out = std::max(out, who.user.empty() ? 2 : 1);
      if (!who.user.empty() && name == arn + "user/" + who.user) out = 2;
    }
  }
  return out;
}

int reached(const Json& statement, const Who& who) {
  if (!statement.contains("NotPrincipal")) return meant(statement["Principal"], who);
  const Json& spared = statement["NotPrincipal"];
  const bool account_spared = who.account.empty() || meant(spared, Who{who.account, ""}) == 2;
  return meant(spared, who) == 2 && account_spared ? 0 : 2;
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
    const int reach = of_resource ? reached(statement, ask.who) : 2;
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
    if (reach == 2) out = "allow";
    if (reach == 1 && out == "silent") out = "account";
  }
  return out;
}

std::string decide(const Layers& layers, const Ask& ask) {
  bool passes = true;
  for (const auto* limit : {&layers.charters, &layers.boundaries, &layers.sessions}) {
    bool allowed = limit->empty();
    for (const Json& policy : *limit) {
      const std::string said = judge(policy, ask, false);
      if (said == "deny") return "deny";
      allowed = allowed || said == "allow";
    }
    passes = passes && allowed;
  }
  bool identity = !ask.who.account.empty() && ask.who.user.empty();
  for (const Json& policy : layers.identity) {
    const std::string said = judge(policy, ask, false);
    if (said == "deny") return "deny";
    identity = identity || said == "allow";
  }
  const std::string resource =
      layers.resource.is_null() ? "silent" : judge(layers.resource, ask, true);
  if (resource == "deny") return "deny";
  if (!passes) return "silent";
  if (ask.who.account.empty()) return resource == "allow" ? "allow" : "silent";
  if (ask.who.account == layers.resource_account) {
    return identity || resource == "allow" ? "allow" : "silent";
  }
  return identity && resource != "silent" ? "allow" : "silent";
}

}  // namespace muzn::policy::naive
