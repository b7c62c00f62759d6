// Folds what was done with the data of one account in an interval into one leaf: how much, by whom
// and for what, and the root of a tree that binds us to the records themselves. Needs the same
// memory for any number of records. Pure. docs/formats/leaf.md, class "data", draws the leaves.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/leaf.h"
#include "audit/record.h"
#include "base/time.h"
#include "merkle/checkpoint.h"
#include "merkle/frontier.h"

namespace muzn::audit {

// Of requests. Sums stop at kLeafNumberMax, the greatest number of a leaf.
struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // answered with 400 or above
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  Counts& operator+=(const Counts& more);
  bool operator==(const Counts&) const = default;
};

// Counts by name. What a stranger sends can't make it grow: names are [A-Za-z0-9_.-]{1,64}, and of
// kNamesMax different ones at most; all others count as kOtherName.
inline constexpr std::size_t kNamesMax = 32;
inline constexpr std::string_view kOtherName = "other";

class CountsByName {
 public:
  void add(std::string_view name, const Counts& counts);
  void add(const CountsByName& more);
  // In the order in which the names came.
  const std::vector<std::pair<std::string, Counts>>& all() const { return all_; }

 private:
  // Few, and nearly always the first: a search from the front beats a map.
  std::vector<std::pair<std::string, Counts>> all_;
};

// Records of one account, added up by whoever sees them first.
class Tally {
 public:
  // `purpose`: what the requester said it is for; "" = nothing, which counts nowhere.
  void add(const Record& record, std::string_view purpose);
  void add(const Tally& more);

  std::uint64_t records() const { return records_; }
  const CountsByName& services() const { return services_; }
  const CountsByName& principals() const { return principals_; }  // by class
  const CountsByName& purposes() const { return purposes_; }

 private:
  std::uint64_t records_ = 0;
  CountsByName services_;
  CountsByName principals_;
  CountsByName purposes_;
};

// The class of who asked, as leaves name it: the record's principal_type, "unknown" of who was not
// recognised.
std::string_view principal_class(const Record& record);

class Batch {
 public:
  // Began at `from`.
  explicit Batch(Time from) : from_(from) {}

  // More records: what they add up to, and the hash (merkle::leaf_hash) of each one's JSON line.
  // REQUIRES one for each record.
  void add(const Tally& tally, const std::vector<merkle::Hash>& lines);

  Time from() const { return from_; }
  const Tally& tally() const { return tally_; }
  merkle::Hash root() const { return lines_.root(); }

  // The "summary" of all so far.
  Leaf summary(std::string account_handle, std::uint64_t sequence, Time now) const;

 private:
  Time from_;
  Tally tally_;
  merkle::Frontier lines_;
};

// Why records may be missing.
enum class GapReason : std::uint8_t { kCrash, kOverflow };

// Records of an account between these times may be in no leaf.
Leaf gap_leaf(std::string account_handle, std::uint64_t sequence, Time from, Time to,
              GapReason reason);

// Of kLogClass: a digest file of CloudTrail that is in its bucket.
inline constexpr std::string_view kTrailDigestKind = "trail_digest";
// That a digest file of CloudTrail has this SHA-256 (raw), and covers the time up to `end`.
Leaf digest_leaf(std::string account_handle, std::uint64_t sequence, Time time,
                 std::string_view sha256, Time end);
// The newest checkpoint of an account's own log: a leaf of class "log".
Leaf log_leaf(std::string account_handle, std::uint64_t sequence, Time time,
              const merkle::Checkpoint& checkpoint);

}  // namespace muzn::audit
