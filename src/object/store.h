// The verbs of the object floor: what every protocol that stores objects calls. Knows no HTTP.
//
// An acknowledged write is on stable storage. A mutation is bytes to a blob (or inline), seal, then
// one commit; a crash before it leaves a pending blob that sweep() discards, after it the object is
// whole. Authorization happened before (gate); here only ownership of names is judged.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/carried.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/stream.h"
#include "base/time.h"
#include "object/adopt.h"
#include "object/failure.h"
#include "object/garbage_hold.h"
#include "object/model.h"
#include "object/residence.h"

namespace muzn::object {

// ---- buckets ----
struct CreateBucket {
  std::string name;  // validated by the caller
  std::string owner;
  std::string region;
  Ownership ownership = Ownership::kBucketOwnerEnforced;
  Versioning versioning = Versioning::kNever;
  bool object_lock = false;
  Pairs documents;                       // by name, as put_document() would write them
  std::string acl;                       // as Bucket::acl
  std::uint8_t public_access_block = 0;  // as Bucket::public_access_block
};
// Each member that is there replaces what stands.
struct AmendBucket {
  std::string name;
  std::string id;  // Bucket::id: kNoSuchBucket when the name is another bucket by now
  std::optional<Ownership> ownership;
  std::optional<std::string> acl;
  // Holds for every write that is acknowledged after it, and for none before.
  // REQUIRES that it is not kNever.
  std::optional<Versioning> versioning = std::nullopt;
  std::optional<bool> object_lock = std::nullopt;  // only ever to true
  std::optional<std::string> logging = std::nullopt;
};
struct BucketPage {
  std::vector<Bucket> buckets;  // by name
  bool truncated = false;
};

// ---- writes ----
// A write happens only if these hold against the current version at the moment of commit.
struct WriteCondition {
  std::optional<std::string> if_match;  // header value: "*" or a list of ETags
  std::optional<std::string> if_none_match;
  std::optional<std::uint64_t> if_match_size;  // DeleteObject
  std::optional<Time> if_match_modified;       // DeleteObject; whole seconds
  bool empty() const { return !if_match && !if_none_match && !if_match_size && !if_match_modified; }
};

// Judges a body when its last byte was read, before anything is committed: Content-MD5, payload
// hash, checksum headers and trailers.
class BodyVerifier {
 public:
  virtual ~BodyVerifier() = default;
  // Digests to compute besides MD5.
  virtual std::vector<crypto::Algorithm> wanted() const = 0;
  // The checksum to store with the object, if any. Failures: kBadDigest, kRejected.
  virtual Outcome<std::optional<Checksum>> judge(const crypto::HasherSet& digests) = 0;
};

struct PutArgs {
  std::string bucket;
  std::string key;
  std::string owner;  // account id
  std::string acl;    // as Version::acl
  Lock lock;
  std::optional<DefaultRetention> default_retention =
      std::nullopt;  // the bucket's, for a lock without one
  Attributes attributes;
  std::optional<std::uint64_t> size;  // when declared: the body must have exactly this many bytes
  std::uint64_t size_max = 0;         // kEntityTooLarge past it
  WriteCondition condition;
  audit::Carried* record = nullptr;  // goes into the commit; borrowed, null = none
};
struct Written {
  std::string version_id;  // "" = the null version
  std::string etag;
  Time modified;
  std::uint64_t size = 0;
  std::optional<Checksum> checksum;
};

// ---- reads ----
// An open version: attributes at once, bytes on demand. It and its sources keep its blobs readable
// while they live, but no longer than StoreOptions::garbage_seconds after it was replaced.
class OpenVersion {
 public:
  virtual ~OpenVersion() = default;
  virtual const Version& version() const = 0;
  // Parts with numbers and sizes, for partNumber reads and GetObjectAttributes; empty when not
  // multipart.
  virtual Task<Outcome<std::vector<Part>>> parts() = 0;
  // Exactly `length` verified bytes from `offset`; an error instead of a wrong byte.
  // REQUIRES offset + length <= size. The source may outlive this object.
  virtual Task<Outcome<std::unique_ptr<ByteSource>>> bytes(std::uint64_t offset,
                                                           std::uint64_t length) = 0;
};

// A removal by a rule of the bucket's lifecycle (object/lifecycle_pass.h): only while the rules'
// document is this one, and if the version that is judged, as the commit compares it, is due; else
// kConflict.
struct ByRule {
  std::string document;
  std::function<bool(const Version&)> is_due;
};

// With a version id that version goes, and the next newest is current if it was. Without one the
// key gets a delete marker where its bucket has or had versioning; else the object goes.
struct RemoveArgs {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;  // "null" or an id; nullopt = the current one
  WriteCondition condition;
  std::string owner;                 // account id: whose a marker will be
  bool bypass_governance = false;    // the caller may, and asks to
  audit::Carried* record = nullptr;  // as PutArgs
  const ByRule* by_rule = nullptr;   // borrowed; null: somebody asks for it
};
struct Removed {
  bool delete_marker = false;  // a marker was created, or the removed version was one
  std::string version_id;      // of that; "" = the null version
};

// What of a version may change while its bytes, ETag, date and order stay.
struct AmendArgs {
  std::string bucket;
  std::string key;
  std::optional<std::string> version_id;  // "null" or an id; nullopt = the current one
  std::optional<std::uint64_t> stamp;     // only this very version, else kConflict
  std::optional<Pairs> tags;
  std::optional<std::string> acl;
  std::optional<Retention> retention = std::nullopt;
  std::optional<LegalHold> legal_hold = std::nullopt;
  bool bypass_governance = false;    // as RemoveArgs
  audit::Carried* record = nullptr;  // as PutArgs
};

// An object gets another key of its bucket; its bytes, dates, tags, ACL and all else stay.
struct RenameArgs {
  std::string bucket;
  std::string source;
  std::string key;  // REQUIRES another than the source
  // May it be, as things are at the moment of commit? `replaced` is what stands under the new key;
  // null = nothing. Asked again when another write came between. Empty = always.
  std::function<Outcome<void>(const Version& source, const Version* replaced)> judge;
  // A request that comes twice is done once: its name, and a digest of all it asks for. Remembered
  // for StoreOptions::done_seconds. "" = no name.
  std::string token;
  std::string asked;
  audit::Carried* record = nullptr;  // as PutArgs; not of what was done before
};

// ---- listing ----
struct ListArgs {
  std::string bucket;
  std::string prefix;
  std::string delimiter;     // any string; "" = none
  std::string after;         // keys and common prefixes greater than this only
  std::size_t limit = 1000;  // keys and common prefixes together
};
struct ListEntry {
  std::string key;
  Version version;
  bool latest = true;  // for list_versions
};
struct ListPage {
  std::vector<ListEntry> entries;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_after;       // the `after` of the next page, when truncated
  std::string next_version_id;  // list_versions: version marker of the next page
};
struct ListVersionsArgs {
  ListArgs list;
  std::string version_marker;  // "" none; only with list.after: goes on within that key
};

// ---- multipart ----
struct CreateUpload {
  std::string bucket;
  std::string key;
  std::string owner;
  std::string initiator;
  std::string acl;  // for the object, as Version::acl
  Lock lock;        // the same
  Attributes attributes;
  std::optional<crypto::Algorithm> checksum_algorithm;
  ChecksumType checksum_type = ChecksumType::kFullObject;
  audit::Carried* record = nullptr;  // as PutArgs
};
struct UploadRef {
  std::string bucket;
  std::string key;
  std::string upload_id;
};
struct CompletedPart {
  int number = 0;
  std::string etag;  // hex, quotes removed
  std::optional<Checksum> checksum;
};
struct CompleteArgs {
  UploadRef upload;
  std::vector<CompletedPart> parts;
  std::optional<Checksum>
      checksum;  // the client's idea of the whole: verified (parts field unused)
  std::optional<ChecksumType> checksum_type;  // must equal the upload's
  std::optional<std::uint64_t> size;          // x-amz-mp-object-size: verified
  std::optional<DefaultRetention> default_retention = std::nullopt;  // as PutArgs
  WriteCondition condition;
  // A larger object is refused (kQuota), unless the usage has its parts already.
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max();
  audit::Carried* record = nullptr;  // as PutArgs; not of what was done before
};
struct PartsPage {
  Upload upload;
  std::vector<Part> parts;
  bool truncated = false;
};
struct ListUploads {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  std::string key_marker;
  std::string upload_id_marker;
  std::size_t limit = 1000;
};
struct UploadsPage {
  std::vector<Upload> uploads;  // by key, then by time of initiation
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_key_marker;
  std::string next_upload_id_marker;
};

struct Usage {
  std::int64_t objects = 0;
  std::int64_t bytes = 0;
  std::int64_t part_bytes = 0;  // of uploads that have not ended; not in `bytes`

