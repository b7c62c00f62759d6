// Sites, and where accounts and buckets say that their bytes may lie: what acts say of it, and the
// rules that follow. The question itself is policy/residency.h's. Pure. docs/residency.md
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_map.h"
#include "policy/residency.h"

namespace muzn::control {

inline constexpr std::size_t kSiteLocationCharsMax = 200;
inline constexpr std::size_t kResidencyJurisdictionsMax = 64;

enum class SiteKind : std::uint8_t { kDirectory = 0, kPool = 1, kRemote = 2 };
std::string_view word_of(SiteKind kind);  // "directory"

// Where bytes can lie.
struct Site {
  std::string id;            // [a-z0-9-]{1,32}
  std::string jurisdiction;  // for good: bytes do not cross a border on paper
  SiteKind what = SiteKind::kDirectory;
  std::string location = {};  // for people; hidden in the log; may be ""
  bool operator==(const Site&) const = default;
};
// The operator's acts alone.
struct PutSite {
  Site site;
  bool operator==(const PutSite&) const = default;
};
// Its id never returns.
struct DeleteSite {
  std::string id;
  bool operator==(const DeleteSite&) const = default;
};

struct BucketResidency {
  std::string account;  // the owner's id
  std::string name;
  policy::Jurisdictions jurisdictions;  // never empty
  bool operator==(const BucketResidency&) const = default;
};
struct Residencies {
  SharedMap<std::string, Site> sites;                      // by id
  SharedSet<std::string> retired_sites;                    // ids
  SharedMap<std::string, policy::Jurisdictions> accounts;  // by account id; never empty
  SharedMap<std::string, BucketResidency> buckets;         // by bucket id, hex

  // Also when all of them are gone: giving up sites must not free a charter's bytes.
  bool has_named_sites() const { return !sites.empty() || !retired_sites.empty(); }
  bool operator==(const Residencies&) const = default;
};

struct State;
// The rules that bind an account's bytes, or those of its bucket (by id, hex; "" = none): of the
// bucket, of the account, and its charter's. A charter binds once a site was put: before that the
// installation says nothing of where it is. Empty: anywhere.
std::vector<policy::Rule> residency_rules(const State& state, std::string_view account,
                                          std::string_view bucket_id_hex = {});
// Whether any account can have rules.
bool has_residency(const State& state);

// Where the site is; empty: nobody says, also of "".
policy::Jurisdictions jurisdictions_of(const State& state, std::string_view site);
// To a site. `site` "" = one without a label.
policy::Destination to_site(const State& state, policy::Egress path, std::string_view site);
// Into a bucket: wherever its own rules let it lie.
policy::Destination to_bucket(const State& state, policy::Egress path, std::string_view account,
                              std::string_view bucket_id_hex, std::string_view name);

}  // namespace muzn::control
