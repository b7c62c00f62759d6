// The names of buckets and keys: what may be created, and what cannot exist. Pure.
// Sources: AWS "General purpose bucket naming rules", "Naming Amazon S3 objects".
#pragma once
#include <string_view>

namespace muzn::s3 {

// May a bucket of this name be created?
bool valid_bucket_name(std::string_view name);
// May a bucket of this name be asked for? Wider than the rule of today: names that no client could
// ever have created are InvalidBucketName, all others NoSuchBucket.
bool possible_bucket_name(std::string_view name);

// Keys are literal bytes, but two sorts are refused, because a client library or a proxy that
// normalises paths would turn them into another key or another bucket: those whose dot segments
// climb above the bucket, and those made of dot segments and slashes only ("//" among them).
// REQUIRES a non-empty key.
bool climbs(std::string_view key);

}  // namespace muzn::s3
