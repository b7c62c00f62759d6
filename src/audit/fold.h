// What leaves add up to: which accounts, identities and keys there are, by the names that leaves
// give them. The rules that need a memory. Pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "audit/declaration.h"
#include "audit/due_process.h"
#include "audit/kinds.h"
#include "audit/leaf.h"
#include "audit/policy_set.h"
#include "audit/state_leaf.h"

namespace muzn::audit {

// How far clocks may go back, or apart, before it is told.
inline constexpr std::chrono::seconds kClockTolerance{60};

class Fold {
 public:
  // Takes what the leaf at `index` of the log says. REQUIRES a leaf that has the members of
  // `rule`. Errors: kInvalid (it contradicts earlier leaves); then nothing of it is taken.
  Result<void> take(const KindRule& rule, const Leaf& leaf, std::uint64_t index);

  // What was declared last, by what it is about.
  struct Declared {
    std::uint64_t index = 0;  // of the entry
    Declaration declaration;
    bool operator==(const Declared&) const = default;
  };
  const std::map<std::string, Declared>& declared() const { return declared_; }

  // The log goes on where another ended: what it speaks of may be from there.
  bool is_continued() const { return is_continued_; }

  // What the leaves of acts add up to, whatever lies between them: the same leaves in the same
  // places of a log give the same bytes. docs/formats/state.md draws them.
  std::string encode_state() const;
  StateHash state() const;
  std::uint64_t acts() const { return acts_; }  // of which it has heard
  // What was kept by a release that knew of no states has no whole one.
  bool has_state() const { return has_state_; }

  // What the operator has put upon an account, by its handle (audit/policy_set.h). `acceptable_use`
  // is the installation's.
  PolicyLines policy_lines_of(const std::string& handle, std::string_view acceptable_use) const;

  codec::Json to_json() const;
  // Errors: kInvalid (not what to_json() makes).
  static Result<Fold> from_json(const codec::Json& json);

  bool operator==(const Fold&) const = default;

 private:
  struct Account {
    bool is_gone = false;
    Time gone;  // when
    bool has_block = false;
    std::uint64_t users = 0;
    std::set<std::uint64_t> keys;  // by the sequence of the act that made them
    bool operator==(const Account&) const = default;
  };
  // A user, a group, a role or a policy.
  struct Thing {
    std::string account;
    bool is_gone = false;
    std::uint64_t keys = 0;
    std::uint64_t links = 0;  // that it has part in
    bool operator==(const Thing&) const = default;
  };
  struct Key {
    std::string account;
    std::string user;  // or kRootUser
    bool is_active = false;
    bool operator==(const Key&) const = default;
  };
  // What an account is for.
  struct Charter {
    std::string mark;  // as which it is signed for
    std::string signatory;
    std::uint64_t version = 0;
    std::set<std::string> purposes;
    std::string acceptable_use;
    std::string body;  // hash of what it says
    bool operator==(const Charter&) const = default;
  };
  // What was opened of an account's data.
  struct Glass {
    std::string mark;         // as which it is signed for
    std::uint64_t steps = 0;  // openings and closings
    std::set<std::string> grants;
    std::set<std::string> open;
    bool operator==(const Glass&) const = default;
  };
  // Who has to sign.
  struct Signers {
    std::string_view duty;
    std::size_t count = 0;
    std::string_view without = {};  // does not count
    std::string_view further = {};  // may sign, too, and does not count
  };
  struct Site {
    std::string jurisdiction;
    bool is_gone = false;
    bool operator==(const Site&) const = default;
  };
  // Where the bytes of a bucket may lie.
  struct BucketPlaces {
    std::string account;
    std::set<std::string> jurisdictions;
    bool operator==(const BucketPlaces&) const = default;
  };
  // An account's own log.
  struct Tree {
    std::uint64_t size = 0;
    std::string root;
    bool operator==(const Tree&) const = default;
  };
  using Handler = Result<void> (Fold::*)(const Leaf&);
  static const std::map<std::string_view, Handler>& handlers();

  // What a leaf names. Errors: kInvalid. In a continued log what was never heard of is taken for
  // what came before.
  Result<Account*> account(const std::string& handle);
  Result<Thing*> thing(const std::string& account, const std::string& id);
  Result<Key*> key(const Leaf& leaf);
  Result<void> check_actor(const Leaf& leaf);
  Result<void> check_new_account(const Leaf& leaf) const;
  // Of class data and log: also just after the account's end.
  Result<void> check_owner(const Leaf& leaf, Time since) const;
  void forget_key(std::uint64_t made_by);
  // A new thing or user, and its boundary.
  Result<void> make(const Leaf& leaf, const std::string& id);
  Result<void> remove(const Leaf& leaf, const std::string& id);
  // Of a policy that is attached; AWS's are always there.
  Result<void> check_grant(const Leaf& leaf, const std::string& policy);
  Result<void> take_boundary(const Leaf& leaf, const std::string& id);
  void link(const std::string& holder, const std::string& held);
  Result<void> unlink(const std::string& holder, const std::string& held);
  void count_link(const std::string& id, bool is_more);
  bool is_last_operator_key(const Key& key) const;
  // Where a leaf that was taken stands, and what it ends.
  void remember(const Leaf& leaf, std::uint64_t index);
  void forget(const std::string& subject);
  bool read_state(const codec::Json& json);
  bool read_ties(const codec::Json& json);
  bool read_charters(const codec::Json& json);
  bool read_declared(const codec::Json& json);
  bool read_glass(const codec::Json& json);
  bool read_cases(const codec::Json& json);
  void write_places(codec::Json& out) const;
  bool read_places(const codec::Json& json);
  std::size_t officers_for(std::string_view duty, std::string_view without) const;
  Result<void> check_signed(const Leaf& leaf, std::uint64_t step, const Signers& signers);

