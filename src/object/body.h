// Reads a request body to its end: counts, digests, and keeps it in memory or in a sealed blob.
// Internal to object/.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "object/pending.h"

namespace muzn::object {

struct Body {
  std::uint64_t size = 0;
  std::string md5;                   // raw
  std::string inline_bytes;          // all bytes, when there is no pending blob
  std::optional<Pending> pending;    // sealed, not published
  std::optional<Checksum> checksum;  // what the verifier said to store
  std::optional<crypto::HasherSet> digests;

  Segment segment() const { return {pending ? pending->blob : blob::BlobId(), size}; }
};

struct BodyArgs {
  std::optional<std::uint64_t> size;      // declared
  std::uint64_t size_max = 0;             // kEntityTooLarge past it
  std::size_t inline_max = 0;             // up to this many bytes stay in memory
  std::vector<crypto::Algorithm> wanted;  // besides MD5 and what the verifier wants
  // The label of the blob, when there is one: called with all that is known once it is whole.
  std::function<std::string(const Body&)> label;
};

// On failure nothing is left behind. Failures: kEntityTooLarge, kIncompleteBody, kRejected, what
// the verifier says, kNoSuchBucket, kResidency, kStorage.
Task<Outcome<Body>> receive_body(Engine& engine, OpenShard& shard, BodyArgs args,
                                 ByteSource& source, BodyVerifier& verifier);

}  // namespace muzn::object
