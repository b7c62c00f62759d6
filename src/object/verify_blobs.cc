#include "object/verify_blobs.h"

#include <fmt/core.h>

#include "codec/varint.h"

namespace muzn::object {

VerifyBlobs::Id VerifyBlobs::to_id(const blob::BlobId& blob) {
  codec::FieldReader reader(blob);
  Id out;
  out.epoch = reader.be64().value_or(0);
  out.random = reader.be64().value_or(0);
  return out;
}

// Blobs of earlier runs were all there at the moment of the rows.
bool VerifyBlobs::may_be_new(const blob::BlobId& blob) const {
  // The first byte is no part of the epoch's number.
  constexpr std::uint64_t kEpochBits = ~std::uint64_t{0} >> 8U;
  return options_.online && (to_id(blob).epoch & kEpochBits) >= report_.totals.node_epoch;
}

void VerifyBlobs::name(const Place& place, const blob::BlobId& blob) {
  if (named_.insert(to_id(blob)).second) return;
  report_.error(place, blob_text(blob) + " is named by another row, too");
}

void VerifyBlobs::release(const Place& place, const blob::BlobId& blob) {
  if (blob.size() == blob::kBlobIdBytes) return name(place, blob);
  report_.error(place, "a blob id of the wrong length");
}

void VerifyBlobs::need(const Place& place, const BlobClaim& what) {
  const Segment& segment = what.segment;
  if (segment.size == 0) return;
  if (segment.blob.size() != blob::kBlobIdBytes) {
    return report_.error(place, "a blob id of the wrong length");
  }
  name(place, segment.blob);
  ++report_.totals.live_blobs;
  report_.totals.live_blob_bytes += segment.size;
  if (!options_.blobs || report_.stopped()) return;
  if (take_) {
    if (const auto wrong = take_(segment.blob, segment.size)) {
      report_.error(place, blob_text(segment.blob) + ": " + *wrong);
    }
    return report_.progress();
  }
  BlobReads reads;
  reads.bytes = options_.bytes;
  reads.go_on = [this](std::uint64_t bytes) {
    report_.totals.bytes_read += bytes;
    report_.progress();
    return !report_.stopped();
  };
  report_.errors(place, judge_blob(blobs_, what, reads));
  report_.progress();
}

void VerifyBlobs::judge_files(
    const std::function<Result<void>(const blob::FileListing&)>& list_blobs) {
  VerifyTotals& totals = report_.totals;
  blob::FileListing visit;
  visit.blob = [&](const blob::BlobId& blob, std::uint64_t file_bytes) {
    ++totals.blobs;
    totals.blob_bytes += file_bytes;
    if (named_.contains(to_id(blob)) || may_be_new(blob)) return;
    ++totals.unreferenced;
    totals.unreferenced_bytes += file_bytes;
    report_.warning(
        {}, fmt::format("{} ({} bytes on disk) is named by no row", blob_text(blob), file_bytes));
  };
  visit.stranger = [&](const std::string& name, const std::string& why) {
    report_.warning({}, "blobs/" + name + ": " + why);
  };
  const auto listed = list_blobs(visit);
  if (!listed) report_.error({}, "the blobs can't be listed: " + listed.error().what);
}

}  // namespace muzn::object
