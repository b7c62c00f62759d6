// The calls of IAM and STS: each by its name, done for who was let in.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/rng.h"
#include "base/task.h"
#include "codec/xml.h"
#include "control/controller.h"
#include "gate/gate.h"
#include "gate/rates.h"
#include "iam/form.h"
#include "iam/provider_keys.h"
#include "iam/reply.h"

namespace muzn::iam {

// Borrowed, for as long as the service.
struct Parts {
  gate::Gate& gate;
  control::Controller& controller;
  const Clock& clock;
  Rng& rng;
  std::string region;
  ProviderKeys* provider_keys = nullptr;  // nullptr: no identity provider can be asked
  gate::Rates* rates = nullptr;           // nullptr: no rates are kept
};

// Borrowed for the time of the call.
struct Context {
  const Parts& parts;
  const gate::Authenticated& caller;
  const http::Request& request;
  const Form& form;
  codec::XmlWriter& out;  // stands in <NameResult>, when the call has one
  audit::Record& record;
  // As it was when the call began.
  const control::Snapshot& state;

  const gate::Principal& who() const { return caller.principal(); }
  const std::string& account() const { return who().account; }
};

struct CallInfo {
  enum class Door : std::uint8_t {
    kPolicies,     // what the caller's policies say of the action on the resource
    kCredentials,  // whoever has any
    kOpen,         // anybody: the call itself judges
  };
  std::string_view name;  // "CreateUser"
  Task<Outcome> (*run)(Context context);
  // What the call is about, for policies; nullptr: "*". Called before the form is judged.
  std::string (*resource)(const Context& context) = nullptr;
  bool has_result = true;  // its answer has <NameResult>
  Door door = Door::kPolicies;
};

// "iam" or "sts".
std::span<const std::span<const CallInfo>> calls_of(std::string_view service);
const CallInfo* find_call(std::string_view service, std::string_view name);

// --- of other files of this module ---
std::span<const CallInfo> account_calls();
std::span<const CallInfo> grant_calls();
std::span<const CallInfo> group_calls();
std::span<const CallInfo> key_calls();
std::span<const CallInfo> policy_calls();
std::span<const CallInfo> provider_calls();
std::span<const CallInfo> role_calls();
std::span<const CallInfo> simulate_calls();
std::span<const CallInfo> tag_calls();
std::span<const CallInfo> user_calls();
std::span<const CallInfo> sts_calls();

// What the caller's policies say of the call on the resource; the record gets what decided. For
// calls that are about a further thing. Failures: AccessDenied.
Outcome permit(const Context& context, std::string_view call, const std::string& resource);
// Puts the act. The record gets its leaf. Failures: those of apply().
Task<Outcome> propose(const Context& context, control::ActBody act);

}  // namespace muzn::iam
