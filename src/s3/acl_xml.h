// The AccessControlPolicy document, both ways. Pure.
// Source: PutBucketAcl and GetBucketAcl, S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "codec/xml.h"
#include "control/state.h"
#include "policy/acl.h"
#include "s3/error.h"

namespace muzn::s3 {

// `owner` is the account whose thing the list is of; the document must say so, if it says anything.
// Errors: MalformedXML (not XML), MalformedACLError, AccessDenied (another Owner), InvalidArgument
// (unknown grantee), UnresolvableGrantByEmailAddress.
Outcome<policy::Acl> parse_acl(std::string_view document, std::string_view owner,
                               const control::State& state);

// The Grant elements of a list alone. Errors: as above, without those of an Owner.
Outcome<policy::Acl> parse_grants(const codec::XmlNode& list, const control::State& state);
void write_grants(codec::XmlWriter& xml, const policy::Acl& acl, const control::State& state);

// Grants to accounts that are gone are left out.
std::string acl_document(const policy::Acl& acl, std::string_view owner,
                         const control::State& state);

}  // namespace muzn::s3