  Result<void> declare(const Leaf& leaf, std::uint64_t index);
  Result<void> genesis(const Leaf& leaf);
  Result<void> create_account(const Leaf& leaf);
  Result<void> delete_account(const Leaf& leaf);
  Result<void> create_user(const Leaf& leaf);
  Result<void> delete_user(const Leaf& leaf);
  Result<void> create_key(const Leaf& leaf);
  Result<void> create_thing(const Leaf& leaf);
  Result<void> delete_thing(const Leaf& leaf);
  Result<void> speak_of_thing(const Leaf& leaf);
  Result<void> add_member(const Leaf& leaf);
  Result<void> remove_member(const Leaf& leaf);
  Result<void> attach(const Leaf& leaf);
  Result<void> detach(const Leaf& leaf);
  Result<void> set_boundary(const Leaf& leaf);
  Result<void> put_provider(const Leaf& leaf);
  Result<void> set_key_status(const Leaf& leaf);
  Result<void> delete_key(const Leaf& leaf);
  Result<void> speak_of_bucket(const Leaf& leaf);
  Result<void> put_lock_default(const Leaf& leaf);
  Result<void> put_bucket_policy(const Leaf& leaf);
  Result<void> delete_bucket_policy(const Leaf& leaf);
  Result<void> forget_bucket(const Leaf& leaf);
  Result<void> put_block(const Leaf& leaf);
  Result<void> delete_block(const Leaf& leaf);
  Result<void> speak_of_account(const Leaf& leaf);
  Result<void> speak_of_account_or_bucket(const Leaf& leaf);
  Result<void> appoint_officer(const Leaf& leaf);
  Result<void> dismiss_officer(const Leaf& leaf);
  Result<void> put_charter(const Leaf& leaf);
  Result<void> set_bucket_purpose(const Leaf& leaf);
  Result<void> check_glass_step(const Leaf& leaf, std::size_t signers);
  Result<void> open_break_glass(const Leaf& leaf);
  Result<void> close_break_glass(const Leaf& leaf);
  Result<void> file_complaint(const Leaf& leaf);
  Result<void> take_case_step(const Leaf& leaf);
  Result<void> check_case_leaf(const Leaf& leaf, bool is_known);
  Result<void> put_site(const Leaf& leaf);
  Result<void> delete_site(const Leaf& leaf);
  Result<void> set_residency(const Leaf& leaf);
  Result<void> check_operator(const Leaf& leaf) const;
  Result<void> check_places(const Leaf& leaf, const std::set<std::string>& places) const;
  void forget_places(const std::string& account);
  Result<void> summary(const Leaf& leaf);
  Result<void> gap(const Leaf& leaf);
  Result<void> checkpoint(const Leaf& leaf);
  Result<void> trail_digest(const Leaf& leaf);
  Result<void> check_state(const Leaf& leaf);
  Result<void> continues(const Leaf& leaf);

  bool is_continued_ = false;
  std::string operator_;                     // handle
  std::uint64_t operator_keys_ = 0;          // active ones of its root
  std::map<std::string, Account> accounts_;  // by handle; also those that are gone
  std::map<std::string, Thing> things_;      // by id; the same
  std::map<std::uint64_t, Key> keys_;
  // Users and their groups; users, groups and roles and their policies. By ids, or AWS's ARNs.
  std::set<std::pair<std::string, std::string>> links_;
  std::map<std::string, std::string> boundaries_;              // users' and roles' policies
  std::map<std::string, bool> buckets_;                        // by id: whether it has a policy
  std::map<std::string, std::uint64_t> summarized_;            // to which time, by account
  std::map<std::pair<std::string, std::string>, Tree> trees_;  // by account and origin
  // The newest entry that set an aspect of a subject (an account, a thing, a key, a bucket).
  std::map<std::pair<std::string, std::string>, std::uint64_t> standing_;
  std::uint64_t acts_ = 0;
  std::uint64_t acts_size_ = 0;  // entries up to the newest act's
  bool has_state_ = true;
  std::string installation_;                               // as which it is signed for
  std::map<std::string, std::set<std::string>> officers_;  // by public key: their duties
  std::set<std::string> dismissed_;                        // keys
  std::uint64_t officers_step_ = 0;
  std::map<std::string, Charter> charters_;  // by account
  std::map<std::string, Declared> declared_;
  std::map<std::string, Glass> glass_;  // by account
  std::set<std::string> tickets_;       // of complaints
  std::map<std::string, Case> cases_;   // by id
  Time latest_;                         // the greatest time of an act
  std::map<std::string, Site> sites_;   // by id; also those that are gone
  // Where bytes may lie, of those that say so: charters and accounts by account, buckets by id.
  std::map<std::string, std::set<std::string>> charter_places_;
  std::map<std::string, std::set<std::string>> account_places_;
  std::map<std::string, BucketPlaces> bucket_places_;
};

// Of a kind that is known, with the members of that. Errors: kInvalid, kUnsupported (another kind).
Result<void> fold_leaf(Fold& fold, const Leaf& leaf, std::uint64_t index);

}  // namespace muzn::audit
