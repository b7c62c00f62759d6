// Verifies a whole store: every row, every blob, and that they agree. Of a store that nobody else
// has open, or of one moment of a store that goes on (VerifyOptions::online). For tools; only
// reads. docs/formats/rows.md says what must hold.
//
// Judged: each row decodes and its key fits its value; bucket rows, owner index, intents and shard
// rows agree; inline bodies, manifests and creation rows belong to their versions and versions to
// them; sizes add up; MD5 and checksums of bodies, parts and manifests are what the rows say; the
// counters are the sum of the versions; every blob a reader may need is there, of the right size,
// and each of its blocks verifies; no blob is named twice; acts of control replay; rows of the log,
// the journal, the recorder and trails are such, and the log's root is that of its entries.
// Not judged: whether sealed secrets open; what was never written or is missing
// without a trace (a head that vanished with its body, creation row and count).
//
// An error never ends the walk. Memory: some 50 bytes for each blob.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "blob/file_listing.h"
#include "blob/store.h"
#include "control/trail.h"
#include "meta/store.h"

namespace muzn::object {

struct VerifyOptions {
  bool blobs = true;  // open each blob: it is there, with a whole footer and the right size
  bool bytes = true;  // and read it; also the digests of inline bodies
  // The store goes on meanwhile: `rows` are those of one moment, and blobs of this very run that
  // none of them names are new ones. REQUIRES a GarbageHold, taken before that moment.
  bool online = false;
};

struct Finding {
  bool is_error = true;  // or a warning: worth a look, but nothing that readers miss
  std::string bucket;    // "" = not in a bucket
  std::string key;       // "" = of the bucket or the store
  std::string version_id;
  std::string what;
};

struct BucketTotals {
  std::string name;
  std::string owner;
  std::uint64_t objects = 0;   // keys whose current version is no delete marker
  std::uint64_t versions = 0;  // with noncurrent ones and delete markers
  std::uint64_t bytes = 0;     // of all versions
  std::uint64_t uploads = 0;   // multipart uploads under way
};

struct VerifyTotals {
  std::uint64_t rows = 0;
  std::uint64_t acts = 0;
  std::uint64_t node_epoch = 0;
  std::uint64_t format = 0;
  std::uint64_t objects = 0;
  std::uint64_t versions = 0;
  std::uint64_t bytes = 0;
  std::uint64_t uploads = 0;
  std::uint64_t pending_rows = 0;
  std::uint64_t garbage_rows = 0;
  std::uint64_t live_blobs = 0;  // that versions and uploads under way need
  std::uint64_t live_blob_bytes = 0;
  std::uint64_t blobs = 0;         // files on disk
  std::uint64_t blob_bytes = 0;    // of these files, checksums included
  std::uint64_t unreferenced = 0;  // files that no row names
  std::uint64_t unreferenced_bytes = 0;
  std::uint64_t bytes_read = 0;  // of blobs, verified
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  bool stopped = false;               // by the listener
  std::vector<BucketTotals> buckets;  // by name
  // By the number of a volume that is down: blobs on it that versions and uploads need.
  std::map<std::uint8_t, std::uint64_t> unreachable;
};

class VerifyListener {
 public:
  virtual ~VerifyListener() = default;
  virtual void found(const Finding& finding) = 0;
  // Now and then (at least each few MiB).
  virtual void progress(const VerifyTotals& so_far) = 0;
  // Asked after each progress(): false ends the walk, and nothing more is found.
  virtual bool go_on() { return true; }
};

// What was found among rows of a floor above this one.
struct OtherRows {
  std::uint64_t rows = 0;
  std::vector<std::string> errors;  // for people
  std::vector<std::string> warnings;
};

// All borrowed.
struct VerifyArgs {
  meta::Store& rows;
  blob::Store& blobs;
  // Checksums of the rows at rest; called once, first. May be empty.
  std::function<Result<void>()> verify_tables;
  // The first shard from the given one on that has a row.
  std::function<Result<std::optional<meta::ShardId>>(meta::ShardId)> next_shard;
  // As blob::list_blob_files(); called once, last.
  std::function<Result<void>(const blob::FileListing&)> list_blobs;
  // Judges the rows of audit::kTrailShard by the trails that acts leave (nullptr: that is not
  // known); called once.
  std::function<OtherRows(meta::Store&, const control::Trails*)> judge_trails;
  VerifyOptions options;
  // When set, called for each blob that a version, manifest or upload under way needs, in place of
  // opening it: what copies a store. A text is what is wrong with that blob; it becomes an error of
  // its object.
  std::function<std::optional<std::string>(const blob::BlobId& blob, std::uint64_t size)> take;
};

// Blocks.
VerifyTotals verify(const VerifyArgs& args, VerifyListener& listener);

}  // namespace muzn::object
