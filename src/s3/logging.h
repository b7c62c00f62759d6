// Server access logs as requests meet them: what a request's line will say, and that there will be
// one before anything changes; and the delivery of lines into the target bucket.
// Source: AWS S3 user guide, "Logging requests with server access logging".
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "audit/access_log.h"
#include "s3/op.h"

namespace muzn::s3 {

// Who delivers logs, as policies name it.
inline constexpr std::string_view kLogService = "logging.s3.amazonaws.com";

// What all lines of the bucket's log have in common; null: it has none. Shared, as what a record
// hands to those who deliver it: Record::access.
std::shared_ptr<audit::AccessFacts> facts_of_log(const control::State& state,
                                                 const object::Bucket& bucket);
// Begins what the log of `bucket` will say of the request, when it has one. `caller` is nullptr
// when it could not be authenticated.
void note_access(const Context& context, const http::Request& request,
                 const gate::Authenticated* caller, const object::Bucket& bucket,
                 audit::Record& record);
// The same for an object of another bucket that the request reads, too: a line in that one's log.
void note_source(const Context& context, const Exchange& exchange, const object::Bucket& bucket,
                 std::string_view key, const object::Version& version);
// How large the object is that the request is about.
void note_size(audit::Record& record, std::uint64_t size);

// In strict mode, before a change: makes sure that the log will tell of it, whatever happens.
// Errors: ServiceUnavailable; then nothing may be changed.
Task<Outcome<void>> ensure_recorded(const Context& context, const http::RequestHead& head,
                                    audit::Record& record);

// Whether a bucket may have this target. Errors: InvalidTargetBucketForLogging (it is not there, is
// another account's, its requesters pay, or its objects are retained by default),
// AccessControlListNotSupported (grants, and no lists), AccessDenied (it does not allow the
// service of the logs to write there, or the residency of the source its bytes to lie there).
Task<Outcome<void>> check_log_target(const Context& context, const object::Bucket& source,
                                     const audit::AccessTarget& target);

// An object of a log. All its lines are of one bucket and go to one target.
struct LogObject {
  audit::AccessTarget target;
  std::string bucket;  // whose log it is
  std::string account;
  std::string key;
  std::string lines;
};
// Writes it. One that is there already was delivered before. Errors: NoSuchBucket, AccessDenied
// (what check_log_target() asks does not hold any more), those of a write.
Task<Outcome<void>> deliver_log(const Context& context, LogObject object);

}  // namespace muzn::s3
