// The one canonical record of a request or act. Every request makes one; the structured log, and
// later access logs, CloudTrail files and log leaves are projections of it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace muzn::audit {

// Replaces the values of X-Amz-Signature, X-Amz-Security-Token, Signature (of SigV2),
// WebIdentityToken and of customers' encryption keys in a raw request target; X-Amz-Credential,
// which is no secret, stays.
std::string redact_target(std::string_view target);

// A request target that can't leak a signature: there is no way to fill it but through
// redact_target().
class RedactedTarget {
 public:
  RedactedTarget() = default;
  explicit RedactedTarget(std::string_view raw) : text_(redact_target(raw)) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Where a log says so.
struct LeafRef {
  std::string log;  // its origin
  std::uint64_t index = 0;
  std::string hash;  // of the leaf, hex
  bool operator==(const LeafRef&) const = default;
};

// "origin index hash"
std::string to_text(const LeafRef& leaf);
// What a line of a bucket's access log says beyond the record, and where it goes: see
// audit/access_log.h.
struct AccessFacts {
  std::string target;  // an encoded AccessTarget
  bool strict = false;
  std::string account;  // of the bucket's owner
  std::string region;
  std::string bucket_owner;  // canonical id
  std::string requester;     // canonical id of an account's root, ARN of others; "" = anonymous
  std::string referer;
  std::string host_id;
  std::string signature_version;  // "SigV4", "SigV2"; "" = unsigned
  std::string auth_type;          // "AuthHeader", "QueryString", "PostForm"; "" = unsigned
  std::string tls_cipher;
  bool acl_required = false;  // an access list, and nothing else, allowed it
  std::optional<std::uint64_t> object_size = std::nullopt;
  std::optional<std::int64_t> turn_around_micros = std::nullopt;  // last byte in to first byte out
  bool is_intended = false;  // the journal has an intent of this request
};

// What a request did to a further object: a line of its own in the log of that one's bucket.
struct AccessPart {
  std::string operation;  // "BATCH.DELETE.OBJECT"
  std::string bucket;
  std::string key;
  std::string version_id;
  int status = 0;
  std::string error_code;
  std::optional<std::uint64_t> object_size = std::nullopt;
  std::shared_ptr<const AccessFacts> facts;  // never null; shared by parts of one bucket
};

// Of a request with temporary credentials: what they came from.
struct SessionFacts {
  std::string role;     // name; "" = a user's or a root's own, for a time
  std::string role_id;  // "AROA..."
  std::string name;     // of the role's session
  std::string source_identity;
  // Where a token of an identity provider began it: the provider's ARN.
  std::string provider;
  Time issued;
};

struct Record {
  Time time;
  std::string request_id;
  std::string service;     // "s3", "admin"
  std::string operation;   // "PutObject"; "" when none was recognised
  std::string decision;    // "allow", "deny", "error" (refused before a decision)
  std::string decided_by;  // the policy and its statement; "" = ownership, or nothing that allows
  std::string purpose;     // what it is for; "" = nobody said (docs/charters.md)
  // The break-glass grant that it was done under; "" = none (docs/break-glass.md).
  std::string break_glass = {};
  // Who. Empty for anonymous requests.
  std::string principal_type;  // "root", "user", "role", "operator", "anonymous", "web_identity"
  std::string principal_arn;
  std::string account;
  std::string access_key;
  // Null: credentials that last, or none. In no form; trails tell it. Shared by copies of the
  // record.
  std::shared_ptr<const SessionFacts> session = nullptr;
  // From where.
  std::string source_ip;
  std::string user_agent;
  std::string tls_version;
  // On what.
  std::string bucket;
  std::string
      bucket_id;  // of the bucket that was found, 16 bytes as object::Bucket::id; in no form
  std::string bucket_owner;  // the same: account id
  std::string key;
  std::string version_id;
  // What came of it.
  std::string method;
  RedactedTarget target;  // as received but for signatures and tokens
  std::string host;
  int status = 0;
  std::string error_code;  // "" on success
  std::string cause;       // what went wrong inside, of a 5xx; the client was not told
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_planned = 0;  // under a grant: of the answer, known before it leaves
  std::int64_t duration_micros = 0;
  bool complete = true;   // false: the connection was cut before the answer's end
  bool promised = false;  // is in its account's own log already, see audit/receipt.h; in no form
  // Of an act: an account (id) that it concerns besides who acted, and whose trail tells it; in no
  // form.
  std::string concerns = {};
  // Of an act: its leaf in the public log.
  std::optional<LeafRef> leaf = std::nullopt;
  // Null: its bucket has no access log. Shared with `also`, and by copies of the record.
  std::shared_ptr<AccessFacts> access = nullptr;
  std::vector<AccessPart> also = {};
};

// Neither form holds a line break, a control character or invalid UTF-8, whatever the record holds.
// One line of JSON, keys sorted, schema "muzn.audit/1" (docs/formats/audit.md).
std::string to_json(const Record& record);
// One line of key=value text for people, empty values left out.
std::string to_text(const Record& record);

class Sink {
 public:
  virtual ~Sink() = default;
  // Threads: safe. Must not block for long.
  virtual void write(const Record& record) = 0;
};

}  // namespace muzn::audit
