// The operator's officers: named persons, each with an Ed25519 key of its own, who sign what nobody
// may do alone. None of them may read anybody's data for it. Pure. docs/charters.md
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "audit/approval.h"
#include "base/error.h"
#include "base/time.h"

namespace muzn::control {

// What officers may sign.
inline constexpr std::string_view kDutyOfficers = "officers";      // appointments and dismissals
inline constexpr std::string_view kDutyCharters = "charters";      // for the operator
inline constexpr std::string_view kDutySuspension = "suspension";  // steps against an account
inline constexpr std::string_view kDutyAppeals = "appeals";
inline constexpr std::string_view kDutyBreakGlass = "break_glass";

inline constexpr std::size_t kOfficersMax = 100;
// So many of that duty sign an appointment or a dismissal, or all if there are fewer.
inline constexpr std::size_t kOfficerApprovals = 2;

struct Officer {
  std::string public_key;  // 64 hex digits; names the officer
  std::string name;        // of the person; hidden in the log
  std::set<std::string> duties;
  Time appointed;
  std::string nonce;  // 64 hex digits: what is signed tells nothing of the name
  bool operator==(const Officer&) const = default;
};

struct AppointOfficer {
  Officer officer;
  audit::Approvals approvals;
  bool operator==(const AppointOfficer&) const = default;
};
struct DismissOfficer {
  std::string public_key;
  audit::Approvals approvals;
  bool operator==(const DismissOfficer&) const = default;
};

struct Officers {
  std::map<std::string, Officer> all;  // by public key
  std::set<std::string> dismissed;     // keys that never return
  std::uint64_t step = 0;              // appointments and dismissals so far
  bool operator==(const Officers&) const = default;

  // How many have a duty, but for `without`.
  std::size_t count(std::string_view duty, std::string_view without = "") const;
};

struct State;
// What officers sign for it. REQUIRES state.acts > 0.
audit::Subject subject_of(const State& state, const AppointOfficer& act);
audit::Subject subject_of(const State& state, const DismissOfficer& act);

// Good signatures of the subject, by officers of a duty and nobody else but `further` (a public
// key; "" = nobody); at least `needed` of them, `without` does not count. Errors: those of
// audit::check_approvals(), kDenied.
struct Needs {
  std::string_view duty;
  std::size_t count = 1;
  std::string_view without = {};
  std::string_view further = {};
};
Result<void> check_signed(const State& state, const audit::Subject& subject,
                          const audit::Approvals& approvals, const Needs& needs);

bool is_hash(std::string_view text);  // 64 lower-case hex digits: a key, a nonce, a hash

}  // namespace muzn::control
