// Approvals: signatures of named persons on an act that nobody may do alone. What is signed is
// bound to the installation, to the kind of act, to what it is about and to its step, so that an
// approval counts once, there, and for these bytes. Pure. docs/formats/approval.md
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::audit {

inline constexpr std::size_t kApprovalsMax = 16;  // more persons than any rule asks for

// What is approved. The texts are hex digits and words without a line break.
struct Subject {
  std::string installation;  // installation_id()
  std::string kind;          // of the act: "put_charter"
  std::string about;         // what has steps: an account (account_mark()), the officers
  std::uint64_t step = 0;    // of what it is about; each is taken once
  std::string body;          // hex SHA-256 of what the act says
  bool operator==(const Subject&) const = default;
};

// The bytes that are signed: a version and the members above, one a line.
std::string statement(const Subject& subject);

// By the signer's public key (64 hex digits), its Ed25519 signature of the statement (128).
using Approvals = std::map<std::string, std::string, std::less<>>;

// Every one of them is a good signature of the statement; who may sign is for the caller to judge.
// Errors: kInvalid (keys or signatures that are none, too many), kDenied (a signature of something
// else).
Result<void> check_approvals(const Subject& subject, const Approvals& approvals);

// What an installation, or an account, is called where outsiders read: hashes of canonical ids,
// which are random and stay private.
std::string installation_id(std::string_view operator_canonical_id);
std::string account_mark(std::string_view canonical_id);

}  // namespace muzn::audit
