#include "audit/rules.h"

#include <algorithm>

#include "audit/declare.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "merkle/judge.h"

namespace muzn::audit {
namespace {

using codec::Json;

constexpr std::size_t kMembers = 6;
// So many leaves of an account may be handed over again at once.
constexpr std::size_t kRepeatsMax = 16;
constexpr std::string_view kSchemaFamily = "muzn.leaf/";

bool is_number(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_number_unsigned();
}

bool has_array(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_array();
}

}  // namespace

void Rules::add(Judged& to, Finding::Kind kind, std::string what) const {
  to.findings.push_back({.kind = kind, .index = entries_ - 1, .what = std::move(what)});
}

void Rules::newer(Judged& to, const std::string& key, std::string what) {
  ++unknown_[key];
  add(to, is_strict_ ? Finding::Kind::kFault : Finding::Kind::kNewer, std::move(what));
}

Rules::Judged Rules::take(std::string_view entry) {
  ++entries_;
  Judged out;
  auto leaf = decode_leaf(entry);
  if (!leaf && leaf.error().code == Code::kUnsupported) {
    newer(out, "?", leaf.error().what);
    return out;
  }
  if (!leaf) {
    add(out, Finding::Kind::kFault, "no leaf: " + leaf.error().what);
    return out;
  }
  out.leaf = std::move(*leaf);
  if (is_repeated(*out.leaf, entry)) return out;
  check_sequence(out);
  check_time(out);
  check_kind(out);
  return out;
}

// A server that did not learn whether the log took leaves of data or of logs hands them over again.
bool Rules::is_repeated(const Leaf& leaf, std::string_view entry) {
  if (leaf.leaf_class == kControlClass) return false;
  std::vector<std::string>& last = last_[{leaf.leaf_class, leaf.account}];
  std::string digest = codec::hex_encode(crypto::sha256(entry));
  if (std::ranges::find(last, digest) != last.end()) return true;
  if (last.size() == kRepeatsMax) last.erase(last.begin());
  last.push_back(std::move(digest));
  return false;
}

void Rules::check_sequence(Judged& to) {
  const Leaf& leaf = *to.leaf;
  const bool is_act = leaf.leaf_class == kControlClass;
  const auto [next, is_new] =
      next_.try_emplace({leaf.leaf_class, is_act ? std::string() : leaf.account}, 0);
  const bool is_from_before = is_new && fold_.is_continued();
  if (leaf.sequence != next->second && !is_from_before) {
    add(to, Finding::Kind::kFault,
        "its sequence is " + std::to_string(leaf.sequence) + " where " +
            std::to_string(next->second) + " follows (class " + leaf.leaf_class + ")");
  }
  next->second = leaf.sequence + 1;
}

void Rules::check_time(Judged& to) {
  const Time time = to.leaf->time;
  if (time + kClockTolerance < newest_) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(newest_ - time).count();
    add(to, Finding::Kind::kWarning,
        "its time is " + std::to_string(seconds) + " s before that of an earlier leaf");
    newest_ = time;
  }
  newest_ = std::max(newest_, time);
}

void Rules::check_kind(Judged& to) {
  const Leaf& leaf = *to.leaf;
  const KindRule* const rule = find_kind(leaf.leaf_class, leaf.kind);
  if (rule == nullptr) {
    newer(
        to, leaf.leaf_class + " " + leaf.kind,
        "this version does not know what \"" + leaf.kind + "\" is (class " + leaf.leaf_class + ")");
    return;
  }
  if (leaf.kind == kStateKind && !can_judge_state(to)) return;
  Result<void> judged = check_members(*rule, leaf);
  if (judged && leaf.kind == kDeclareKind) {
    judged = take_declaration(*rule, to);
  } else if (judged) {
    judged = fold_.take(*rule, leaf, entries_ - 1);
  }
  if (!judged) add(to, Finding::Kind::kFault, leaf.kind + ": " + judged.error().what);
}

// What was not understood, or not kept, is missing from our own state, and no fault of the log.
bool Rules::can_judge_state(Judged& to) {
  const auto said = state_in(*to.leaf);
  if (!said && said.error().code == Code::kUnsupported) {
    newer(to, "log " + codec::json_string(to.leaf->facts, "schema"), said.error().what);
    return false;
  }
  const bool knows_all = std::ranges::none_of(unknown_, [](const auto& one) {
    return one.first == "?" || one.first.starts_with(kControlClass);
  });
  if (knows_all && fold_.has_state()) return true;
  add(to, Finding::Kind::kWarning,
      std::string("the state's hash can't be compared: ") +
          (knows_all ? "what is known of the log was kept by an older version"
                     : "acts before it are of a newer version"));
  return false;
}

