// One pass of scrub(). Internal to object/.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "object/judge.h"
#include "object/scrub.h"

namespace muzn::object {

class ScrubPass {
 public:
  // All borrowed.
  ScrubPass(meta::Store& rows, blob::Store& blobs, ScrubState& state, ScrubHost& host)
      : rows_(rows), blobs_(blobs), state_(state), host_(host) {}

  bool run();

 private:
  struct Problem {
    std::string what;
    std::string blob;  // hex
  };
  // What was seen of a row: whose it is, and what is wrong.
  struct Verdict {
    std::string key;
    std::string version_id;
    bool is_object = false;  // a version with bytes, or a part that counts
    std::vector<Problem> problems;
    Verdict() = default;
    explicit Verdict(std::string what) { add(std::move(what)); }
    void add(std::string what) { problems.push_back({std::move(what), {}}); }
  };
  using Judge = std::function<Verdict(const meta::Row& row)>;
  using Visit = std::function<void(const meta::Row& row)>;

  // scrub.cc: the walk.
  void tables();
  void names();
  void bucket(const meta::Row& row);
  void shard(std::string from);
  void each(meta::ShardId shard, std::string from, const std::string& to, const Visit& visit);
  void each_around(meta::ShardId shard, std::string from, std::string to, const Visit& visit);
  // Judges until it is sure, and tells what it found about the bucket under way.
  void judge(meta::ShardId shard, meta::Row row, const Judge& judge);
  // The row as it is now; nullopt when it is gone or only the sweeper needs it still.
  std::optional<std::string> needed_value(meta::ShardId shard, const meta::Row& row);

  // scrub_judge.cc: the rows of a bucket's shard.
  Verdict judge_row(const meta::Row& row);
  void judge_head(const meta::Row& row, Verdict& out);
  void judge_noncurrent(const meta::Row& row, Verdict& out);
  void judge_upload(const meta::Row& row, Verdict& out);
  void judge_part(const meta::Row& row, Verdict& out);
  void judge_version(const Version& version, Verdict& out);
  void judge_inline_body(const Version& version, Verdict& out);
  void judge_parts(const Version& version, Verdict& out);
  void judge_blobs(const std::vector<BlobClaim>& blobs, Verdict& out);
  // The row that belongs to another; nullopt when it is absent or unreadable, which is told.
  std::optional<std::string> need(std::string row_key, const char* absent, Verdict& out);

  Result<std::optional<std::string>> read(meta::ShardId shard, const std::string& key);
  bool spend(std::uint64_t bytes, std::uint64_t overhead);
  void found(Verdict verdict);
  void reached();  // unless rows come out of order

  meta::Store& rows_;
  blob::Store& blobs_;
  ScrubState& state_;
  ScrubHost& host_;
  std::string bucket_;  // under way; "" = none
  std::string bucket_id_;
  meta::ShardId shard_ = 0;
  bool stopped_ = false;
  bool around_ = false;  // rows come out of order: not a place to go on from
};

// What a read of a row that stands alone costs beside its bytes: about a block of a table.
inline constexpr std::uint64_t kRowOverhead = 8U << 10;
// What opening a blob costs: a seek or three, so that many small blobs are no storm.
inline constexpr std::uint64_t kOpenOverhead = 64U << 10;

}  // namespace muzn::object
