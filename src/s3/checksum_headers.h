// Checksums on the wire: x-amz-checksum-* headers, x-amz-trailer, and the Checksum* elements of
// XML. Pure. Source: AWS "Checking object integrity in Amazon S3".
#pragma once
#include <optional>
#include <string>

#include "codec/xml.h"
#include "http/message.h"
#include "object/model.h"
#include "s3/error.h"

namespace muzn::s3 {

// The one x-amz-checksum-<algorithm> header of a body, decoded. Errors: InvalidRequest (several,
// unknown algorithm), BadDigest (a value that cannot be a digest of that algorithm).
Outcome<std::optional<object::Checksum>> parse_checksum_header(const http::Headers& headers);
// The same where a composite value "digest-N" is allowed: CompleteMultipartUpload.
Outcome<std::optional<object::Checksum>> parse_object_checksum_header(const http::Headers& headers);
// The checksum that x-amz-trailer announces. Errors: InvalidRequest (several, or no checksum).
Outcome<std::optional<crypto::Algorithm>> parse_trailer_header(const http::Headers& headers);
// x-amz-checksum-algorithm of CopyObject and CreateMultipartUpload. Errors: InvalidRequest.
Outcome<std::optional<crypto::Algorithm>> parse_checksum_algorithm(const http::Headers& headers);
// x-amz-checksum-type. Errors: InvalidRequest.
Outcome<std::optional<object::ChecksumType>> parse_checksum_type(const http::Headers& headers);
// The Checksum* child of a CompletedPart. Errors: InvalidArgument (several, not a digest).
Outcome<std::optional<object::Checksum>> parse_checksum_element(const codec::XmlNode& part);

std::unexpected<Error> refuse_several_checksums();

std::string_view name(object::ChecksumType type);  // FULL_OBJECT, COMPOSITE
// base64, with "-N" when it is made of N parts.
std::string checksum_text(const object::Checksum& checksum);
// x-amz-checksum-<algorithm> and x-amz-checksum-type.
void add_checksum(http::Headers& headers, const object::Checksum& checksum);
// <ChecksumCRC32>..</ChecksumCRC32>, and <ChecksumType> when `with_type`.
void add_checksum(codec::XmlWriter& xml, const object::Checksum& checksum, bool with_type);

}  // namespace muzn::s3
