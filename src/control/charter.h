// Charters: what an account is for, agreed on by the operator and the account, and what follows
// from it for every request of the account: a policy that no other policy passes by. Pure.
// docs/charters.md
#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/approval.h"
#include "base/error.h"
#include "base/time.h"
#include "control/limits.h"
#include "policy/document.h"

namespace muzn::control {

// A class of services as charters name it.
struct ServiceClass {
  std::string_view name;    // "storage"
  std::string_view action;  // what its requests ask for: "s3:*"
  bool needs_purpose;       // nothing of it is done without a declared purpose
};
std::span<const ServiceClass> service_classes();

inline constexpr std::size_t kPurposesMax = 64;
inline constexpr std::size_t kContactsMax = 16;
inline constexpr std::size_t kCharterTextCharsMax = 500;
inline constexpr std::size_t kCharterBytesMax = 32U << 10;  // all of it, in JSON

struct Purpose {
  std::string id;   // [a-z0-9-]{1,64}; what requests name
  std::string use;  // of policy/acceptable_use.h
  std::string text;
  std::set<std::string> services;  // that it may use
  bool operator==(const Purpose&) const = default;
};
struct Contact {
  std::string role;
  std::string name;
  std::string email;
  bool operator==(const Contact&) const = default;
};

struct Charter {
  std::string account;        // id
  std::uint64_t version = 1;  // one more with each amendment
  std::string legal_name;
  std::set<std::string> jurisdictions;  // ISO 3166: "PS", "DE"
  std::set<std::string> services;
  std::vector<Purpose> purposes;  // by id, ascending
  std::string default_purpose;    // id; "" = none
  std::string acceptable_use;     // the version that is accepted
  std::string rules;              // IAM JSON, statements that deny; "" = none
  Limits quotas;                  // the account's own limits can't be above them
  std::vector<Contact> contacts;
  Time from;
  Time until;             // then there is reading, listing, export and deletion only
  std::string prices;     // which list of prices, in words
  std::string signatory;  // the account's public key: 64 hex digits; signs the next amendment
  std::string nonce;      // 64 hex digits: what is signed tells nothing of what is hidden
  bool operator==(const Charter&) const = default;

  const Purpose* purpose(std::string_view id) const;
};

struct PutCharter {
  Charter charter;
  audit::Approvals approvals;  // of an officer for charters, and of the account
  bool operator==(const PutCharter&) const = default;
};

// A charter, and what it is for the evaluator.
struct StoredCharter {
  Charter charter;
  std::string text;  // IAM JSON
  policy::Document ceiling;
  bool operator==(const StoredCharter& other) const { return charter == other.charter; }
};
// Shared, since a state is copied with each act.
struct CharterPtr {
  std::shared_ptr<const StoredCharter> at;  // never null
  bool operator==(const CharterPtr& other) const { return at == other.at || *at == *other.at; }
};

// The policy that a charter is. REQUIRES one that apply() takes.
std::string ceiling_of(const Charter& charter);

struct State;
// What is signed for it. REQUIRES that the account is there.
audit::Subject subject_of(const State& state, const PutCharter& act);

bool is_purpose_id(std::string_view text);

}  // namespace muzn::control
