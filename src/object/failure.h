// What can go wrong in the object floor; each fault is one that a protocol answers differently.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/time.h"

namespace muzn::object {

enum class Fault : std::uint8_t {
  kNoSuchBucket,
  kBucketExists,  // another account owns that name
  kBucketOwnedByYou,
  kBucketNotEmpty,
  kNoSuchKey,
  kNoSuchVersion,
  kDeleteMarker,   // the current version is a delete marker
  kMarkerVersion,  // the version that was asked for by its id is one
  kNoSuchUpload,
  kInvalidPart,  // Complete names a part that is missing or has another ETag or checksum
  kInvalidPartOrder,
  kEntityTooSmall,  // a part but the last is under 5 MiB
  kEntityTooLarge,
  kQuota,               // more than the caller said there is room for
  kPreconditionFailed,  // If-Match / If-None-Match on a write
  kConflict,            // concurrent conditional writes: retry
  kLocked,              // Object Lock forbids it
  kResidency,           // a rule of where bytes may lie forbids it; `what` names the rule
  kBucketState,         // of the bucket: Object Lock without versioning, a rename with it
  kTokenReused,         // a request's token was used for another one
  kIncompleteBody,      // the body ended early
  kBadDigest,           // a checksum does not match the body
  kRejected,            // the body verifier refused; `what` is the protocol's own code
  kStorage,             // `code` tells (kNoSpace, kUnavailable, kCorrupt, kTimeout, ...)
};

struct [[nodiscard]] Failure {
  Fault fault = Fault::kStorage;
  Code code = Code::kInternal;  // when kStorage
  std::string what;
  int part_number = 0;  // when about one part
  struct Marker {
    std::string version_id;  // "" = the null version
    Time modified;
  };
  std::optional<Marker> marker;  // of kDeleteMarker and kMarkerVersion

  Failure(Fault f, std::string text) : fault(f), what(std::move(text)) {}
  // Implicit, so that CO_TRY passes engine errors on.
  Failure(Error error) : code(error.code), what(std::move(error.what)) {}
};

template <class T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> fault(Fault f, std::string text) {
  return std::unexpected<Failure>(Failure(f, std::move(text)));
}

}  // namespace muzn::object
