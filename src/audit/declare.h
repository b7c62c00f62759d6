// Makes what an installation declares of itself, and reads it in leaves. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "audit/declaration.h"
#include "codec/json.h"
#include "merkle/policy.h"

namespace muzn::audit {

// Of the policy that `text` (as /-/log/policy serves it) reads as. What the leaf has no room for,
// or no letters, it says by the hash alone.
Declaration declare_witnesses(const merkle::Policy& policy, std::string_view origin,
                              std::string_view text);
// `sha256`: hex, of the executable.
Declaration declare_software(std::string_view version, std::string_view commit, std::string sha256);
// Of the list of audit/exclusions.h.
Declaration declare_exclusions();

// A leaf's facts, and back. REQUIRES, to read, facts of the kind kDeclareKind.
void put_declaration(const Declaration& declaration, codec::Json& facts);
Declaration declaration_of(const codec::Json& facts);

// The quorum that a policy asks for, in one spelling: in the words of c2sp.org/tlog-policy, on one
// line, without what no quorum needs; the same for policies that ask for the same.
std::string canonical_quorum(const merkle::Policy& policy);
// The policy that a declaration of witnesses says is in force for the log of this key; nullopt: it
// does not say it all, or is no such declaration.
std::optional<merkle::Policy> declared_policy(const Declaration& declaration,
                                              const merkle::VerifierKey& log);

}  // namespace muzn::audit
