#include "gate/sessions.h"

#include <utility>

#include "crypto/aead.h"
#include "crypto/digest.h"

namespace muzn::gate {

std::shared_ptr<const Session> Sessions::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = opened_.find(name);
  return found == opened_.end() ? nullptr : found->second;
}

std::shared_ptr<const Session> Sessions::open(std::string_view token) {
  if (key_.empty()) return nullptr;
  std::string name = crypto::sha256(token);
  if (auto known = find(name)) return known;
  auto session = open_session(token, key_);
  if (!session) return nullptr;
  if (!session->policy.empty()) {
    auto document = policy::parse_policy(session->policy, policy::Attachment::kIdentity);
    // Who sealed it had read it. A limit that can't be read is none that could be kept.
    if (!document) return nullptr;
    session->document = *std::move(document);
  }
  auto out = std::make_shared<const Session>(*std::move(session));
  const std::lock_guard lock(mutex_);
  if (opened_.size() == kSessionsMax) opened_.clear();
  opened_.emplace(std::move(name), out);
  return out;
}

Result<std::string> Sessions::seal(const Session& session, Rng& rng) const {
  if (key_.empty()) return fail(Code::kUnsupported, "session token: no key");
  return seal_session(session, key_, rng.bytes(crypto::kAeadNonceBytes));
}

}  // namespace muzn::gate
