#include "server/promises.h"

#include <utility>

#include "audit/outbox_row.h"

namespace muzn::server {
namespace {

constexpr int kUsualStatus = 200;  // of a request that succeeds, unless its handler says otherwise

}  // namespace

const std::string& CarriedRecord::handle() {
  if (!handle_) handle_ = promises_ == nullptr ? std::string() : promises_->wants(record_);
  return *handle_;
}

Result<void> CarriedRecord::begin() {
  if (handle().empty()) return {};
  return promises_->has_room();
}

std::string CarriedRecord::row(std::string_view version_id) {
  if (handle().empty()) return "";
  // What is known now, of an answer that says that it was done; the rest is as it was.
  const int status = record_.status;
  const std::string version = record_.version_id;
  if (status == 0) record_.status = kUsualStatus;
  if (!version_id.empty()) record_.version_id = version_id;
  record_.bytes_in = bytes_in_;
  record_.duration_micros = clock_.monotonic_micros() - start_micros_;
  line_ = audit::to_json(record_);
  record_.status = status;
  record_.version_id = version;
  return audit::encode_outbox(handle(), line_);
}

void CarriedRecord::kept(meta::ShardId shard, std::string row_key) {
  entry_leaf_ = merkle::leaf_hash(line_);
  is_kept_ = true;
  promises_->add({.shard = shard,
                  .row_key = std::move(row_key),
                  .handle = handle(),
                  .entry = {.line = std::move(line_), .hash = entry_leaf_}});
}

}  // namespace muzn::server
