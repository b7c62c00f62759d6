#include "merkle/judge.h"

#include <algorithm>

#include "merkle/verifier.h"

namespace muzn::merkle {
namespace {

// Which log of the policy signed. Errors: kDenied.
Result<std::size_t> signing_log(const SignedCheckpoint& signed_checkpoint, const Policy& policy) {
  std::vector<VerifierKey> keys;
  keys.reserve(policy.logs.size());
  for (const Policy::Log& log : policy.logs) keys.push_back(log.key);
  TRY(const std::vector<Verified> signers, verify_known(signed_checkpoint.note, keys));
  for (const Verified& signer : signers) {
    if (keys[signer.key].name == signed_checkpoint.checkpoint.origin) return signer.key;
  }
  return fail(Code::kDenied, "checkpoint: not signed by a log that the policy names");
}

}  // namespace

std::uint64_t Judgement::newest() const {
  std::uint64_t out = 0;
  for (const Cosigned& one : cosigned) out = std::max(out, one.time);
  return out;
}

Result<Judgement> judge_checkpoint(std::string_view note, const Policy& policy) {
  TRY(SignedCheckpoint parsed, parse_signed_checkpoint(note));
  Judgement out;
  TRY(out.log, signing_log(parsed, policy));
  std::vector<VerifierKey> keys;
  keys.reserve(policy.witnesses.size());
  for (const Policy::Witness& witness : policy.witnesses) keys.push_back(witness.key);
  TRY(const std::vector<Verified> cosigners, verify_known(parsed.note, keys));
  std::vector<bool> cosigned(keys.size(), false);
  for (const Verified& one : cosigners) {
    cosigned[one.key] = true;
    out.cosigned.push_back({one.key, one.time});
  }
  if (!has_quorum(policy, cosigned)) {
    return fail(Code::kDenied, "checkpoint: without the quorum of witnesses");
  }
  out.checkpoint = std::move(parsed.checkpoint);
  return out;
}

}  // namespace muzn::merkle
