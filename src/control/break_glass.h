// Break-glass: one named person of the operator may read a tenant's data for some hours, because
// two officers said so, with a reason, in the public log. Pure. docs/break-glass.md
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "audit/approval.h"
#include "base/error.h"
#include "base/shared_map.h"
#include "base/time.h"

namespace muzn::control {

// What a grant gives. None ever lets anybody write data, or change what protects it.
inline constexpr std::string_view kRightList = "list";                // names, sizes and times
inline constexpr std::string_view kRightRead = "read";                // the same, and contents
inline constexpr std::string_view kRightCredentials = "credentials";  // new keys of the account

inline constexpr std::size_t kGlassApprovals = 2;
inline constexpr std::chrono::hours kGlassMax{24};    // from the act that opens it
inline constexpr std::size_t kGlassTextMax = 1000;    // bytes of a reference or a text
inline constexpr std::size_t kGlassPrefixMax = 1024;  // as a key's

// What is signed. Everything but names and texts is public.
struct Grant {
  std::string id;         // 64 hex digits
  std::string account;    // whose data
  std::string bucket;     // name; "" = all buckets of the account
  std::string bucket_id;  // 32 hex digits; "" with it
  std::string prefix;     // of keys; "" = all; only of one bucket
  std::string rights;     // kRight*
  std::string reason;     // one of reasons()
  std::string reference;  // of the case or order, as people know it
  std::string document;   // hex SHA-256 of it; "" = there is none
  std::string text;
  std::string who;     // ARN of the one user of the operator's account who may use it
  std::string who_id;  // its unique id: a namesake is another one
  Time from;
  Time until;         // not included
  std::string nonce;  // 64 hex digits: what is signed tells nothing of the names
  bool operator==(const Grant&) const = default;
};

struct OpenBreakGlass {
  Grant grant;
  audit::Approvals approvals;
  bool operator==(const OpenBreakGlass&) const = default;
};
// Before its time is over.
struct CloseBreakGlass {
  std::string account;
  std::string id;
  audit::Approvals approvals;
  bool operator==(const CloseBreakGlass&) const = default;
};

struct StoredGrant {
  Grant grant;
  Time opened;
  std::set<std::string> officers;  // public keys of who signed
  // Closed by an officer, or an act came at or after its end: it stays closed, whatever clocks say.
  std::optional<Time> closed = std::nullopt;
  bool operator==(const StoredGrant&) const = default;
};

struct BreakGlass {
  SharedMap<std::string, StoredGrant> grants;   // by id, of accounts that there are
  SharedMap<std::string, std::uint64_t> steps;  // openings and closings so far, by account
  std::set<std::string> open;                   // ids of those that are not closed
  bool operator==(const BreakGlass&) const = default;
};

// What a request wants that only reads.
struct Reading {
  std::string_view action;     // "s3:GetObject"
  std::string_view bucket_id;  // hex
  std::string_view key;        // "" = the bucket
  // Of a listing; nullopt = it names none.
  std::optional<std::string_view> prefix = std::nullopt;
};
// Whether the grant's scope has it, whoever asks, and whenever.
bool covers(const Grant& grant, const Reading& reading);
bool is_in_time(const Grant& grant, Time now);
bool is_reason(std::string_view word);
std::string_view reasons_in_words();
// What can be said of it without a state. Errors: kInvalid.
Result<void> check_grant(const Grant& grant, Time now);

struct State;
// What officers sign. REQUIRES state.acts > 0, the account.
audit::Subject subject_of(const State& state, const OpenBreakGlass& act);
audit::Subject subject_of(const State& state, const CloseBreakGlass& act);

Result<void> run(State& state, const OpenBreakGlass& act, Time now);
Result<void> run(State& state, const CloseBreakGlass& act, Time now);
// Before an act of this time: what has lapsed by then stays so.
void lapse(State& state, Time now);
void forget_glass_of(State& state, const std::string& account);

}  // namespace muzn::control
