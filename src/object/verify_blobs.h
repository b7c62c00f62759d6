// The bytes' side of verify(): who names which blob, and what judge.h says of it. Internal to
// object/.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_set>

#include "blob/file_listing.h"
#include "object/judge.h"
#include "object/verify_report.h"

namespace muzn::object {

class VerifyBlobs {
 public:
  // `args` and `report` are borrowed.
  VerifyBlobs(const VerifyArgs& args, VerifyReport& report)
      : blobs_(args.blobs), options_(args.options), take_(args.take), report_(report) {}

  // A row that readers follow names this blob: it must be there and be what the row says.
  void need(const Place& place, const BlobClaim& what);
  // A row that waits for the sweeper names it: it may be half written or gone.
  void release(const Place& place, const blob::BlobId& blob);
  const VerifyOptions& options() const { return options_; }
  // Files that no row named. REQUIRES that all rows were walked.
  void judge_files(const std::function<Result<void>(const blob::FileListing&)>& list_blobs);

 private:
  struct Id {
    std::uint64_t epoch = 0;
    std::uint64_t random = 0;
    bool operator==(const Id&) const = default;
  };
  struct HashId {
    std::size_t operator()(const Id& id) const { return id.random ^ id.epoch << 1U; }
  };
  static Id to_id(const blob::BlobId& blob);
  bool may_be_new(const blob::BlobId& blob) const;
  void name(const Place& place, const blob::BlobId& blob);

  blob::Store& blobs_;
  const VerifyOptions options_;
  const decltype(VerifyArgs::take)& take_;
  VerifyReport& report_;
  std::unordered_set<Id, HashId> named_;
};

}  // namespace muzn::object
