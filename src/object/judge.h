// What rows say of bytes, held against the bytes: what verify() and scrub() have in common. All but
// judge_blob() is pure. Internal to object/.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "blob/store.h"
#include "object/model.h"

namespace muzn::object {

using Problems = std::vector<std::string>;  // for people; empty: all is well

// What a row says of some bytes.
struct Claim {
  std::string md5;                   // raw; "" = not known
  std::optional<Checksum> checksum;  // judged when it is of the whole
};
// The claim on the bytes of a version that came in one piece.
Claim claim_of(const Version& version);

// What a row that readers follow says of one blob.
struct BlobClaim {
  Segment segment;  // nothing to judge when its size is 0
  Claim claim;
};
// Of the version's own segments, and of a manifest's parts.
std::vector<BlobClaim> blobs_of(const Version& version);
std::vector<BlobClaim> blobs_of(const std::vector<Part>& parts);

// Whether a version says more than one thing of where its bytes are: then none of it can be judged.
bool contradicts_itself(const Version& version);
// The sizes of a version's own segments. REQUIRES that these hold its bytes.
Problems judge_segments(const Version& version);
// The parts that the manifest of a version lists.
Problems judge_manifest(const Version& version, const std::vector<Part>& parts);
// The bytes of an inline body; without `digests` only how many.
Problems judge_inline(const Version& version, std::string_view bytes, bool digests = true);

// "blob 0f...".
std::string blob_text(const blob::BlobId& blob);

struct BlobReads {
  bool bytes = true;  // or only: it is there, with a whole footer and the right size
  std::size_t read_bytes = 16 * blob::kBlockBytes;
  // Called after each read, with what it read; false ends the judging.
  std::function<bool(std::uint64_t)> go_on = [](std::uint64_t) { return true; };
};
// Blocks. Nothing is told of what comes behind an end by go_on().
Problems judge_blob(blob::Store& blobs, const BlobClaim& claim, const BlobReads& reads);

}  // namespace muzn::object