  Usage& operator+=(const Usage& other) {
    objects += other.objects;
    bytes += other.bytes;
    part_bytes += other.part_bytes;
    return *this;
  }
  Usage& operator-=(const Usage& other) {
    objects -= other.objects;
    bytes -= other.bytes;
    part_bytes -= other.part_bytes;
    return *this;
  }
  bool operator==(const Usage&) const = default;
};

// Who calls sweep() and sweep_fresh().
class SweepHost {
 public:
  virtual ~SweepHost() = default;
  // About so many bytes are becoming garbage. Within a write, on any thread: must not block.
  virtual void made_garbage(std::uint64_t bytes) = 0;
  // Some blobs were discarded, which took so long. On the thread of the sweep, which may sleep here
  // for clients' sake; false ends the pass soon.
  virtual bool spend(std::int64_t micros) = 0;
};

struct StoreOptions {
  std::size_t inline_bytes_max = 16U << 10;  // bodies up to this lie in a row (design: 4-16 KiB)
  // Smaller pieces of a body are hashed where they are: a trip to the pool costs about as much.
  std::size_t hash_offload_min = 64U << 10;
  // How long replaced and deleted bytes stay for who reads them; what nobody reads goes before.
  std::int64_t garbage_seconds = 3600;
  // Every reader is one of this store. Otherwise all garbage stays for garbage_seconds.
  bool knows_all_readers = true;
  std::int64_t done_seconds = 86'400;    // how long a completed upload, or a rename, answers again
  SweepHost* sweep_host = nullptr;       // borrowed; null: nobody is told, and sweeps go on at once
  const Residence* residence = nullptr;  // borrowed; null: bytes may lie anywhere
};

class Store {
 public:
  virtual ~Store() = default;

