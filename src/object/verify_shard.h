// One bucket's shard under verify(). Internal to object/.
#pragma once
#include <set>
#include <string>

#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/verify_blobs.h"
#include "object/verify_report.h"

namespace muzn::object {

struct ShardToVerify {
  meta::ShardId shard = 0;
  const Bucket* bucket = nullptr;  // null: no name leads here; its rows wait for the sweeper
  std::string name;                // for findings
  std::uint64_t node_epoch = 0;
};

class VerifyShard {
 public:
  // All borrowed.
  VerifyShard(const ShardToVerify& what, VerifyRows& rows, VerifyBlobs& blobs, VerifyReport& report)
      : what_(what), rows_(rows), blobs_(blobs), report_(report) {}

  BucketTotals run();

 private:
  enum class Owned : std::uint8_t { kNo, kYes, kUnknown };

  Place place(std::string key = {}, std::string version_id = {}) const {
    return {what_.name, std::move(key), std::move(version_id)};
  }
  void error(std::string what) { report_.error(place(), std::move(what)); }
  // Tells the error of a value that does not decode.
  template <class T>
  bool good(const Result<T>& decoded, const Place& where, const char* row);

  void row(const meta::Row& row);
  void shard_row(const meta::Row& row);
  void head(const meta::Row& row);
  void noncurrent(const meta::Row& row);
  void body(const meta::Row& row);
  void manifest(const meta::Row& row);
  void upload(const meta::Row& row);
  void part(const meta::Row& row);
  void done(const meta::Row& row);
  void pending(const meta::Row& row);
  void garbage(const meta::Row& row);
  void counters(const meta::Row& row);
  void time_index(const meta::Row& row);
  void document(const meta::Row& row);
  void renamed(const meta::Row& row);
  void record(const meta::Row& row);
  void lifecycle(const meta::Row& row);

  void version(const std::string& key, const Version& version);
  void order(const std::string& key, const Version& version);
  void look_up_head(const std::string& key);
  void content(const Place& where, const std::string& key, const Version& version);
  void inline_body(const Place& where, const std::string& key, const Version& version);
  void parts(const Place& where, const std::string& key, const Version& version);
  void judge_counters();

  // Escaped key and stamp of a 'V', 'B' or 'M' row, or nullopt, which is told.
  struct StampedKey {
    std::string key;
    std::uint64_t stamp = 0;
  };
  std::optional<StampedKey> stamped(const meta::Row& row);
  // The version of this key and stamp; `owned` tells whether it is there and read.
  std::optional<Version> find(const StampedKey& at, Owned& owned);
  // Collects the manifests that garbage rows name.
  void gather_garbage();
  // How the upload of a part stands; remembered, since its parts are neighbours.
  struct PartsUpload {
    std::string prefix;  // of its part rows
    bool open = false;
    bool known = false;  // open, or ended with a record that decodes
    std::vector<int> used;
    bool counts = false;
    std::vector<int> released;
  };
  void look_up(const row::UploadKey& key, const std::string& prefix);

  // What noncurrent versions lie under; remembered, since those of a key are neighbours.
  struct Under {
    std::string key;
    bool known = false;                       // whether there is a head, and which
    std::optional<std::uint64_t> head_stamp;  // nullopt: none
    bool has_null = false;                    // the null version was met
  };

  const ShardToVerify& what_;
  VerifyRows& rows_;
  VerifyBlobs& blobs_;
  VerifyReport& report_;
  BucketTotals out_;
  row::Shard shard_;
  bool has_shard_row_ = false;
  bool versions_unread_ = false;  // some version did not decode: counts can't be judged
  row::Counters counted_;
  std::int64_t part_bytes_ = 0;  // of the parts that the counters have
  bool parts_unread_ = false;    // of some it is not known whether they have them: no judging
  std::set<std::string> garbage_manifests_;  // row keys
  PartsUpload parts_upload_;
  Under under_;
};

}  // namespace muzn::object
