#include "object/judge.h"

#include <fmt/core.h>

#include "codec/base64.h"

namespace muzn::object {
namespace {

constexpr std::size_t kMd5HexBytes = 32;

std::string etag_of(const std::vector<Part>& parts) {
  crypto::Hasher md5(crypto::Algorithm::kMd5);
  for (const Part& part : parts) md5.update(part.md5);
  return codec::hex_encode(md5.finish()) + "-" + std::to_string(parts.size());
}

// What the parts' checksums say of the whole's; "" when they say nothing.
std::string checksum_of(const std::vector<Part>& parts, const Checksum& whole) {
  crypto::Hasher composite(whole.algorithm);
  std::string combined;
  for (const Part& part : parts) {
    if (!part.checksum || part.checksum->algorithm != whole.algorithm) return {};
    const std::string& value = part.checksum->value;
    composite.update(value);
    if (!crypto::is_linear(whole.algorithm)) continue;
    combined = combined.empty()
                   ? value
                   : crypto::combine(whole.algorithm, combined, value, part.segment.size);
  }
  return whole.type == ChecksumType::kComposite ? composite.finish() : combined;
}

std::vector<crypto::Algorithm> algorithms(const Claim& claim) {
  std::vector<crypto::Algorithm> out;
  if (!claim.md5.empty()) out.push_back(crypto::Algorithm::kMd5);
  if (claim.checksum && claim.checksum->type == ChecksumType::kFullObject) {
    out.push_back(claim.checksum->algorithm);
  }
  return out;
}

void judge_digests(const crypto::HasherSet& hashers, const Claim& claim, Problems& out) {
  if (!claim.md5.empty() && hashers.get(crypto::Algorithm::kMd5) != claim.md5) {
    out.emplace_back("the bytes have another MD5 than their row says");
  }
  if (!claim.checksum || claim.checksum->type != ChecksumType::kFullObject) return;
  if (hashers.get(claim.checksum->algorithm) != claim.checksum->value) {
    out.push_back(fmt::format("the bytes have another {} than their row says",
                              crypto::aws_name(claim.checksum->algorithm)));
  }
}

// Why the blob can't be read from `from` on: which blocks are bad. "" when go_on() ended it.
std::string count_bad_blocks(blob::Reader& reader, const Segment& segment, std::uint64_t from,
                             std::string why, const BlobReads& reads) {
  std::uint64_t bad = 0;
  std::uint64_t first = from;
  for (std::uint64_t at = from; at < segment.size; at += blob::kBlockBytes) {
    const auto block = run_sync(reader.read(at, blob::kBlockBytes));
    if (!reads.go_on(block ? block->size() : 0)) return {};
    if (block && !block->empty()) continue;
    if (bad++ > 0) continue;
    first = at;
    if (!block) why = block.error().what;
  }
  return fmt::format("{}: {} of {} blocks can't be read, the first at offset {}: {}",
                     blob_text(segment.blob), bad,
                     (segment.size + blob::kBlockBytes - 1) / blob::kBlockBytes, first, why);
}

Problems judge_bytes(blob::Reader& reader, const BlobClaim& what, const BlobReads& reads) {
  crypto::HasherSet hashers(algorithms(what.claim));
  for (std::uint64_t offset = 0; offset < what.segment.size;) {
    const auto bytes = run_sync(reader.read(offset, reads.read_bytes));
    if (!bytes || bytes->empty()) {
      std::string text = count_bad_blocks(reader, what.segment, offset,
                                          bytes ? "no bytes" : bytes.error().what, reads);
      if (text.empty()) return {};
      return {std::move(text)};
    }
    hashers.update(*bytes);
    offset += bytes->size();
    if (!reads.go_on(bytes->size())) return {};
  }
  hashers.finish();
  Problems out;
  judge_digests(hashers, what.claim, out);
  return out;
}

}  // namespace

std::string blob_text(const blob::BlobId& blob) {
  return "blob " + codec::hex_encode(blob);
}

Claim claim_of(const Version& version) {
  Claim out;
  // ETags of bodies that came in one piece are their MD5.
  if (version.etag.size() == kMd5HexBytes && version.envelope.empty()) {
    out.md5 = codec::hex_decode(version.etag).value_or("");
  }
  out.checksum = version.checksum;
  return out;
}

std::vector<BlobClaim> blobs_of(const Version& version) {
  std::vector<BlobClaim> out;
  out.reserve(version.segments.size());
  const bool single = version.segments.size() == 1;
  for (const Segment& segment : version.segments) {
    out.push_back({segment, single ? claim_of(version) : Claim{}});
  }
  return out;
}

std::vector<BlobClaim> blobs_of(const std::vector<Part>& parts) {
  std::vector<BlobClaim> out;
  out.reserve(parts.size());
  for (const Part& part : parts) out.push_back({part.segment, {part.md5, part.checksum}});
  return out;
}

// One of four: nothing, an inline body, a manifest, segments.
bool contradicts_itself(const Version& version) {
  const int forms = (version.inline_body ? 1 : 0) + (version.part_count > 0 ? 1 : 0) +
                    (version.segments.empty() ? 0 : 1);
  return forms > 1 || (version.delete_marker && forms > 0);
}

Problems judge_segments(const Version& version) {
  std::uint64_t sum = 0;
  for (const Segment& segment : version.segments) sum += segment.size;
  if (sum == version.size) return {};
  return {fmt::format("its segments have {} bytes, its row says {}", sum, version.size)};
}

Problems judge_manifest(const Version& version, const std::vector<Part>& parts) {
  Problems out;
  std::uint64_t sum = 0;
  int previous = 0;
  for (const Part& part : parts) {
    if (part.number <= previous) out.emplace_back("its manifest's part numbers do not ascend");
    previous = part.number;
    sum += part.segment.size;
  }
  if (parts.size() != version.part_count || sum != version.size) {
    out.push_back(fmt::format("its manifest has {} parts of {} bytes, its row says {} of {}",
                              parts.size(), sum, version.part_count, version.size));
  }
  if (version.envelope.empty() && etag_of(parts) != version.etag) {
    out.emplace_back("its ETag is not that of its parts");
  }
  if (!version.checksum) return out;
  const std::string expected = checksum_of(parts, *version.checksum);
  if (!expected.empty() && expected != version.checksum->value) {
    out.emplace_back("its checksum is not that of its parts");
  }
  return out;
}

Problems judge_inline(const Version& version, std::string_view bytes, bool digests) {
  if (bytes.size() != version.size) {
    return {
        fmt::format("its inline body has {} bytes, its row says {}", bytes.size(), version.size)};
  }
  Problems out;
  if (!digests) return out;
  const Claim claim = claim_of(version);
  crypto::HasherSet hashers(algorithms(claim));
  hashers.update(bytes);
  hashers.finish();
  judge_digests(hashers, claim, out);
  return out;
}

Problems judge_blob(blob::Store& blobs, const BlobClaim& what, const BlobReads& reads) {
  const Segment& segment = what.segment;
  if (segment.size == 0) return {};
  if (segment.blob.size() != blob::kBlobIdBytes) return {"a blob id of the wrong length"};
  const auto reader = run_sync(blobs.open(segment.blob));
  if (!reader) {
    const bool gone = reader.error().code == Code::kNotFound;
    return {blob_text(segment.blob) + (gone ? " is missing" : ": " + reader.error().what)};
  }
  if ((*reader)->size() != segment.size) {
    return {fmt::format("{} has {} bytes, its row says {}", blob_text(segment.blob),
                        (*reader)->size(), segment.size)};
  }
  return reads.bytes ? judge_bytes(**reader, what, reads) : Problems{};
}

}  // namespace muzn::object
