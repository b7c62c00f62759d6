// Where bytes may lie: the one question that is asked before they leave. Pure. docs/residency.md
// has every path by which they can, and who asks.
//
// Who sends bytes needs a Permit, and only may_send() makes one: a path that does not ask does not
// compile.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::policy {

// Codes of ISO 3166: "PS".
using Jurisdictions = std::set<std::string>;

// The ways out of where bytes lie. Those that are not built yet are here too: they will ask.
enum class Egress : std::uint8_t {
  kPlacement,  // onto a volume
  kCopy,       // into another bucket
  kAccessLog,  // S3's, into a bucket
  kTrail,      // CloudTrail's files, into a bucket
  kBackup,     // into a directory beside the store
  kNotification,
  kReplication,
  kMigration,
  kAiUpstream,
  kIdentityProvider,  // asking for its keys: no tenant's bytes go
  kWitness,           // checkpoints, which are public
};
inline constexpr std::size_t kEgresses = 11;
inline constexpr std::size_t kSiteIdBytesMax = 32;
std::string_view name_of(Egress path);

// One rule that binds bytes, and what it is called when it refuses: "residency of bucket b".
struct Rule {
  std::string name;
  Jurisdictions allowed;
  bool operator==(const Rule&) const = default;
};

struct Destination {
  Egress path = Egress::kPlacement;
  std::string what;  // for people: "site de1", "bucket logs"
  // Where the bytes may come to lie there, all of it. Empty = nobody says: no rule allows that.
  Jurisdictions jurisdictions;
};

class Permit {
 public:
  Egress path() const { return path_; }

 private:
  friend Result<Permit> may_send(std::span<const Rule> rules, const Destination& to);
  explicit Permit(Egress path) : path_(path) {}
  Egress path_;
};

// Every rule must allow all of the destination; without rules everything is allowed.
// Errors: kDenied, which names the first rule that does not, the way and the destination.
Result<Permit> may_send(std::span<const Rule> rules, const Destination& to);

// Where bytes under all of these rules can lie; empty: nowhere, or, without rules, anywhere.
Jurisdictions common(std::span<const Rule> rules);

// "PS": two letters, perhaps with a subdivision as charters have it.
bool is_jurisdiction(std::string_view text);

// What sites are called: [a-z0-9-]{1,32}.
bool is_site_id(std::string_view text);

// Whether each of `some` is one of `allowed`, or a subdivision of one.
bool are_within(const Jurisdictions& some, const Jurisdictions& allowed);

// "DE, PS"; "no known jurisdiction" when there are none.
std::string in_words(const Jurisdictions& jurisdictions);

}  // namespace muzn::policy
