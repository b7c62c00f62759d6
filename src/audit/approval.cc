#include "audit/approval.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kVersion = "muzn.approval/1";

// Of lower-case hex digits, as many bytes as said; "" = it is something else.
std::string bytes_of(const std::string& digits, std::size_t size) {
  const auto bytes = codec::hex_decode(digits);
  return bytes && bytes->size() == size && codec::hex_encode(*bytes) == digits ? *bytes : "";
}

std::string named_hash(std::string_view name, std::string_view value) {
  return codec::hex_encode(crypto::sha256(std::string(name).append("\n").append(value)));
}

}  // namespace

std::string statement(const Subject& subject) {
  std::string out(kVersion);
  for (const std::string& part : {subject.installation, subject.kind, subject.about,
                                  std::to_string(subject.step), subject.body}) {
    out.append("\n").append(part);
  }
  return out.append("\n");
}

Result<void> check_approvals(const Subject& subject, const Approvals& approvals) {
  if (approvals.size() > kApprovalsMax) {
    return fail(Code::kInvalid, "at most 16 approvals");
  }
  const std::string signed_text = statement(subject);
  for (const auto& [key, signature] : approvals) {
    const std::string public_key = bytes_of(key, crypto::kEd25519PublicBytes);
    const std::string bytes = bytes_of(signature, crypto::kEd25519SignatureBytes);
    if (public_key.empty() || bytes.empty()) {
      return fail(Code::kInvalid, "an approval is a key of 64 and a signature of 128 hex digits");
    }
    if (!crypto::ed25519_verify(public_key, signed_text, bytes)) {
      return fail(Code::kDenied, "the signature of " + key + " is not one of this statement");
    }
  }
  return {};
}

std::string installation_id(std::string_view operator_canonical_id) {
  return named_hash("muzn.installation/1", operator_canonical_id);
}
std::string account_mark(std::string_view canonical_id) {
  return named_hash("muzn.account/1", canonical_id);
}

}  // namespace muzn::audit
