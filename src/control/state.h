// Control state: accounts, users and access keys, as the fold of a durable list of acts.
// State and apply() are pure; control/controller.h keeps the list.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace muzn::control {

struct Account {
  std::string id;            // 12 digits
  std::string canonical_id;  // 64 hex digits, as S3's Owner/ID shows it
  std::string display_name;
  std::string email;
  bool is_operator = false;  // the genesis account: may administer
  Time created;
};
struct User {
  std::string account;
  std::string name;
  std::string id;  // "AIDA..." unique id
  Time created;
};
enum class KeyStatus : std::uint8_t { kActive = 0, kInactive = 1 };
struct AccessKey {
  std::string access_key;
  std::string secret_key;  // private state: never in an act's public part
  std::string account;
  std::string user;  // "" = the account's root
  KeyStatus status = KeyStatus::kActive;
  Time created;
};

// One change of control state. Act 0 is genesis. Public parts hold no secret: a key's secret lies
// beside, sealed, and the act holds its salted commitment.
struct Genesis {
  Account account;
  std::string region;
};
struct CreateAccount {
  Account account;
};
struct DeleteAccount {
  std::string id;
};
struct CreateUser {
  User user;
};
struct DeleteUser {
  std::string account;
  std::string name;
};
struct CreateKey {
  AccessKey key;           // secret_key goes to the private part
  std::string commitment;  // hex SHA-256 of salt ‖ secret
};
struct SetKeyStatus {
  std::string access_key;
  KeyStatus status = KeyStatus::kActive;
};
struct DeleteKey {
  std::string access_key;
};
using ActBody = std::variant<Genesis, CreateAccount, DeleteAccount, CreateUser, DeleteUser,
                             CreateKey, SetKeyStatus, DeleteKey>;
struct Act {
  std::uint64_t sequence = 0;
  Time time;
  std::string actor;  // principal ARN; "genesis" for act 0
  std::string request_id;
  ActBody body;
};

struct State {
  std::uint64_t acts = 0;  // how many were applied
  std::string region;
  std::map<std::string, Account, std::less<>> accounts;
  std::map<std::pair<std::string, std::string>, User> users;  // (account, name)
  std::map<std::string, AccessKey, std::less<>> keys;         // by access key

  const Account* account(std::string_view id) const;
  const AccessKey* key(std::string_view access_key) const;
  // The genesis account. REQUIRES acts > 0.
  const Account& operator_account() const;
};

// The state after `act`. Errors: kExists, kNotFound, kInvalid (names, ids, order of acts),
// kPrecondition (an account that still has users cannot go; ids are never reused),
// kDenied (the operator's account and its last active root key cannot be removed).
Result<State> apply(const State& state, const Act& act);

// Public part of an act as canonical JSON (sorted keys), schema "muzn.act/1"
// (docs/formats/acts.md), and back (secrets empty).
std::string act_to_json(const Act& act);
Result<Act> act_from_json(std::string_view json);

}  // namespace muzn::control
