// The BucketLoggingStatus document, both ways. Pure.
// Source: PutBucketLogging and GetBucketLogging, S3 API reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "audit/access_log.h"
#include "control/state.h"
#include "s3/error.h"

namespace muzn::s3 {

// nullopt: no log. Errors: MalformedXML, InvalidArgument (a prefix that leaves no room for names,
// an unknown grantee), UnresolvableGrantByEmailAddress.
Outcome<std::optional<audit::AccessTarget>> parse_logging(std::string_view document,
                                                          const control::State& state);
std::string logging_document(const std::optional<audit::AccessTarget>& target,
                             const control::State& state);

}  // namespace muzn::s3
