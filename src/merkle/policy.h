// Trust policies (c2sp.org/tlog-policy): which logs are believed, and whose cosignatures a
// checkpoint needs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/vkey.h"

namespace muzn::merkle {

// Of logs, of witnesses, of groups; the specification asks for at least 32.
inline constexpr std::size_t kPolicyEntriesMax = 256;
inline constexpr std::size_t kPolicyBytesMax = 256U << 10;

struct Policy {
  struct Log {
    VerifierKey key;
    std::string url;  // "" = none, here and below
  };
  struct Witness {
    std::string name;  // the policy's own, not the key's
    VerifierKey key;
    std::string url;
  };
  // A witness or a group defined earlier.
  struct Member {
    bool is_group = false;
    std::size_t index = 0;
  };
  struct Group {
    std::string name;
    std::size_t threshold = 1;  // so many of its members
    std::vector<Member> members;
  };

  std::vector<Log> logs;
  std::vector<Witness> witnesses;
  std::vector<Group> groups;
  bool needs_witnesses = false;  // false: "quorum none"
  Member quorum;                 // when it needs them
};

// Errors: kInvalid (with the number of the line), kUnsupported (a key of a type that is not built),
// kLimit.
Result<Policy> parse_policy(std::string_view text);

// Whether the quorum is there, when these witnesses cosigned (one a witness of the policy).
[[nodiscard]] bool has_quorum(const Policy& policy, const std::vector<bool>& cosigned);

}  // namespace muzn::merkle
