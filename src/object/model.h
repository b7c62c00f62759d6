// The nouns of the object floor: buckets, versions, uploads, parts. Values only.
// On-disk encodings are in object/rows.h and docs/formats/rows.md.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "blob/store.h"
#include "crypto/digest.h"
#include "meta/store.h"
#include "object/lock.h"

namespace muzn::object {

// AWS: "Controlling ownership of objects and disabling ACLs". Values are on disk.
enum class Ownership : std::uint8_t {
  kBucketOwnerEnforced = 0,
  kBucketOwnerPreferred = 1,
  kObjectWriter = 2,
  kUnset = 3,  // the controls were removed: acts as kObjectWriter
};
// AWS: "Retaining multiple versions of objects with S3 Versioning". Never back to kNever.
enum class Versioning : std::uint8_t { kNever = 0, kEnabled = 1, kSuspended = 2 };

struct Bucket {
  std::string name;
  std::string id;     // 16 random bytes; a re-created bucket is another bucket
  std::string owner;  // account id, 12 digits
  std::string region;
  Time created;
  Ownership ownership = Ownership::kBucketOwnerEnforced;
  Versioning versioning = Versioning::kNever;
  bool object_lock = false;
  std::uint64_t config_epoch = 1;
  meta::ShardId shard = 0;  // format 1: one shard over the whole key range
  std::string acl;          // encoded by its protocol, opaque here; "" = the owner's alone
  // What the bucket began with, as the protocol's bits; later changes are acts of control.
  std::uint8_t public_access_block = 0;
  std::string
      logging;  // where its access log goes, encoded by audit, opaque here; "" = it has none
};

enum class ChecksumType : std::uint8_t { kFullObject = 0, kComposite = 1 };
struct Checksum {
  crypto::Algorithm algorithm = crypto::Algorithm::kCrc64Nvme;
  ChecksumType type = ChecksumType::kFullObject;
  std::string value;        // raw digest; composite: of the parts' digests
  std::uint32_t parts = 0;  // composite: the N of "value-N"
  bool operator==(const Checksum&) const = default;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What the writer declared and readers get back.
struct Attributes {
  std::string content_type;  // "" = never given; readers see binary/octet-stream
  std::string cache_control;
  std::string content_disposition;
  std::string content_encoding;  // without aws-chunked
  std::string content_language;
  std::string expires;  // as given
  std::string website_redirect;
  std::string storage_class;  // "" = STANDARD
  Pairs user_metadata;        // names without x-amz-meta-, lower case
  Pairs tags;
  bool operator==(const Attributes&) const = default;
};

// One stretch of an object's bytes: one blob. Unless inline, an object has one or more.
struct Segment {
  blob::BlobId blob;
  std::uint64_t size = 0;
  bool operator==(const Segment&) const = default;
};

struct Part {
  int number = 0;
  Segment segment;  // size 0 and no blob for an empty part
  std::string md5;  // raw, 16 bytes
  std::optional<Checksum> checksum;
  Time modified;
};

// One version of a key.
struct Version {
  std::uint64_t stamp = 0;  // orders the versions of a key; max(now in us, last + 1)
  std::string version_id;   // see version_id.h; "" = the null version
  bool delete_marker = false;
  std::uint64_t size = 0;
  std::string etag;  // hex, with "-N" for multipart; no quotes
  Time modified;
  std::string owner;  // account id
  Attributes attributes;
  std::optional<Checksum> checksum;
  std::uint32_t part_count = 0;   // 0 = not multipart
  bool inline_body = false;       // bytes in the key's body row
  std::vector<Segment> segments;  // one for a plain blob; empty when the manifest row has them
  std::string acl;                // encoded by its protocol, opaque here; "" = the owner's alone
  Lock lock;
  std::string envelope;  // of encryption: reserved from format 1, empty until built
  // When the next newer one took its place; nullopt of the current version.
  std::optional<Time> noncurrent_since;
};

struct Upload {
  std::string key;
  std::string id;
  std::string owner;      // account that will own the object
  std::string initiator;  // principal ARN
  Time initiated;
  Attributes attributes;
  std::optional<crypto::Algorithm> checksum_algorithm;
  ChecksumType checksum_type = ChecksumType::kFullObject;
  std::string acl;  // for the object, as Version::acl
  Lock lock;        // the same
};

}  // namespace muzn::object
