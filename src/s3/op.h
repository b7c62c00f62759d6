// What an S3 operation is given and gives back. One function an operation, declared in
// s3/handlers.h, named in s3/ops.def.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/access_log.h"
#include "audit/carried.h"
#include "audit/record.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/task.h"
#include "base/time.h"
#include "codec/uri.h"
#include "gate/gate.h"
#include "gate/rates.h"
#include "http/message.h"
#include "object/store.h"
#include "policy/access.h"
#include "s3/error.h"

namespace muzn::s3 {

inline constexpr std::string_view kXmlns = "http://s3.amazonaws.com/doc/2006-03-01/";

struct Settings {
  std::string region = "us-east-1";
  std::vector<std::string> domains;  // virtual-host style: <bucket>.<domain>
  std::string host_id;               // x-amz-id-2 and HostId
  // What a new bucket has unless its request says otherwise.
  object::Ownership ownership = object::Ownership::kBucketOwnerEnforced;
  policy::PublicAccessBlock public_access_block = policy::kBlockAll;
};

class AccountUsage;  // s3/quota.h

// What every handler may use. References outlive the service.
struct Context {
  object::Store& objects;
  control::Controller& controller;  // for the acts that S3 has
  const gate::Gate& gate;
  const Clock& clock;
  Rng& rng;
  Pool& pool;
  const Settings& settings;
  audit::Intents* intents = nullptr;  // of strict access logs; null: what needs it is refused
  // For limits (s3/quota.h); null: none is kept.
  AccountUsage* usage = nullptr;
  gate::Rates* rates = nullptr;
};

// kAccount: of the S3 Control API, see s3/account_route.h.
enum class Level : std::uint8_t { kService, kBucket, kObject, kAccount };

struct Operation;  // a line of ops.def, see s3/route.h
class PostForm;    // s3/post_form.h
struct BodyFacts;  // s3/body_facts.h

// A routed request: which operation on what. Bucket and key are decoded once, here; everything
// downstream (authorization, storage, audit) uses these very bytes.
struct Call {
  const Operation* operation = nullptr;
  std::string bucket;
  std::string key;
  std::string account = {};  // id; of Level::kAccount
  codec::Query query;
};

// One request on its way through a handler.
struct Exchange {
  http::Request& request;
  const Call& call;
  const gate::Authorized& who;                  // authorized for call.operation on call's resource
  const gate::Authenticated& caller;            // for further authorizations (copy source)
  const std::optional<object::Bucket>& bucket;  // present for bucket and object operations but
                                                // CreateBucket
  audit::Record& record;
  std::string_view request_id;
  // The version that the gate judged, when its answer hung on it.
  std::unique_ptr<object::OpenVersion> judged;
  const BodyFacts* body = nullptr;  // as Asker::body, see s3/access.h
  // The record, for the one commit that makes the change; null: it is kept another way. Who gives
  // it to a verb whose answer has a status other than 200 sets it in `record` before.
  audit::Carried* carried = nullptr;
  // Of a PostObject: the form, which is the request's body, too, and how large its file may be.
  const PostForm* form = nullptr;
  std::uint64_t form_size_max = 0;
};

using Answer = Outcome<http::Response>;
using Handler = Task<Answer> (*)(Context& context, Exchange& exchange);

// Reads the whole (small) body, verified: payload hash or aws-chunked signatures, Content-MD5 and
// checksum headers. Errors: EntityTooLarge→MaxMessageLengthExceeded, BadDigest, IncompleteBody, ...
// `checksum_required`: one of Content-MD5, x-amz-checksum-*, or a trailer must be there, else
// InvalidRequest.
Task<Outcome<std::string>> read_document(Context& context, Exchange& exchange, std::size_t limit,
                                         bool checksum_required);

// --- small things that several operations share ---
// Header value or "".
std::string_view header(const http::Request& request, std::string_view name);
// Adds the ETag in quotes.
std::string quoted(std::string_view etag);
// 200 with an XML body and its content type.
http::Response xml_response(std::string document);
// 204.
http::Response no_content();
// An act of control in the caller's name: in force once it is on the durable list.
Task<Outcome<void>> propose(Context& context, const Exchange& exchange, control::ActBody act);
// Validates `x-amz-expected-bucket-owner` (AccessDenied when different).
Outcome<void> check_expected_owner(const Exchange& exchange);

}  // namespace muzn::s3
