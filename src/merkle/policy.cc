#include "merkle/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "merkle/decimal.h"

namespace muzn::merkle {
namespace {

constexpr std::string_view kNone = "none";

bool is_allowed(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return c == '\t' || c == '\n' || (octet >= 0x20 && octet != 0x7F);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  constexpr std::string_view kBlank = " \t";
  for (;;) {
    const auto begin = line.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return out;
    line.remove_prefix(begin);
    const auto end = line.find_first_of(kBlank);
    out.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return out;
    line.remove_prefix(end);
  }
}

std::unexpected<Error> bad_policy(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

class Parser {
 public:
  // `words`: of one line, at least one.
  Result<void> line(std::span<const std::string_view> words);
  Result<Policy> finish();

 private:
  using Words = std::span<const std::string_view>;  // without the first

  Result<void> log(Words words);
  Result<void> witness(Words words);
  Result<void> group(Words words);
  Result<void> quorum(Words words);
  Result<void> define(std::string_view name, Policy::Member member);
  Result<Policy::Member> find(std::string_view name) const;
  static Result<std::size_t> threshold(std::string_view word, std::size_t members);

  Policy policy_;
  std::map<std::string, Policy::Member, std::less<>> names_;
  std::set<std::string, std::less<>> used_;  // names that are members of a group
  std::set<std::string> log_keys_;
  std::set<std::string> witness_keys_;
  bool has_quorum_ = false;
};

Result<void> Parser::line(Words words) {
  const std::string_view verb = words.front();
  words = words.subspan(1);
  if (verb == "log") return log(words);
  if (verb == "witness") return witness(words);
  if (verb == "group") return group(words);
  if (verb == "quorum") return quorum(words);
  return bad_policy("not log, witness, group or quorum");
}

Result<void> Parser::log(Words words) {
  if (words.empty() || words.size() > 2) return bad_policy("log VKEY [URL]");
  if (policy_.logs.size() == kPolicyEntriesMax) return fail(Code::kLimit, "too many logs");
  TRY(VerifierKey key, parse_vkey(words[0]));
  if (!log_keys_.insert(key.public_key).second) return bad_policy("a log's key twice");
  policy_.logs.push_back({std::move(key), std::string(words.size() > 1 ? words[1] : "")});
  return {};
}

Result<void> Parser::witness(Words words) {
  if (words.size() < 2 || words.size() > 3) return bad_policy("witness NAME VKEY [URL]");
  if (policy_.witnesses.size() == kPolicyEntriesMax)
    return fail(Code::kLimit, "too many witnesses");
  TRY(VerifierKey key, parse_vkey(words[1]));
  if (key.type != KeyType::kCosignature) return bad_policy("a witness with a key of another type");
  if (!witness_keys_.insert(key.public_key).second) return bad_policy("a witness's key twice");
  TRY_VOID(define(words[0], {false, policy_.witnesses.size()}));
  policy_.witnesses.push_back(
      {std::string(words[0]), std::move(key), std::string(words.size() > 2 ? words[2] : "")});
  return {};
}

Result<std::size_t> Parser::threshold(std::string_view word, std::size_t members) {
  if (word == "all") return members;
  if (word == "any") return 1;
  TRY(const std::uint64_t number, parse_decimal(word));
  if (number < 1 || number > members) return bad_policy("a threshold no group of this size has");
  return static_cast<std::size_t>(number);
}

Result<void> Parser::group(Words words) {
  if (words.size() < 3) return bad_policy("group NAME all|any|K NAME...");
  if (policy_.groups.size() == kPolicyEntriesMax) return fail(Code::kLimit, "too many groups");
  Policy::Group group;
  group.name = words[0];
  TRY(group.threshold, threshold(words[1], words.size() - 2));
  for (const std::string_view name : words.subspan(2)) {
    TRY(const Policy::Member member, find(name));
    // Else one witness could count more than once.
    if (!used_.emplace(name).second) return bad_policy("a name that is a member twice");
    group.members.push_back(member);
  }
  TRY_VOID(define(group.name, {true, policy_.groups.size()}));
  policy_.groups.push_back(std::move(group));
  return {};
}

Result<void> Parser::quorum(Words words) {
  if (words.size() != 1) return bad_policy("quorum NAME");
  if (has_quorum_) return bad_policy("a second quorum");
  has_quorum_ = true;
  if (words[0] == kNone) return {};
  policy_.needs_witnesses = true;
  TRY(policy_.quorum, find(words[0]));
  return {};
}

Result<void> Parser::define(std::string_view name, Policy::Member member) {
  if (name == kNone) return bad_policy("the name none has a meaning of its own");
  if (!names_.emplace(name, member).second) return bad_policy("a name defined twice");
  return {};
}

Result<Policy::Member> Parser::find(std::string_view name) const {
  const auto found = names_.find(name);
  if (found == names_.end()) return bad_policy("a name that no line above defines");
  return found->second;
}

Result<Policy> Parser::finish() {
  if (!has_quorum_) return bad_policy("policy: no quorum");
  return std::move(policy_);
}

bool is_met(const Policy& policy, const Policy::Member& member, const std::vector<bool>& cosigned) {
  if (!member.is_group) return cosigned[member.index];
  const Policy::Group& group = policy.groups[member.index];
  const auto met = std::ranges::count_if(
      group.members, [&](const Policy::Member& one) { return is_met(policy, one, cosigned); });
  return static_cast<std::size_t>(met) >= group.threshold;
}

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > kPolicyBytesMax) return fail(Code::kLimit, "policy: too long");
  if (!std::ranges::all_of(text, is_allowed)) return bad_policy("policy: a control character");
  if (!text.empty() && !text.ends_with('\n')) return bad_policy("policy: no newline at the end");
  Parser parser;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (words.empty() || words.front().starts_with('#')) continue;
    if (auto done = parser.line(words); !done) {
      return fail(done.error().code, fmt::format("policy, line {}: {}", number, done.error().what));
    }
  }
  return parser.finish();
}

// Bounded: a name is a member once, so the groups are trees.
bool has_quorum(const Policy& policy, const std::vector<bool>& cosigned) {
  CHECK(cosigned.size() == policy.witnesses.size());
  return !policy.needs_witnesses || is_met(policy, policy.quorum, cosigned);
}

}  // namespace muzn::merkle
