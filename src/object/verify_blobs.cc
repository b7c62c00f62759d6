#include "object/verify_blobs.h"

#include <fmt/core.h>

#include <algorithm>

#include "codec/base64.h"
#include "codec/varint.h"

namespace muzn::object {
namespace {

constexpr std::uint64_t kReadBytes = 16 * blob::kBlockBytes;

std::vector<crypto::Algorithm> algorithms(const VerifyBlobs::Claim& claim) {
  std::vector<crypto::Algorithm> out;
  if (!claim.md5.empty()) out.push_back(crypto::Algorithm::kMd5);
  if (claim.checksum && claim.checksum->type == ChecksumType::kFullObject) {
    out.push_back(claim.checksum->algorithm);
  }
  return out;
}

std::string text(const blob::BlobId& blob) {
  return "blob " + codec::hex_encode(blob);
}

}  // namespace

VerifyBlobs::Id VerifyBlobs::to_id(const blob::BlobId& blob) {
  codec::FieldReader reader(blob);
  Id out;
  out.origin = reader.be64().value_or(0);
  out.random = reader.be64().value_or(0);
  return out;
}

void VerifyBlobs::name(const Place& place, const blob::BlobId& blob) {
  if (named_.insert(to_id(blob)).second) return;
  report_.error(place, text(blob) + " is named by another row, too");
}

void VerifyBlobs::release(const Place& place, const blob::BlobId& blob) {
  if (blob.size() == blob::kBlobIdBytes) return name(place, blob);
  report_.error(place, "a blob id of the wrong length");
}

void VerifyBlobs::need(const Place& place, const Segment& segment, const Claim& claim) {
  if (segment.size == 0) return;
  if (segment.blob.size() != blob::kBlobIdBytes) {
    return report_.error(place, "a blob id of the wrong length");
  }
  name(place, segment.blob);
  ++report_.totals.live_blobs;
  report_.totals.live_blob_bytes += segment.size;
  if (!options_.blobs) return;
  const auto reader = run_sync(blobs_.open(segment.blob));
  if (!reader) {
    if (!blobs_.check_up(segment.blob)) {
      ++report_.totals.unreachable[blob::volume_of(segment.blob)];
    }
    const bool gone = reader.error().code == Code::kNotFound;
    return report_.error(place,
                         text(segment.blob) + (gone ? " is missing" : ": " + reader.error().what));
  }
  if ((*reader)->size() != segment.size) {
    return report_.error(place, fmt::format("{} has {} bytes, its row says {}", text(segment.blob),
                                            (*reader)->size(), segment.size));
  }
  if (options_.bytes) judge_bytes(place, segment, **reader, claim);
  report_.progress();
}

void VerifyBlobs::judge_bytes(const Place& place, const Segment& segment, blob::Reader& reader,
                              const Claim& claim) {
  crypto::HasherSet hashers(algorithms(claim));
  for (std::uint64_t offset = 0; offset < segment.size;) {
    const auto bytes = read(place, segment, reader, offset);
    if (!bytes) return;
    hashers.update(*bytes);
    offset += bytes->size();
    report_.totals.bytes_read += bytes->size();
    report_.progress();
  }
  hashers.finish();
  judge_digests(place, hashers, claim);
}

std::optional<std::string> VerifyBlobs::read(const Place& place, const Segment& segment,
                                             blob::Reader& reader, std::uint64_t offset) {
  auto bytes = run_sync(reader.read(offset, kReadBytes));
  if (bytes && !bytes->empty()) return std::move(*bytes);
  std::uint64_t bad = 0;
  std::uint64_t first = offset;
  std::string why = bytes ? "no bytes" : bytes.error().what;
  const std::uint64_t from = offset;
  for (std::uint64_t at = from; at < segment.size; at += blob::kBlockBytes) {
    const auto block = run_sync(reader.read(at, blob::kBlockBytes));
    if (block && !block->empty()) continue;
    if (bad++ > 0) continue;
    first = at;
    if (!block) why = block.error().what;
  }
  report_.error(
      place, fmt::format("{}: {} of {} blocks can't be read, the first at offset {}: {}",
                         text(segment.blob), bad,
                         (segment.size + blob::kBlockBytes - 1) / blob::kBlockBytes, first, why));
  return std::nullopt;
}

void VerifyBlobs::judge_inline(const Place& place, std::string_view bytes, const Claim& claim) {
  if (!options_.bytes) return;
  crypto::HasherSet hashers(algorithms(claim));
  hashers.update(bytes);
  hashers.finish();
  judge_digests(place, hashers, claim);
}

void VerifyBlobs::judge_digests(const Place& place, const crypto::HasherSet& hashers,
                                const Claim& claim) {
  if (!claim.md5.empty() && hashers.get(crypto::Algorithm::kMd5) != claim.md5) {
    report_.error(place, "the bytes have another MD5 than their row says");
  }
  if (!claim.checksum || claim.checksum->type != ChecksumType::kFullObject) return;
  if (hashers.get(claim.checksum->algorithm) != claim.checksum->value) {
    report_.error(place, fmt::format("the bytes have another {} than their row says",
                                     crypto::aws_name(claim.checksum->algorithm)));
  }
}

void VerifyBlobs::judge_files(
    const std::function<Result<void>(const blob::FileListing&)>& list_blobs) {
  VerifyTotals& totals = report_.totals;
  blob::FileListing visit;
  visit.blob = [&](const blob::BlobId& blob, std::uint64_t file_bytes) {
    ++totals.blobs;
    totals.blob_bytes += file_bytes;
    if (named_.contains(to_id(blob))) return;
    ++totals.unreferenced;
    totals.unreferenced_bytes += file_bytes;
    report_.warning(
        {}, fmt::format("{} ({} bytes on disk) is named by no row", text(blob), file_bytes));
  };
  visit.stranger = [&](const std::string& name, const std::string& why) {
    report_.warning({}, "blobs/" + name + ": " + why);
  };
  const auto listed = list_blobs(visit);
  if (!listed) report_.error({}, "the blobs can't be listed: " + listed.error().what);
}

}  // namespace muzn::object
