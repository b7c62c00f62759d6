#include "object/uploads.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/varint.h"
#include "object/row_keys.h"

namespace muzn::object {
namespace {

constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kIdBytes = 2 * (8 + kRandomBytes);
constexpr std::size_t kScanRows = 1000;

}  // namespace

std::string new_upload_id(Engine& engine, Time initiated) {
  std::string raw;
  codec::put_be64(raw, static_cast<std::uint64_t>(to_micros(initiated)));
  return codec::hex_encode(raw.append(engine.rng.bytes(kRandomBytes)));
}

bool is_upload_id(const std::string& id) {
  return id.size() == kIdBytes && std::ranges::all_of(id, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Task<Outcome<StoredUpload>> find_upload(Engine& engine, meta::ShardId shard, UploadRef upload) {
  if (!is_upload_id(upload.upload_id)) co_return fault(Fault::kNoSuchUpload, upload.upload_id);
  CO_TRY(auto found, co_await engine.rows.get(shard, row::upload(upload.key, upload.upload_id)));
  if (!found) co_return fault(Fault::kNoSuchUpload, upload.upload_id);
  CO_TRY(row::UploadRow decoded, row::decode_upload(*found));
  co_return StoredUpload{std::move(decoded), std::move(*found)};
}

void stage_part_bytes(Engine& engine, meta::Commit& commit, const row::UploadRow& upload,
                      std::int64_t bytes) {
  if (!upload.counts || bytes == 0) return;
  commit.add(row::counters(engine.epoch),
             row::encode_counters({.objects = 0, .bytes = 0, .part_bytes = bytes}));
}

void stage_release(Engine& engine, meta::Commit& commit, const row::UploadRow& upload,
                   const std::vector<Part>& stored, row::Done& done) {
  if (!upload.counts) return;
  done.counts = true;
  std::int64_t bytes = 0;
  for (const Part& part : stored) {
    bytes += static_cast<std::int64_t>(part.segment.size);
    if (!std::ranges::binary_search(done.used_parts, part.number)) {
      done.released_parts.push_back(part.number);
    }
  }
  stage_part_bytes(engine, commit, upload, -bytes);
}

Task<Outcome<std::vector<Part>>> scan_parts(Engine& engine, meta::ShardId shard, UploadRef upload,
                                            int after_number, std::size_t limit) {
  std::string from = row::part(upload.key, upload.upload_id, after_number + 1);
  const std::string to = meta::after_prefix(row::part_prefix(upload.key, upload.upload_id));
  std::vector<Part> out;
  while (out.size() < limit) {
    const std::size_t batch = std::min(kScanRows, limit - out.size());
    CO_TRY(const auto rows, co_await engine.rows.scan(shard, from, to, batch));
    for (const meta::Row& one : rows) {
      CO_TRY(Part part, row::decode_part(one.value));
      out.push_back(std::move(part));
    }
    if (rows.size() < batch) break;
    from = rows.back().key + '\0';
  }
  co_return out;
}

}  // namespace muzn::object
