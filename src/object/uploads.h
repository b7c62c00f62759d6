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

// Parts with number > after_number, ascending, at most `limit`.
Task<Outcome<std::vector<Part>>> scan_parts(Engine& engine, meta::ShardId shard, UploadRef upload,
                                            int after_number, std::size_t limit);

}  // namespace muzn::object
