// The rules of the public log of an installation: what its entries, each a leaf, must say together.
// For auditors: a log can be whole and signed, and still say what cannot be. Pure.
// docs/audit.md lists the rules.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/fold.h"
#include "audit/leaf.h"
#include "merkle/policy.h"

namespace muzn::audit {

struct Finding {
  enum class Kind : std::uint8_t {
    kFault,    // no installation that keeps the rules writes this
    kWarning,  // odd, but it happens: a clock that went back
    kNewer,    // of a newer version; this one can't judge it
  };
  Kind kind = Kind::kFault;
  std::uint64_t index = 0;  // of the entry
  std::string what;
};

class Rules {
 public:
  // Strict: what a newer version wrote is a fault.
  explicit Rules(bool is_strict = false) : is_strict_(is_strict) {}

  struct Judged {
    std::optional<Leaf> leaf;  // when it is one
    std::vector<Finding> findings;
    std::string change = {};  // of what the installation declares, in words; "" = none
  };
  // Judges the log's next entry. After a fault it goes on as well as it can.
  Judged take(std::string_view entry);

  // Behind the last entry: what the newest declaration of witnesses says, against the checkpoint (a
  // note, accepted by `given`) that has all entries, and against what was given itself.
  std::vector<Finding> judge_policy(const merkle::Policy& given, std::string_view checkpoint) const;

  std::uint64_t entries() const { return entries_; }  // that were judged
  // What is declared now, by what it is about.
  const std::map<std::string, Fold::Declared>& declared() const { return fold_.declared(); }
  // How many leaves this version does not know, by "class kind"; "?" of another schema.
  const std::map<std::string, std::uint64_t>& unknown() const { return unknown_; }

  codec::Json to_json() const;
  // Errors: kInvalid.
  static Result<Rules> from_json(const codec::Json& json, bool is_strict = false);

 private:
  void add(Judged& to, Finding::Kind kind, std::string what) const;
  void newer(Judged& to, const std::string& key, std::string what);
  // Whether it was said before, in the same bytes.
  bool is_repeated(const Leaf& leaf, std::string_view entry);
  void check_sequence(Judged& to);
  void check_time(Judged& to);
  void check_kind(Judged& to);
  bool can_judge_state(Judged& to);
  Result<void> take_declaration(const KindRule& rule, Judged& to);

  bool is_strict_;
  std::uint64_t entries_ = 0;
  Time newest_;  // of the leaves so far, since the last warning
  // The next sequence, by class and account ("" for the acts); and digests of the last leaves, of
  // classes that may be repeated.
  std::map<std::pair<std::string, std::string>, std::uint64_t> next_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> last_;
  std::map<std::string, std::uint64_t> unknown_;
  Fold fold_;
};

// Whether a log whose first entry this is, is an installation's: what has leaves.
bool is_leaf_log(std::string_view first_entry);

}  // namespace muzn::audit