  virtual Task<Outcome<Bucket>> create_bucket(CreateBucket args) = 0;
  virtual Task<Outcome<Bucket>> get_bucket(std::string name) = 0;
  virtual Task<Outcome<BucketPage>> list_buckets(std::string owner, std::string prefix,
                                                 std::string after, std::size_t limit) = 0;
  // Failures: kBucketNotEmpty (objects, versions; open uploads do not count and are aborted).
  virtual Task<Outcome<void>> delete_bucket(std::string name) = 0;
  virtual Task<Outcome<Usage>> usage(std::string bucket) = 0;
  // The sum over an account's buckets, of all that was committed before the call, or, while another
  // call counts, before that. The first call of an account counts all of its buckets; after it
  // those that have changed are counted again.
  virtual Task<Outcome<Usage>> account_usage(std::string owner) = 0;
  // Returns the bucket as it is now. Failures: kNoSuchBucket, kBucketState (Object Lock without
  // versioning).
  virtual Task<Outcome<Bucket>> amend_bucket(AmendBucket args) = 0;
  // Documents about a bucket, by name ("tagging", "cors"), opaque here; they go with the bucket.
  // nullopt = none, and to remove it. Failures: kNoSuchBucket, also when `bucket` is gone and its
  // name is another bucket.
  virtual Task<Outcome<std::optional<std::string>>> get_document(Bucket bucket,
                                                                 std::string name) = 0;
  virtual Task<Outcome<void>> put_document(Bucket bucket, std::string name,
                                           std::optional<std::string> document) = 0;

