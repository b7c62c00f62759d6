// The kinds of leaves that this version knows, and what each must say: the tables of
// docs/formats/leaf.md, once. Pure.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/leaf.h"

namespace muzn::audit {

enum class FactType : std::uint8_t {
  kFlag,
  kNumber,
  kText,       // not empty
  kHash,       // 64 hex digits
  kBucket,     // a bucket's id: 32 hex digits
  kUser,       // a user's id
  kMaybeUser,  // the same, or ""
  kLimits,     // some of bytes, objects, requests_per_second, ... -> number
  kKeyOwner,   // a user's id, or "root"
  kGroup,      // a group's id; and so on
  kRole,
  kPolicy,
  kThing,     // the id of any of them, or "provider"
  kGrant,     // a policy's id, or the ARN of one of AWS's
  kActor,     // {"account": handle, "user": a user's or a role's id, or "root"}, or both ""
  kRequests,  // name -> number
  kServices,  // name -> {requests, errors, bytes_in, bytes_out}
  kLevel,     // of granularity; "" = none of its own
  kMaybeText,
  kNames,      // name -> text, not empty
  kApprovals,  // public key of 64 hex digits -> signature of 128
  kTexts,      // name -> text
};

// Whom a leaf concerns.
enum class Whom : std::uint8_t {
  kInstallation,  // nobody: ""
  kNewAccount,    // whom it creates
  kAccount,
  kAnybody,  // an account or the installation
  kActor,    // whoever acted, perhaps nobody
};

struct FactRule {
  std::string_view name;
  FactType type = FactType::kText;
  bool is_optional = false;
};

struct KindRule {
  std::string_view leaf_class;
  std::string_view kind;
  Whom whom = Whom::kAccount;
  std::vector<FactRule> facts;           // all of them; of acts also "actor", which no row repeats
  std::vector<std::string_view> hidden;  // the same: not "act", "actor" and "request_id"
  std::string_view words;                // for people; "{user}" stands for the fact "user"
  // Hidden where, and only where, the optional fact "bucket" is; "" = nothing.
  std::string_view with_bucket = {};
};

inline constexpr std::string_view kRootUser = "root";
inline constexpr std::string_view kProviderThing = "provider";

// The kinds of acts.h's identities; kinds_iam.cc.
std::vector<KindRule> identity_acts();
// Of the classes of data and of logs; kinds_other.cc.
std::vector<KindRule> other_kinds();

// Those of officers and charters; kinds_charters.cc.
std::vector<KindRule> charter_acts();
// Those of break-glass; kinds_break_glass.cc.
std::vector<KindRule> break_glass_acts();
// Of complaints and cases; kinds_suspension.cc.
std::vector<KindRule> suspension_acts();
// Of sites and residency; kinds_residency.cc.
std::vector<KindRule> residency_acts();
// What is signed and by whom, and what else such an act says.
std::vector<FactRule> signed_facts(std::vector<FactRule> more);

std::span<const KindRule> known_kinds();
// nullptr: a newer version's.
const KindRule* find_kind(std::string_view leaf_class, std::string_view kind);

// That the leaf has exactly the members of its kind, of their types. Errors: kInvalid.
Result<void> check_members(const KindRule& rule, const Leaf& leaf);

// What a leaf says, in a few plain words. Of an unknown kind: its kind.
std::string in_words(const Leaf& leaf);

}  // namespace muzn::audit
