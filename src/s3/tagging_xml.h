// Tag sets: their rules, and the document that Put*Tagging brings and Get*Tagging gives. Pure.
// Sources: AWS "Categorizing your storage using tags", "Using cost allocation S3 bucket tags";
// PutObjectTagging, PutBucketTagging and CreateBucket, S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "codec/xml.h"
#include "object/model.h"
#include "s3/error.h"

namespace muzn::s3 {

inline constexpr std::size_t kObjectTagsMax = 10;
inline constexpr std::size_t kBucketTagsMax = 50;
inline constexpr std::size_t kTagKeyChars = 128;             // Unicode characters
inline constexpr std::size_t kTagValueChars = 256;           // the same
inline constexpr std::size_t kTaggingXmlMax = 1U << 20;      // 50 tags fit however they are escaped
inline constexpr std::string_view kTaggingName = "tagging";  // of the bucket's document

// Errors: InvalidTag: more than `max` tags, a key twice, one that begins with "aws:", an empty or a
// too long key, a too long value, characters that tags may not have.
Outcome<void> check_tags(const object::Pairs& tags, std::size_t max);

// A Tagging document. Errors: MalformedXML; check_tags().
Outcome<object::Pairs> parse_tagging_document(std::string_view document, std::size_t max);
// The Tag children of `parent` (TagSet; Tags of CreateBucket). Errors: the same.
Outcome<object::Pairs> parse_tag_set(const codec::XmlNode& parent, std::size_t max);

// By key, since AWS promises no order and clients compare.
std::string tagging_document(object::Pairs tags);

}  // namespace muzn::s3
