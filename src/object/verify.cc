// The store as a whole: node, names, control and every shard there is; then the files of blobs.
#include "object/verify.h"

#include <map>
#include <set>

#include "audit/journal_rows.h"
#include "audit/recorder_rows.h"
#include "audit/trail_shard.h"
#include "codec/varint.h"
#include "control/verify.h"
#include "object/row_keys.h"
#include "object/verify_shard.h"
#include "tlog/log.h"
#include "tlog/verify.h"

namespace muzn::object {
namespace {

class Walk {
 public:
  Walk(const VerifyArgs& args, VerifyListener& listener)
      : args_(args), report_(listener), rows_(args.rows, report_), blobs_(args, report_) {}

  VerifyTotals run() {
    if (args_.verify_tables) {
      const auto good = args_.verify_tables();
      if (!good) error("the tables of the rows: " + good.error().what);
    }
    node();
    const auto control = control::verify_acts(args_.rows);
    report_.totals.rows += control.rows;
    report_.totals.acts = control.acts;
    for (const std::string& what : control.errors) report_.error({}, what);
    journal();
    recorder();
    trails(control.trails);
    rows_.each(meta::kNamesShard, "", "", {}, [this](const meta::Row& row) { names_row(row); });
    judge_names();
    for (const auto& [name, bucket] : buckets_) {
      report_.totals.buckets.push_back(shard({bucket.shard, &bucket, name, epoch()}));
    }
    unnamed_shards();
    if (!report_.stopped()) blobs_.judge_files(args_.list_blobs);
    report_.progress();
    return std::move(report_.totals);
  }

 private:
  std::uint64_t epoch() const { return report_.totals.node_epoch; }
  void error(std::string what) { report_.error({}, std::move(what)); }

  BucketTotals shard(const ShardToVerify& what) {
    return VerifyShard(what, rows_, blobs_, report_).run();
  }

  void node() {
    bool has_epoch = false;
    bool has_format = false;
    rows_.each(meta::kNodeShard, "", "", {}, [&](const meta::Row& row) {
      ++report_.totals.rows;
      if (row.key == row::node_scrub()) {
        const auto state = row::decode_scrub(row.value);
        if (!state) error("node: where the scrub is: " + state.error().what);
        return;
      }
      if (row.key == row::node_lock_time()) {
        const auto time = row::decode_number(row.value);
        if (!time) error("node: the time of locks: " + time.error().what);
        return;
      }
      const bool is_epoch = row.key == row::node_epoch();
      if (!is_epoch && row.key != row::node_format()) return error("node: an unknown row");
      const auto number = row::decode_number(row.value);
      if (!number) return error("node: " + number.error().what);
      (is_epoch ? has_epoch : has_format) = true;
      (is_epoch ? report_.totals.node_epoch : report_.totals.format) = *number;
    });
    if (!has_epoch) error("node: the epoch is missing");
    if (!has_format) error("node: the format is missing");
    if (has_format && report_.totals.format != row::kFormat) {
      error("node: the rows have format " + std::to_string(report_.totals.format));
    }
  }

  void log(meta::ShardId shard) {
    const auto log = tlog::verify_log_rows(args_.rows, shard);
    report_.totals.rows += log.rows;
    for (const std::string& what : log.errors) error(what);
  }

  void journal() {
    rows_.each(audit::kJournalShard, "", "", {}, [this](const meta::Row& row) {
      ++report_.totals.rows;
      const auto good = audit::check_journal_row(row);
      if (!good) error(good.error().what);
    });
  }

  void recorder() {
    rows_.each(audit::kRecorderShard, "", "", {}, [this](const meta::Row& row) {
      ++report_.totals.rows;
      const auto good = audit::check_recorder_row(row);
      if (!good) error(good.error().what);
    });
  }

  void trails(const std::optional<control::Trails>& known) {
    if (!args_.judge_trails) return;
    const OtherRows judged = args_.judge_trails(args_.rows, known ? &*known : nullptr);
    report_.totals.rows += judged.rows;
    for (const std::string& what : judged.errors) error(what);
    for (const std::string& what : judged.warnings) report_.warning({}, what);
  }

  // ---- the names shard ----

