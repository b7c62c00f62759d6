#include "server/backup_walk.h"

#include "trail/verify.h"

namespace muzn::server {
namespace {

// Stands between the walk and who asked for it: ends the walk when the copy can't go on, and notes
// which objects the bad blobs are of.
class Copying final : public object::VerifyListener {
 public:
  Copying(blob::Store& from, blob::Archive& to, BackupListener& listener, CopyWalk& out)
      : from_(from), to_(to), listener_(listener), out_(out) {}

  std::optional<std::string> take(const blob::BlobId& blob, std::uint64_t size) {
    taking_ = false;
    if (out_.failed) return std::nullopt;
    if (to_.has(blob, size)) {
      ++out_.counts.present;
      return std::nullopt;
    }
    const auto copied = to_.add(blob, size, from_);
    if (!copied) {
      out_.failed = copied.error();
      return std::nullopt;
    }
    if (copied->bad) {
      taking_ = true;  // found() is next, and of this blob
      return copied->bad->what;
    }
    ++out_.counts.blobs;
    out_.counts.bytes += copied->bytes;
    return std::nullopt;
  }

  void found(const object::Finding& finding) override {
    if (taking_) {
      taking_ = false;
      ++out_.lost_count;
      if (out_.lost.size() < kLostMax) {
        out_.lost.push_back({finding.bucket, finding.key, finding.version_id, finding.what});
      }
    }
    listener_.found(finding);
  }
  void progress(const object::VerifyTotals& so_far) override {
    listener_.copied(out_.counts);
    listener_.progress(so_far);
  }
  bool go_on() override { return !out_.failed && listener_.go_on(); }

 private:
  blob::Store& from_;
  blob::Archive& to_;
  BackupListener& listener_;
  CopyWalk& out_;
  bool taking_ = false;
};

}  // namespace

object::VerifyArgs walk_args(meta::RocksView& rows, blob::Store& blobs) {
  object::VerifyArgs args{
      .rows = rows,
      .blobs = blobs,
      .verify_tables = [&rows] { return rows.verify_tables(); },
      .next_shard = [&rows](meta::ShardId from) { return rows.next_shard(from); },
      .list_blobs = [](const blob::FileListing&) { return Result<void>(); },
      .judge_trails = trail::verify_rows,
      .options = {},
      .take = {}};
  return args;
}

CopyWalk copy_blobs(meta::RocksView& rows, blob::Store& from, blob::Archive& to,
                    BackupListener& listener) {
  CopyWalk out;
  Copying copying(from, to, listener, out);
  object::VerifyArgs args = walk_args(rows, from);
  args.verify_tables = [&] {
    const auto good = rows.verify_tables();
    out.tables_good = good.has_value();
    return good;
  };
  args.take = [&](const blob::BlobId& blob, std::uint64_t size) {
    return copying.take(blob, size);
  };
  out.totals = object::verify(args, copying);
  return out;
}

}  // namespace muzn::server