  virtual Task<Outcome<Written>> put(PutArgs args, ByteSource& body, BodyVerifier& verifier) = 0;
  // version_id: nullopt = current. Failures: kNoSuchKey, kNoSuchVersion, kDeleteMarker,
  // kMarkerVersion.
  virtual Task<Outcome<std::unique_ptr<OpenVersion>>> open(
      std::string bucket, std::string key, std::optional<std::string> version_id) = 0;
  // The same in a bucket that get_bucket() told of: its name is not looked for again.
  virtual Task<Outcome<std::unique_ptr<OpenVersion>>> open_in(
      meta::ShardId shard, std::string key, std::optional<std::string> version_id) = 0;
  // Removing a key or version that is not there succeeds, as in S3. Failures: kPreconditionFailed,
  // kConflict, kLocked.
  virtual Task<Outcome<Removed>> remove(RemoveArgs args) = 0;
  // Returns the version as it is now. Failures: kNoSuchKey, kNoSuchVersion, kDeleteMarker,
  // kMarkerVersion, kConflict (another stamp), kLocked.
  virtual Task<Outcome<Version>> amend(AmendArgs args) = 0;
  // One commit: the source goes, the key is its object now, and what was there is garbage.
  // Failures: kNoSuchKey, kBucketState (the bucket has or had versioning: a key's history stays
  // with it), kLocked, kTokenReused, kConflict, and those of `judge`.
  virtual Task<Outcome<void>> rename_object(RenameArgs args) = 0;
  virtual Task<Outcome<ListPage>> list(ListArgs args) = 0;
  virtual Task<Outcome<ListPage>> list_versions(ListVersionsArgs args) = 0;

  virtual Task<Outcome<Upload>> create_upload(CreateUpload args) = 0;
  virtual Task<Outcome<Upload>> get_upload(UploadRef upload) = 0;
  virtual Task<Outcome<Part>> put_part(UploadRef upload, int number,
                                       std::optional<std::uint64_t> size, ByteSource& body,
                                       BodyVerifier& verifier) = 0;
  virtual Task<Outcome<PartsPage>> list_parts(UploadRef upload, int after_number,
                                              std::size_t limit) = 0;
  virtual Task<Outcome<UploadsPage>> list_uploads(ListUploads args) = 0;
  // Atomic and idempotent: a second call with the same upload and parts answers the same.
  virtual Task<Outcome<Written>> complete_upload(CompleteArgs args) = 0;
  virtual Task<Outcome<void>> abort_upload(UploadRef upload) = 0;

  // adopt.h says what it does. Before the first sweep of this store. Failures: kStorage.
  virtual Task<Outcome<void>> adopt(AdoptArgs args) = 0;

  // One pass of the sweeper: blobs of fenced epochs' pending rows, garbage that nobody reads, rows
  // of ended uploads, half-deleted buckets. Returns how many blobs it discarded. Sleeps: for a
  // thread that serves nobody, and one pass at a time.
  virtual Task<Outcome<std::uint64_t>> sweep() = 0;
  // The same of garbage only, and mostly of what came since the last pass: to be called often.
  virtual Task<Outcome<std::uint64_t>> sweep_fresh() = 0;
  // For who reads rows and blobs beside the store (a backup, a check): take it first.
  virtual GarbageHold hold_garbage() = 0;
};

// Opens the object floor over an engine: raises the node epoch, so that pending rows of earlier
// runs are fenced. All references must outlive the store.
Task<Result<std::unique_ptr<Store>>> open_store(meta::Store& rows, blob::Store& blobs, Pool& pool,
                                                const Clock& clock, Rng& rng, StoreOptions options);

}  // namespace muzn::object
