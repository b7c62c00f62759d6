// VersioningConfiguration, both ways. Pure. Source: PutBucketVersioning, S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "object/model.h"
#include "s3/error.h"

namespace muzn::s3 {

// Never kNever: a bucket can't go back to it. Errors: MalformedXML,
// IllegalVersioningConfigurationException (no status), NotImplemented (MfaDelete enabled: there are
// no devices here that a request could be confirmed with).
Outcome<object::Versioning> parse_versioning(std::string_view document);
std::string versioning_document(object::Versioning versioning);

}  // namespace muzn::s3