Result<void> Rules::take_declaration(const KindRule& rule, Judged& to) {
  const Declaration now = declaration_of(to.leaf->facts);
  const auto known = declared().find(now.what);
  const std::optional<Fold::Declared> before =
      known == declared().end() ? std::nullopt : std::optional(known->second);
  TRY_VOID(fold_.take(rule, *to.leaf, entries_ - 1));
  to.change = now.what + ": " + change_in_words(before ? &before->declaration : nullptr, now);
  if (before) to.change += " (before: entry " + std::to_string(before->index) + ")";
  if (!check_declaration(now)) {
    newer(to, std::string(kDeclareKind) + " " + now.what,
          "this version does not know what is declared");
  }
  return {};
}

std::vector<Finding> Rules::judge_policy(const merkle::Policy& given,
                                         std::string_view checkpoint) const {
  std::vector<Finding> out;
  const auto found = declared().find(std::string(kWitnessPolicy));
  if (found == declared().end()) return out;
  const auto& [index, declaration] = found->second;
  const auto judged = merkle::judge_checkpoint(checkpoint, given);
  if (!judged) return out;  // told already
  const auto policy = declared_policy(declaration, given.logs[judged->log].key);
  if (!policy) return out;
  const std::string quorum = "the quorum that it declares, " + declaration.says.at("quorum");
  if (const auto own = merkle::judge_checkpoint(checkpoint, *policy); !own) {
    out.push_back({.kind = Finding::Kind::kFault,
                   .index = index,
                   .what = "the checkpoint has not " + quorum + ": " + own.error().what});
  }
  // Whoever verifies may ask for more, or for others; but if the log's own policy is what was to be
  // given, it changed without a leaf.
  if (given.needs_witnesses && canonical_quorum(given) != canonical_quorum(*policy)) {
    out.push_back({.kind = is_strict_ ? Finding::Kind::kFault : Finding::Kind::kWarning,
                   .index = index,
                   .what = "the policy that was given asks for another quorum than " + quorum});
  }
  return out;
}

Json Rules::to_json() const {
  Json out = {
      {"entries", entries_},      {"newest", static_cast<std::uint64_t>(to_micros(newest_))},
      {"next", Json::array()},    {"last", Json::array()},
      {"unknown", Json::array()}, {"fold", fold_.to_json()}};
  for (const auto& [key, next] : next_) out["next"].push_back({key.first, key.second, next});
  for (const auto& [key, last] : last_) out["last"].push_back({key.first, key.second, last});
  for (const auto& [key, count] : unknown_) out["unknown"].push_back({key, count});
  return out;
}

Result<Rules> Rules::from_json(const Json& json, bool is_strict) {
  const auto wrong = [] { return fail(Code::kInvalid, "not what rules are written as"); };
  if (!json.is_object() || json.size() != kMembers || !is_number(json, "entries") ||
      !is_number(json, "newest") || !has_array(json, "next") || !has_array(json, "last") ||
      !has_array(json, "unknown") || !json.contains("fold")) {
    return wrong();
  }
  Rules out(is_strict);
  out.entries_ = json["entries"].get<std::uint64_t>();
  const auto newest = json["newest"].get<std::uint64_t>();
  if (newest > kLeafNumberMax) return wrong();
  out.newest_ = from_micros(static_cast<std::int64_t>(newest));
  for (const Json& row : json["next"]) {
    const bool is_row = row.is_array() && row.size() == 3 && row[0].is_string() &&
                        row[1].is_string() && row[2].is_number_unsigned();
    if (!is_row) return wrong();
    out.next_[{row[0].get<std::string>(), row[1].get<std::string>()}] = row[2].get<std::uint64_t>();
  }
  for (const Json& row : json["last"]) {
    const bool is_row =
        row.is_array() && row.size() == 3 && row[0].is_string() && row[1].is_string() &&
        row[2].is_array() && row[2].size() <= kRepeatsMax &&
        std::ranges::all_of(row[2], [](const Json& one) { return one.is_string(); });
    if (!is_row) return wrong();
    out.last_[{row[0].get<std::string>(), row[1].get<std::string>()}] =
        row[2].get<std::vector<std::string>>();
  }
  for (const Json& row : json["unknown"]) {
    const bool is_row =
        row.is_array() && row.size() == 2 && row[0].is_string() && row[1].is_number_unsigned();
    if (!is_row) return wrong();
    out.unknown_[row[0].get<std::string>()] = row[1].get<std::uint64_t>();
  }
  TRY(out.fold_, Fold::from_json(json["fold"]));
  return out;
}

bool is_leaf_log(std::string_view first_entry) {
  const auto leaf = decode_leaf(first_entry);
  if (leaf) return true;
  if (leaf.error().code != Code::kUnsupported) return false;
  const auto json = codec::parse_json(first_entry);
  return json && codec::json_string(*json, "schema").starts_with(kSchemaFamily);
}

}  // namespace muzn::audit