  void names_row(const meta::Row& row) {
    ++report_.totals.rows;
    const char tag = row.key.empty() ? '\0' : row.key[0];
    if (tag == row::kBucketTag) return bucket_row(row);
    if (tag == row::kIntentTag) return intent_row(row);
    if (tag == row::kOwnerTag || row.key == row::shard_counter()) {
      const auto number = row::decode_number(row.value);
      if (!number) return error("names: " + number.error().what);
      if (tag == row::kOwnerTag) owners_[row.key] = *number;
      if (tag != row::kOwnerTag) next_shard_ = *number;
      return;
    }
    error("names: a row of an unknown tag");
  }

  void bucket_row(const meta::Row& row) {
    const std::string name = row.key.substr(1);
    auto bucket = row::decode_bucket(row.value);
    if (!bucket) return report_.error(place_of_bucket(name), "its row: " + bucket.error().what);
    if (bucket->name != name)
      report_.error(place_of_bucket(name), "its row is that of " + bucket->name);
    buckets_[name] = std::move(*bucket);
  }

  void intent_row(const meta::Row& row) {
    auto intent = row::decode_intent(row.value);
    if (!intent) return error("names: an intent: " + intent.error().what);
    if (row.key != row::intent(intent->shard)) error("names: an intent is another shard's");
    if (intent->epoch > epoch()) error("names: an intent of a run that was not yet");
    intents_[intent->shard] = std::move(*intent);
  }

  void judge_names() {
    std::map<meta::ShardId, std::string> by_shard;
    for (const auto& [name, bucket] : buckets_) {
      const Place place = place_of_bucket(name);
      if (bucket.shard < meta::kFirstBucketShard || bucket.shard >= next_shard_) {
        report_.error(place, "its shard " + std::to_string(bucket.shard) + " was never numbered");
      }
      const auto [other, fresh] = by_shard.emplace(bucket.shard, name);
      if (!fresh) report_.error(place, "it has the same shard as " + other->second);
      const auto owned = owners_.find(row::owned_bucket(bucket.owner, name));
      if (owned == owners_.end() || owned->second != bucket.shard) {
        report_.error(place, "its owner's index does not name it");
      }
      if (owned != owners_.end()) owners_.erase(owned);
      const auto intent = intents_.find(bucket.shard);
      if (intent != intents_.end() && intent->second.kind != row::Intent::Kind::kDelete) {
        report_.error(place, "it is there, and an intent says that it is not");
      }
    }
    for (const auto& [row_key, number] : owners_) {
      const std::string_view owner_and_name = std::string_view(row_key).substr(1);
      const auto name =
          owner_and_name.substr(std::min(owner_and_name.find('\0'), owner_and_name.size() - 1) + 1);
      report_.error(place_of_bucket(std::string(name)),
                    "an owner's index names it, but it is not there");
    }
    for (const auto& [id, intent] : intents_) {
      if (intent.kind == row::Intent::Kind::kDelete && !by_shard.contains(id)) {
        report_.warning(place_of_bucket(intent.bucket_name),
                        "its deletion began, and its name is gone");
      }
    }
  }

  // Shards that an intent holds, and any that nothing leads to.
  void unnamed_shards() {
    std::set<meta::ShardId> named = {audit::kJournalShard, audit::kRecorderShard,
                                     audit::kTrailShard};
    for (const auto& [name, bucket] : buckets_) named.insert(bucket.shard);
    meta::ShardId from = meta::kNamesShard + 1;
    while (!report_.stopped()) {
      const auto next = args_.next_shard(from);
      if (!next) return error("the shards can't be listed: " + next.error().what);
      if (!*next) return;
      const meta::ShardId id = **next;
      if (tlog::is_log_shard(id)) {
        log(id);
      } else if (!named.contains(id)) {
        unnamed_shard(id);
      }
      from = id + 1;
      if (from == 0) return;
    }
  }

  void unnamed_shard(meta::ShardId id) {
    const auto intent = intents_.find(id);
    const bool known = intent != intents_.end();
    if (!known) error("shard " + std::to_string(id) + " has rows, but no bucket and no intent");
    shard({id, nullptr, known ? intent->second.bucket_name : "", epoch()});
  }

  const VerifyArgs& args_;
  VerifyReport report_;
  VerifyRows rows_;
  VerifyBlobs blobs_;
  std::map<std::string, Bucket> buckets_;
  std::map<std::string, std::uint64_t> owners_;  // rows of the owner index: the shard
  std::map<meta::ShardId, row::Intent> intents_;
  meta::ShardId next_shard_ = meta::kFirstBucketShard;
};

}  // namespace

VerifyTotals verify(const VerifyArgs& args, VerifyListener& listener) {
  return Walk(args, listener).run();
}

}  // namespace muzn::object
