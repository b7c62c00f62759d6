// What a scrub says of one row of a bucket's shard, and of the bytes that it names.
#include "audit/outbox_row.h"
#include "codec/base64.h"
#include "codec/varint.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/scrub_pass.h"

namespace muzn::object {
namespace {

// Small ones, so that clients' reads do not wait behind one, and that a stop is prompt.
constexpr std::size_t kReadBytes = 4 * blob::kBlockBytes;

}  // namespace

ScrubPass::Verdict ScrubPass::judge_row(const meta::Row& row) {
  Verdict out;
  const auto decodes = [&](const auto& decoded, const char* kind) {
    if (!decoded) out.add(std::string(kind) + " row: " + decoded.error().what);
  };
  switch (row.key[0]) {
    case row::kHeadTag:
      judge_head(row, out);
      break;
    case row::kVersionTag:
      judge_noncurrent(row, out);
      break;
    case row::kUploadTag:
      judge_upload(row, out);
      break;
    case row::kPartTag:
      judge_part(row, out);
      break;
    case row::kDoneTag:
      decodes(row::decode_done(row.value), "done");
      break;
    case row::kCounterTag:
      decodes(row::decode_counters(row.value), "counter");
      break;
    case row::kGarbageTag:
      decodes(row::decode_garbage(row.value), "garbage");
      break;
    case row::kPendingTag:
      decodes(row::decode_pending(row.value), "pending");
      break;
    case row::kDocumentTag:
      decodes(row::decode_document(row.value), "document");
      break;
    case row::kRenameTag:
      decodes(row::decode_renamed(row.value), "rename");
      break;
    case row::kRecordTag:
      decodes(audit::decode_outbox(row.value), "record");
      break;
    case row::kShardTag: {
      const auto shard = row::decode_shard(row.value);
      decodes(shard, "shard");
      if (shard && shard->bucket_id != bucket_id_) out.add("its shard row is another bucket's");
      break;
    }
    default:
      break;
  }
  return out;
}

void ScrubPass::judge_head(const meta::Row& row, Verdict& out) {
  const auto key = row::unescape(std::string_view(row.key).substr(1));
  if (!key || !key->rest.empty()) return out.add("a key of tag H is none");
  out.key = key->key;
  const auto version = row::decode_version(row.value);
  if (!version) return out.add("its head row: " + version.error().what);
  judge_version(*version, out);
}

void ScrubPass::judge_noncurrent(const meta::Row& row, Verdict& out) {
  const auto key = row::unescape(std::string_view(row.key).substr(1));
  codec::FieldReader rest(key ? key->rest : std::string_view());
  const auto stamp = rest.be64();
  if (!key || !stamp || !rest.at_end()) return out.add("a key of tag V is none");
  out.key = key->key;
  const auto version = row::decode_version(row.value);
  if (!version) return out.add("a noncurrent version: " + version.error().what);
  if (version->stamp != ~*stamp) out.add("a noncurrent version has another stamp");
  judge_version(*version, out);
}

void ScrubPass::judge_upload(const meta::Row& row, Verdict& out) {
  const auto at = row::parse_upload(std::string_view(row.key).substr(1));
  if (!at) return out.add("upload row: " + at.error().what);
  out.key = at->key;
  const auto decoded = row::decode_upload(row.value);
  if (!decoded) return out.add("upload row: " + decoded.error().what);
  if (decoded->upload.key != at->key || decoded->upload.id != at->upload_id) {
    out.add("an upload row is another upload's");
  }
}

void ScrubPass::judge_part(const meta::Row& row, Verdict& out) {
  constexpr std::size_t kNumberBytes = 2;
  if (row.key.size() < 1 + kNumberBytes) return out.add("a part row's key is cut short");
  const auto at =
      row::parse_upload(std::string_view(row.key).substr(1, row.key.size() - 1 - kNumberBytes));
  const auto number = row::parse_part_number(row.key);
  if (!at || !number) return out.add("a part row's key is none");
  out.key = at->key;
  const auto part = row::decode_part(row.value);
  if (!part) return out.add("part row: " + part.error().what);
  if (part->number != *number) out.add("a part row is another part's");
  // Parts of an ended upload are their manifest's, or the sweeper's.
  const auto upload = read(shard_, row::upload(at->key, at->upload_id));
  if (!upload) return out.add("a row can't be read: " + upload.error().what);
  if (!*upload) return;
  out.is_object = true;
  judge_blobs({{part->segment, {part->md5, part->checksum}}}, out);
}

void ScrubPass::judge_version(const Version& version, Verdict& out) {
  out.version_id = version.version_id;
  if (contradicts_itself(version)) {
    return out.add("its row says contradictory things of where its bytes are");
  }
  out.is_object = !version.delete_marker;
  if (version.inline_body) return judge_inline_body(version, out);
  if (version.part_count > 0) return judge_parts(version, out);
  for (std::string& what : judge_segments(version)) out.add(std::move(what));
  judge_blobs(blobs_of(version), out);
}

std::optional<std::string> ScrubPass::need(std::string row_key, const char* absent, Verdict& out) {
  auto found = read(shard_, row_key);
  if (!found) {
    out.add("a row can't be read: " + found.error().what);
    return std::nullopt;
  }
  if (!*found) out.add(absent);
  return std::move(*found);
}

void ScrubPass::judge_inline_body(const Version& version, Verdict& out) {
  const auto bytes = need(row::body(out.key, version.stamp), "its inline body is missing", out);
  if (!bytes) return;
  for (std::string& what : judge_inline(version, *bytes)) out.add(std::move(what));
}

void ScrubPass::judge_parts(const Version& version, Verdict& out) {
  const auto found = need(row::manifest(out.key, version.stamp), "its manifest is missing", out);
  if (!found) return;
  const auto parts = row::decode_manifest(*found);
  if (!parts) return out.add("its manifest: " + parts.error().what);
  for (std::string& what : judge_manifest(version, *parts)) out.add(std::move(what));
  judge_blobs(blobs_of(*parts), out);
}

void ScrubPass::judge_blobs(const std::vector<BlobClaim>& blobs, Verdict& out) {
  BlobReads reads;
  reads.read_bytes = kReadBytes;
  reads.go_on = [this](std::uint64_t bytes) { return spend(bytes, 0); };
  for (const BlobClaim& blob : blobs) {
    if (blob.segment.size == 0) continue;
    // On a volume that is down, which is told by itself. Of a wrong id judge_blob() speaks.
    const bool is_id = blob.segment.blob.size() == blob::kBlobIdBytes;
    if (is_id && !blobs_.check_up(blob.segment.blob)) continue;
    if (!spend(0, kOpenOverhead)) return;
    for (std::string& what : judge_blob(blobs_, blob, reads)) {
      out.problems.push_back({std::move(what), codec::hex_encode(blob.segment.blob)});
    }
    if (stopped_) return;
  }
}

}  // namespace muzn::object
