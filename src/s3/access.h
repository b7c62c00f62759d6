// Who may do what to which bucket, key and version: gathers the rules that the gate judges by.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "policy/access.h"
#include "s3/acl_headers.h"
#include "s3/op.h"

namespace muzn::s3 {

// The bucket's own Block Public Access flags; nullopt = its configuration was removed (none holds).
std::optional<policy::PublicAccessBlock> public_access_block(const object::Bucket& bucket,
                                                             const control::State& state);
// Those that an account has for all its buckets.
policy::PublicAccessBlock account_block(std::string_view account, const control::State& state);
// Those in force: the bucket's own and its owner's.
policy::PublicAccessBlock effective_block(const object::Bucket& bucket,
                                          const control::State& state);

// How acts name the bucket.
control::BucketRef bucket_ref(const object::Bucket& bucket);

bool acls_disabled(const object::Bucket& bucket);

// An ACL as its row has it; "" = the owner's alone. Errors: kCorrupt.
Result<policy::Acl> stored_acl(std::string_view bytes, std::string_view owner);

// Errors: kCorrupt (the stored ACL).
Result<policy::BucketRules> bucket_rules(const object::Bucket& bucket, const control::State& state);

// "s3:GetObject" is "s3:GetObjectVersion" when a version is named, and so on.
std::string_view action_on(std::string_view action, bool names_version);

struct BodyFacts;  // s3/body_facts.h

// Who asks, in which request: what policies may ask about.
struct Asker {
  const gate::Authenticated& caller;
  const http::Request& request;
  const Call& call;
  audit::Record& record;            // is told which statement of a policy decided
  const BodyFacts* body = nullptr;  // what its body says, where a policy asks for that
};
Asker asker_of(const Exchange& exchange);

// What an action is about.
struct Target {
  std::string_view action;  // as for the current version
  std::string key;          // "" = the bucket
  std::optional<std::string> version_id;
  std::string upload_id;  // "" = none
  // The action is part of writing a new object: what stands under the key does not matter.
  bool creates = false;
};
struct Granted {
  gate::Authorized who;
  // The version that was judged, when the answer hung on it: to read this and no other.
  std::unique_ptr<object::OpenVersion> version;
};
// Errors: AccessDenied, also for an object that is not there when the caller may not list.
Task<Outcome<Granted>> authorize(Context& context, const Asker& asker, const object::Bucket& bucket,
                                 Target target);

// The policy in force; nullptr = none. Borrowed of the state.
const control::StoredPolicy* bucket_policy(const object::Bucket& bucket,
                                           const control::State& state);

// Does a policy, of the bucket or of the caller, ask for such a thing?
enum class AskedOf : std::uint8_t {
  kRequestTags,    // the tags that a request gives an object
  kLock,           // the lock that it does
  kObjectHeaders,  // those, and what else a write says of the object to be
};
bool policies_ask(const gate::Held& held, const policy::BucketPolicy* bucket_policy, AskedOf what);

// What a request needs besides its operation's action, AWS's "Required permissions": s3:GetObject
// for attributes, s3:PutObjectTagging for x-amz-tagging. Errors: AccessDenied.
Task<Outcome<void>> authorize_more(Context& context, const Asker& asker,
                                   const object::Bucket& bucket, const Target& target);

// A condition on more than whether the object is there tells who writes or deletes about it: that
// needs the right to read it, too (AWS: "Enforce conditional deletes on Amazon S3 buckets").
// Errors: as authorize().
Task<Outcome<void>> authorize_condition(Context& context, const Asker& asker,
                                        const object::Bucket& bucket, std::string key,
                                        std::optional<std::string> version_id,
                                        const object::WriteCondition& condition);

// Whose the object that the request writes will be, and its ACL. Errors: those of
// parse_acl_headers() and plan_new_object().
Outcome<NewObject> plan_write(const Context& context, const Exchange& exchange);

// The version that the request names (versionId, or the current one): the one that was judged, so
// that nothing else is read than what was allowed. Call once. Errors: InvalidArgument, NoSuchKey,
// NoSuchVersion, MethodNotAllowed (a delete marker), ...
Task<Outcome<std::unique_ptr<object::OpenVersion>>> open_judged(Context& context,
                                                                Exchange& exchange);

// Amends the version that the request names, or the one that was judged, by its id: it may be
// noncurrent by now. Bucket, key, version and stamp are set here. Errors: NoSuchKey, NoSuchVersion,
// MethodNotAllowed (a delete marker), AccessDenied (a lock forbids it), ...
Task<Outcome<object::Version>> amend_judged(Context& context, Exchange& exchange,
                                            object::AmendArgs args);

}  // namespace muzn::s3
