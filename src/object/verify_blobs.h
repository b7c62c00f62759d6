// The bytes' side of verify(): who names which blob, and whether it is what its row says. Internal
// to object/.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "blob/file_listing.h"
#include "object/model.h"
#include "object/verify_report.h"

namespace muzn::object {

class VerifyBlobs {
 public:
  VerifyBlobs(blob::Store& blobs, VerifyOptions options, VerifyReport& report)
      : blobs_(blobs), options_(options), report_(report) {}

  // What a row says of some bytes.
  struct Claim {
    std::string md5;                   // raw; "" = not known
    std::optional<Checksum> checksum;  // judged when it is of the whole
  };

  // A row that readers follow names this blob: it must be there and be what the row says.
  void need(const Place& place, const Segment& segment, const Claim& claim);
  // A row that waits for the sweeper names it: it may be half written or gone.
  void release(const Place& place, const blob::BlobId& blob);
  // The bytes of an inline body.
  void judge_inline(const Place& place, std::string_view bytes, const Claim& claim);
  // Files that no row named. REQUIRES that all rows were walked.
  void judge_files(const std::function<Result<void>(const blob::FileListing&)>& list_blobs);

 private:
  // All of a blob's id, in half the memory.
  struct Id {
    std::uint64_t origin = 0;  // volume and epoch
    std::uint64_t random = 0;
    bool operator==(const Id&) const = default;
  };
  struct HashId {
    std::size_t operator()(const Id& id) const { return id.random ^ id.origin << 1U; }
  };
  static Id to_id(const blob::BlobId& blob);
  void name(const Place& place, const blob::BlobId& blob);
  void judge_bytes(const Place& place, const Segment& segment, blob::Reader& reader,
                   const Claim& claim);
  // Bytes of the stretch, or nothing when a block is bad, which is told.
  std::optional<std::string> read(const Place& place, const Segment& segment, blob::Reader& reader,
                                  std::uint64_t offset);
  void judge_digests(const Place& place, const crypto::HasherSet& hashers, const Claim& claim);

  blob::Store& blobs_;
  const VerifyOptions options_;
  VerifyReport& report_;
  std::unordered_set<Id, HashId> named_;
};

}  // namespace muzn::object
