// What the public log says of an account's own log, compared with that log: each leaf of class
// "log" is a root that the account's log must have at that size. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/leaf.h"
#include "merkle/checkpoint.h"
#include "merkle/frontier.h"

namespace muzn::audit {

// A leaf that says how an account's log was.
struct Vouch {
  merkle::Checkpoint checkpoint;
  Time time;  // of the leaf
};
// What an entry of the public log says of the log of this origin; nullopt: nothing.
std::optional<Vouch> vouch_in(std::string_view public_entry, std::string_view origin);

// Handed first all entries of the public log, then all of the account's.
class Vouching {
 public:
  explicit Vouching(std::string origin) : origin_(std::move(origin)) {}

  void take_public(std::uint64_t index, std::string_view entry);
  void take_private(std::string_view entry);

  // What of the account's log, as far as it was handed over, is not as the public log says: at most
  // kVouchFaultsMax, the first ones.
  std::vector<std::string> faults() const;
  std::uint64_t leaves() const { return leaves_; }  // that speak of this log
  // So many entries of the account's log are under the newest of them.
  std::uint64_t vouched() const { return said_.empty() ? 0 : said_.rbegin()->first; }

 private:
  struct Said {
    merkle::Hash root;
    std::uint64_t index = 0;  // of the leaf in the public log
  };
  void fault(std::string what);

  const std::string origin_;
  std::uint64_t leaves_ = 0;
  std::map<std::uint64_t, Said> said_;  // by size
  merkle::Frontier tree_;               // of the account's log
  std::vector<std::string> faults_;
};
inline constexpr std::size_t kVouchFaultsMax = 100;

}  // namespace muzn::audit
