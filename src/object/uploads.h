// Upload and part rows: reading them. Internal to object/.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "object/row_values.h"
#include "object/shard.h"

namespace muzn::object {

// Upload ids are made here: 16 hex digits of the time of initiation, so that they sort by it, and
// 32 of randomness. Others are refused before they reach a row key.
std::string new_upload_id(Engine& engine, Time initiated);
bool is_upload_id(const std::string& id);

struct StoredUpload {
  row::UploadRow row;
  std::string raw;  // as read: what commits compare
};
// Failures: kNoSuchUpload.
Task<Outcome<StoredUpload>> find_upload(Engine& engine, meta::ShardId shard, UploadRef upload);

// Tells the counters of a change in what the upload's parts hold.
void stage_part_bytes(Engine& engine, meta::Commit& commit, const row::UploadRow& upload,
                      std::int64_t bytes);
// The same of all its parts, which are `stored`, and the end of the upload: `done` has its used
// parts. REQUIRES that the commit compares the upload's row as it was before `stored` was read.
void stage_release(Engine& engine, meta::Commit& commit, const row::UploadRow& upload,
                   const std::vector<Part>& stored, row::Done& done);

// Parts with number > after_number, ascending, at most `limit`.
Task<Outcome<std::vector<Part>>> scan_parts(Engine& engine, meta::ShardId shard, UploadRef upload,
                                            int after_number, std::size_t limit);

}  // namespace muzn::object
