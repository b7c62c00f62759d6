// Complaints, and restrictions of an account by due process: the acts, and what follows from them.
// Pure. docs/due-process.md; which step may follow which is audit/due_process.h.
#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/approval.h"
#include "audit/due_process.h"
#include "base/error.h"
#include "base/time.h"
#include "policy/document.h"

namespace muzn::control {

inline constexpr std::size_t kComplaintBytesMax = 16U << 10;
inline constexpr std::size_t kAnswerBytesMax = 16U << 10;
inline constexpr std::size_t kHiddenTextBytesMax = 24U << 10;  // a complaint in JSON
inline constexpr std::size_t kRuleCharsMax = 100;
inline constexpr std::size_t kAuthorityCharsMax = 200;
// Who complains, and nobody else does.
inline constexpr std::string_view kPublicActor = "public";

// A text that lies beside the list of acts, so that it can be erased: the act has its commitment.
struct HiddenText {
  std::string text;        // private part
  std::string salt;        // kSaltBytes; the same
  std::string commitment;  // hex SHA-256 of salt ‖ text
  bool operator==(const HiddenText&) const = default;
};

struct FileComplaint {
  std::string ticket;  // 32 hex digits
  HiddenText text;     // JSON: whom it is about in the complainer's words, what, how to answer
  bool operator==(const FileComplaint&) const = default;
};

// Where a step stands.
struct CaseRef {
  std::string account;  // id
  std::string id;       // 32 hex digits
  std::uint64_t step = 0;
  std::string nonce;  // 64 hex digits: the hash that is signed tells nothing of the account's id
  bool operator==(const CaseRef&) const = default;
};
struct GiveNotice {
  CaseRef at;
  std::set<std::string> services;  // empty = all
  std::string rule;                // that is said to be broken: "AU-5"
  std::set<std::string> evidence;  // SHA-256, hex
  std::string authority;           // by which right the operator acts
  std::string ticket;              // of the complaint; "" = none
  Time reply_until;
  audit::Approvals approvals;
  bool operator==(const GiveNotice&) const = default;
};
// By the account.
struct AnswerCase {
  std::string account;
  std::string id;
  std::uint64_t step = 0;
  std::string what;  // reply, waive, appeal
  HiddenText text;
  bool operator==(const AnswerCase&) const = default;
};
struct DecideCase {
  CaseRef at;
  std::string what;  // dismiss, restrict, terminate, lift
  audit::Rung rung = audit::Rung::kNone;
  Time export_until;    // of a termination
  std::string reasons;  // SHA-256 of a text that the account gets, hex
  audit::Approvals approvals;
  bool operator==(const DecideCase&) const = default;
};
struct DecideAppeal {
  CaseRef at;
  std::string what;  // keep, lighten, lift
  audit::Rung rung = audit::Rung::kNone;
  std::string reasons;
  audit::Approvals approvals;
  bool operator==(const DecideAppeal&) const = default;
};
struct RestrictAtOnce {
  CaseRef at;
  std::set<std::string> services;
  audit::Rung rung = audit::Rung::kNone;
  std::string rule;
  std::set<std::string> evidence;
  std::string authority;
  Time until;
  audit::Approvals approvals;
  bool operator==(const RestrictAtOnce&) const = default;
};
// By order of a court or of who else may: data can't be read while it holds.
struct CloseExport {
  CaseRef at;
  std::string authority;
  std::string order;  // SHA-256 of it, hex
  Time until;
  audit::Approvals approvals;
  bool operator==(const CloseExport&) const = default;
};

struct Complaint {
  Time time;
  std::uint64_t act = 0;
  std::string commitment;
  bool operator==(const Complaint&) const = default;
};
// A step as people are shown it.
struct ToldStep {
  std::uint64_t act = 0;
  Time time;
  std::string kind;
  std::string what;
  std::string rung;
  std::string rule;
  std::string authority;
  std::string ticket;
  std::set<std::string> hashes;  // evidence, reasons, an order, or an answer's commitment
  Time until;
  bool operator==(const ToldStep&) const = default;
};
struct StoredCase {
  std::string id;
  audit::Case now;
  std::vector<ToldStep> steps;
  bool operator==(const StoredCase&) const = default;
};

// What an account's open cases are for the evaluator.
struct StoredSuspension {
  std::string text;  // IAM JSON of statements that deny
  policy::Document ceiling;
  bool operator==(const StoredSuspension& other) const { return text == other.text; }
};
struct SuspensionPtr {
  std::shared_ptr<const StoredSuspension> at;  // never null
  bool operator==(const SuspensionPtr& other) const { return at == other.at || *at == *other.at; }
};

struct State;
// What is signed. REQUIRES state.acts > 0.
audit::Subject subject_of(const State& state, const GiveNotice& act);
audit::Subject subject_of(const State& state, const DecideCase& act);
audit::Subject subject_of(const State& state, const DecideAppeal& act);
audit::Subject subject_of(const State& state, const RestrictAtOnce& act);
audit::Subject subject_of(const State& state, const CloseExport& act);

}  // namespace muzn::control
