// What the headers of a write say of the object to be, and what those of a read say of the object
// that is. Pure. Sources: PutObject, CopyObject, CreateMultipartUpload and GetObject, S3 API
// reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "codec/uri.h"
#include "http/message.h"
#include "object/store.h"
#include "s3/error.h"

namespace muzn::s3 {

inline constexpr std::size_t kRedirectBytesMax = 2048;  // AWS: PutObject

// Everything that a new object is given: content headers, user metadata, storage class, tags,
// website redirect. Errors: MetadataTooLarge, InvalidStorageClass, InvalidRedirectLocation,
// InvalidArgument, InvalidTag.
Outcome<object::Attributes> parse_attributes(const http::Headers& headers);
// Parts of it, for CopyObject.
Outcome<object::Attributes> parse_metadata(const http::Headers& headers);  // content and user's
Outcome<std::string> parse_storage_class(const http::Headers& headers);    // "" = STANDARD
Outcome<object::Pairs> parse_tagging(const http::Headers& headers);
Outcome<std::string> parse_redirect(const http::Headers& headers);

// Refuses what a write may ask for and we do not have, so that nothing is silently left out:
// encryption and write offsets (NotImplemented). Errors also: InvalidArgument for values that AWS
// would not take either.
Outcome<void> refuse_unsupported(const http::Headers& headers);
// Encryption only, for the parts of an upload.
Outcome<void> refuse_encryption(const http::Headers& headers);
// Customer keys on a read of an object that was not encrypted with one: InvalidRequest.
Outcome<void> refuse_customer_key(const http::Headers& headers);

// If-Match and If-None-Match of a write.
object::WriteCondition parse_write_condition(const http::Headers& headers);

// ?versionId=. Errors: InvalidArgument when it is none that a version can have.
Outcome<std::optional<std::string>> parse_version_id(const codec::Query& query);

// Everything that a reader is told of the object but its length, range, checksum and parts.
void add_object_headers(http::Headers& headers, const object::Version& version,
                        const std::optional<object::Bucket>& bucket);
// x-amz-version-id of what was read, changed or removed, on a bucket that has or had versioning.
void add_version_id(http::Headers& headers, const std::optional<object::Bucket>& bucket,
                    std::string_view version_id);
// The same of what was written: AWS does not tell it of the null version.
void add_new_version_id(http::Headers& headers, std::string_view version_id);

}  // namespace muzn::s3
