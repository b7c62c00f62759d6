// Gives blobs that no row names back to the keys that their labels name, after rows were lost. For
// tools, on a store that serves nobody.
//
// What it can't know: whether what a label says was ever published, and whether it was deleted or
// replaced since by a row that is lost, too. So it never runs by itself, takes only what was
// written since a given time, never replaces a version that is newer than the label, and tells each
// thing that it did.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"
#include "blob/file_listing.h"
#include "object/failure.h"

namespace muzn::object {

enum class Adoption : std::uint8_t {
  kObject,     // is the current version of its key again; with versioning, perhaps under newer ones
  kPart,       // is a part of its upload again, which is open
  kCompleted,  // an upload whose parts 1 to n are all there was completed
  kOlder,      // the key has a newer version, or another blob is newer
  kElsewhere,  // its bucket is gone, or another bucket has its name, or its upload has ended
  kUnlabelled,  // nothing says whose it is
  kUnreadable,  // its footer or label is broken
};
const char* to_text(Adoption what);  // "object", "part", ...

struct AdoptEvent {
  Adoption what = Adoption::kObject;
  blob::BlobId blob;  // "" of kCompleted
  std::string bucket;
  std::string key;
  std::string upload_id;  // of kPart, kCompleted
  int part_number = 0;    // of kPart
  std::uint64_t size = 0;
  Time written;  // as the label says
};

struct AdoptArgs {
  // Blobs of labels that are older stay what they are.
  Time since;
  // Who owns buckets and objects; "" = whom the labels name. For when the accounts are lost, too.
  std::string owner;
  std::string region;  // of buckets that are made
  // Makes the buckets that labels name and that are not there. Otherwise kElsewhere.
  bool create_buckets = false;
  bool complete_uploads = false;
  bool apply = false;  // otherwise only tells what it would do (kCompleted not among it)
  std::function<Result<void>(const blob::FileListing&)> list_blobs;
  std::function<void(const AdoptEvent&)> tell;
};

}  // namespace muzn::object
