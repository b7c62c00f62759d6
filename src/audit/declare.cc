#include "audit/declare.h"

#include <algorithm>
#include <vector>

#include "audit/exclusions.h"
#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::audit {
namespace {

using codec::Json;
using merkle::Policy;

constexpr std::string_view kLineEnd = "; ";

std::string told(std::string text) {
  return is_declared_text(text) ? std::move(text) : std::string(kUntold);
}

std::string hash_of(std::string_view text) {
  return codec::hex_encode(crypto::sha256(text));
}

// A policy whose groups have their members in an order that does not depend on that of its lines.
// Groups are made of earlier ones, so each is looked at once.
class Ordered {
 public:
  explicit Ordered(const Policy& policy) : policy_(policy), groups_(policy.groups) {
    for (Policy::Group& group : groups_) {
      std::ranges::sort(group.members, {},
                        [this](const Policy::Member& one) { return spelled(one); });
      spelled_.push_back(join(group, &Ordered::spelled));
      words_.push_back(join(group, &Ordered::words));
    }
  }

  // "2 of (witness.example/a, witness.example/b)"
  std::string words(const Policy::Member& member) const {
    return member.is_group ? words_[member.index] : key_of(member).name;
  }
  // The lines that define it, its members first, under names of their own.
  std::string lines(const Policy::Member& member) const {
    Lines out;
    const std::string name = define(member, out);
    return out.text + "quorum " + name;
  }

 private:
  struct Lines {
    std::string text;
    std::size_t witnesses = 0;
    std::size_t groups = 0;
  };

  const merkle::VerifierKey& key_of(const Policy::Member& member) const {
    return policy_.witnesses[member.index].key;
  }
  std::string spelled(const Policy::Member& member) const {
    return member.is_group ? spelled_[member.index] : merkle::format_vkey(key_of(member));
  }
  std::string join(const Policy::Group& group,
                   std::string (Ordered::*name)(const Policy::Member&) const) const {
    std::string out = std::to_string(group.threshold) + " of (";
    std::string_view between;
    for (const Policy::Member& one : group.members) {
      out.append(between).append((this->*name)(one));
      between = ", ";
    }
    return out + ")";
  }
  // Returns the name that the member has there.
  std::string define(const Policy::Member& member, Lines& out) const {
    std::string line;
    std::string name;
    if (member.is_group) {
      const Policy::Group& group = groups_[member.index];
      line = std::to_string(group.threshold);
      for (const Policy::Member& one : group.members) line += " " + define(one, out);
      name = "g" + std::to_string(++out.groups);
      line = "group " + name + " " + line;
    } else {
      name = "w" + std::to_string(++out.witnesses);
      line = "witness " + name + " " + merkle::format_vkey(key_of(member));
    }
    out.text.append(line).append(kLineEnd);
    return name;
  }

  const Policy& policy_;
  std::vector<Policy::Group> groups_;
  std::vector<std::string> spelled_;  // of each group, with its witnesses' keys
  std::vector<std::string> words_;
};

}  // namespace

std::string canonical_quorum(const Policy& policy) {
  return policy.needs_witnesses ? Ordered(policy).lines(policy.quorum) : "quorum none";
}

Declaration declare_witnesses(const Policy& policy, std::string_view origin,
                              std::string_view text) {
  const std::string quorum = policy.needs_witnesses ? Ordered(policy).words(policy.quorum) : "none";
  return {.what = std::string(kWitnessPolicy),
          .sha256 = hash_of(text),
          .says = {{"origin", told(std::string(origin))},
                   {"policy", told(canonical_quorum(policy))},
                   {"quorum", told(quorum)}}};
}

Declaration declare_software(std::string_view version, std::string_view commit,
                             std::string sha256) {
  return {.what = std::string(kSoftware),
          .sha256 = std::move(sha256),
          .says = {{"commit", told(std::string(commit))}, {"version", told(std::string(version))}}};
}

Declaration declare_exclusions() {
  std::string ids;
  for (const Exclusion& one : exclusions()) ids.append(ids.empty() ? "" : " ").append(one.id);
  return {.what = std::string(kExclusionList),
          .sha256 = hash_of(exclusions_text()),
          .says = {{"ids", told(std::move(ids))}, {"version", std::to_string(kExclusionsVersion)}}};
}

void put_declaration(const Declaration& declaration, Json& facts) {
  facts["what"] = declaration.what;
  facts["sha256"] = declaration.sha256;
  facts["says"] = declaration.says;
}

Declaration declaration_of(const Json& facts) {
  return {.what = facts["what"], .sha256 = facts["sha256"], .says = facts["says"]};
}

std::optional<Policy> declared_policy(const Declaration& declaration,
                                      const merkle::VerifierKey& log) {
  const auto found = declaration.says.find("policy");
  if (declaration.what != kWitnessPolicy || found == declaration.says.end()) return std::nullopt;
  std::string text = "log " + merkle::format_vkey(log) + "\n";
  std::string_view rest = found->second;
  for (;;) {
    const std::size_t end = rest.find(kLineEnd);
    text.append(rest.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + kLineEnd.size());
  }
  auto policy = merkle::parse_policy(text);
  if (!policy || policy->logs.size() != 1) return std::nullopt;
  return *std::move(policy);
}

}  // namespace muzn::audit
