#include "gate/session.h"

#include <utility>

#include "codec/base64.h"
#include "codec/varint.h"
#include "crypto/aead.h"
#include "crypto/digest.h"

namespace muzn::gate {
namespace {

using codec::FieldReader;
using codec::put_bytes;
using codec::put_varint;

// In front of the sealed box, and bound to it. Another layout gets another number, so that nodes of
// two releases never misread each other's tokens.
constexpr char kFormat = 1;
constexpr std::string_view kAssociated = "muzn session token 1";
constexpr std::string_view kKeyLabel = "muzn session tokens";
// With format, nonce and tag.
constexpr std::size_t kTokenCharsMax = (kSessionBytesMax + 64) * 4 / 3;

std::unexpected<Error> invalid() {
  return fail(Code::kInvalid, "session token: not sealed here");
}

// Of both directions, in one order.
template <class SessionT, class Visit>
bool visit_texts(SessionT& session, const Visit& visit) {
  return visit(session.access_key) && visit(session.secret_key) && visit(session.account) &&
         visit(session.user) && visit(session.user_id) && visit(session.role) &&
         visit(session.role_id) && visit(session.name) && visit(session.source_identity) &&
         visit(session.policy) && visit(session.provider) && visit(session.subject) &&
         visit(session.audience);
}

std::string encode(const Session& session) {
  std::string out;
  put_varint(out, static_cast<std::uint64_t>(session.kind));
  visit_texts(session, [&out](const std::string& text) {
    put_bytes(out, text);
    return true;
  });
  put_varint(out, static_cast<std::uint64_t>(to_micros(session.issued)));
  put_varint(out, static_cast<std::uint64_t>(to_micros(session.expires)));
  put_varint(out, session.tags.size());
  for (const auto& [key, value] : session.tags) {
    put_bytes(out, key);
    put_bytes(out, value);
  }
  put_varint(out, session.transitive_tags.size());
  for (const std::string& key : session.transitive_tags) put_bytes(out, key);
  put_varint(out, session.policy_arns.size());
  for (const std::string& arn : session.policy_arns) put_bytes(out, arn);
  return out;
}

bool take_text(FieldReader& in, std::string& out) {
  std::string_view text;
  if (!in.take_bytes(text)) return false;
  out = text;
  return true;
}

bool take_time(FieldReader& in, Time& out) {
  std::uint64_t micros = 0;
  if (!in.take_varint(micros)) return false;
  out = from_micros(static_cast<std::int64_t>(micros));
  return true;
}

// Each takes some bytes, so that a count that lies ends with them.
template <class Take>
bool take_each(FieldReader& in, const Take& take) {
  std::uint64_t count = 0;
  if (!in.take_varint(count)) return false;
  for (; count > 0; --count) {
    if (!take()) return false;
  }
  return true;
}

bool take_lists(FieldReader& in, Session& out) {
  std::string first;
  std::string second;
  return take_each(in,
                   [&] {
                     return take_text(in, first) && take_text(in, second) &&
                            out.tags.emplace(std::move(first), std::move(second)).second;
                   }) &&
         take_each(in,
                   [&] {
                     return take_text(in, first) &&
                            out.transitive_tags.insert(std::move(first)).second;
                   }) &&
         take_each(in, [&] {
           return take_text(in, first) && (out.policy_arns.push_back(std::move(first)), true);
         });
}

}  // namespace

std::string session_key(std::string_view installation_key) {
  return crypto::hmac_sha256(installation_key, kKeyLabel);
}

Result<std::string> seal_session(const Session& session, std::string_view key,
                                 std::string_view nonce) {
  const std::string plain = encode(session);
  if (plain.size() > kSessionBytesMax) return fail(Code::kLimit, "session token: too large");
  return codec::base64url_encode(kFormat + crypto::aead_seal(key, nonce, plain, kAssociated));
}

Result<Session> open_session(std::string_view token, std::string_view key) {
  if (token.size() > kTokenCharsMax) return invalid();
  const auto bytes = codec::base64url_decode(token);
  if (!bytes || bytes->empty() || bytes->front() != kFormat) return invalid();
  const auto plain = crypto::aead_open(key, std::string_view(*bytes).substr(1), kAssociated);
  if (!plain) return invalid();

  Session out;
  FieldReader in(*plain);
  std::uint64_t kind = 0;
  if (!in.take_varint(kind) || kind > static_cast<std::uint64_t>(Session::Kind::kRole)) {
    return invalid();
  }
  out.kind = static_cast<Session::Kind>(kind);
  const bool whole = visit_texts(out, [&in](std::string& text) { return take_text(in, text); }) &&
                     take_time(in, out.issued) && take_time(in, out.expires) &&
                     take_lists(in, out) && in.at_end();
  if (!whole) return invalid();
  return out;
}

}  // namespace muzn::gate
