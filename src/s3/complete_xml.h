// The request document of CompleteMultipartUpload. Pure.
// Source: CompleteMultipartUpload, S3 API reference.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "object/store.h"
#include "s3/error.h"

namespace muzn::s3 {

// 10,000 parts with an ETag and a SHA-512 each, and room for white space.
inline constexpr std::size_t kCompleteBodyBytes = 4U << 20;

// 1..10,000 parts in the order given; whether that order is right is judged later.
// Errors: MalformedXML, InvalidArgument (checksum of a part).
Outcome<std::vector<object::CompletedPart>> parse_complete(std::string_view document);
// A document that parses to `parts`.
std::string complete_document(const std::vector<object::CompletedPart>& parts);

// "1".."10000" without sign, space or exponent; nullopt else.
std::optional<int> parse_part_number(std::string_view text);

}  // namespace muzn::s3
