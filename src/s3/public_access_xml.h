// PublicAccessBlockConfiguration and OwnershipControls, both ways. Pure.
// Source: PutPublicAccessBlock and PutBucketOwnershipControls, S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "object/model.h"
#include "policy/access.h"
#include "s3/error.h"

namespace muzn::s3 {

// Errors: MalformedXML. A flag that is not there is off.
Outcome<policy::PublicAccessBlock> parse_public_access_block(std::string_view document);
std::string public_access_block_document(const policy::PublicAccessBlock& block,
                                         Api api = Api::kS3);

// From "BucketOwnerEnforced" and so on.
std::optional<object::Ownership> ownership_of(std::string_view name);
// REQUIRES an ownership with a name (not kUnset).
std::string_view ownership_name(object::Ownership ownership);
// Errors: MalformedXML (also for anything but one rule with a value that AWS knows).
Outcome<object::Ownership> parse_ownership_controls(std::string_view document);
// The same.
std::string ownership_document(object::Ownership ownership);

}  // namespace muzn::s3
