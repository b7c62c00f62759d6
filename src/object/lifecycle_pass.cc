#include "object/lifecycle_pass.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "object/lifecycle_rows.h"
#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/uploads.h"
#include "object/version_id.h"

namespace muzn::object {
namespace {

using row::LifecycleStream;

constexpr std::size_t kPage = 256;
// Walks that go up to the present stay so far behind it: a row is written some time after the
// moment that it says.
constexpr std::chrono::seconds kSlack(60);

// Walks. Those with days read what is so old; the others what came since they were here.
constexpr char kByAge = 'c';              // days since creation
constexpr char kByDate = 'd';             // microseconds of the date, once it is there
constexpr char kMarkers = 'm';            // delete markers that may be all that is left of a key
constexpr char kNoncurrentByAge = 'n';    // days since it became noncurrent
constexpr char kNoncurrentByCount = 'p';  // what newer ones may have pushed out
constexpr char kUploadsByAge = 'u';       // days since initiation

char index_of(char walk) {
  if (walk == kUploadsByAge) return 'u';
  return walk == kNoncurrentByAge || walk == kNoncurrentByCount ? 'n' : 'c';
}

std::vector<LifecycleStream> walks_of(const LifecycleRules& rules) {
  std::set<std::pair<char, std::uint64_t>> found;
  for (const LifecycleRule& rule : rules) {
    if (!rule.enabled) continue;
    const auto add = [&](char kind, std::int64_t amount) {
      found.emplace(kind, static_cast<std::uint64_t>(amount));
    };
    if (rule.expire_days) add(kByAge, *rule.expire_days);
    if (rule.expire_date) add(kByDate, to_micros(*rule.expire_date));
    if (rule.expire_markers.value_or(false)) add(kMarkers, 0);
    if (rule.noncurrent_days) add(kNoncurrentByAge, *rule.noncurrent_days);
    if (rule.newer_noncurrent > 0) add(kNoncurrentByCount, 0);
    if (rule.abort_days) add(kUploadsByAge, *rule.abort_days);
  }
  std::vector<LifecycleStream> out;
  out.reserve(found.size());
  for (const auto& [kind, amount] : found) out.push_back({kind, amount, {}});
  return out;
}

// Up to where a walk may read now; nullopt: it has not begun.
std::optional<Time> end_of(const LifecycleStream& walk, const LifecycleWork& work) {
  const auto days = static_cast<std::int64_t>(walk.amount);
  switch (walk.kind) {
    case kByAge:
    case kNoncurrentByAge:
    case kUploadsByAge:
      return lifecycle_cutoff(work.now, days, work.day_seconds);
    case kByDate:
      if (from_micros(days) > work.now) return std::nullopt;
      break;
    default:
      break;
  }
  return work.now - std::min<std::chrono::seconds>(kSlack, std::chrono::seconds(work.day_seconds));
}

class Pass {
 public:
  Pass(meta::Store& rows, const LifecycleWork& work, LifecycleHost& host, LifecycleTally& tally)
      : rows_(rows), work_(work), host_(host), tally_(tally) {
    for (const LifecycleRule& rule : work.rules) {
      if (!rule.enabled || !rule.noncurrent_days) continue;
      newer_max_ = std::max(newer_max_, rule.newer_noncurrent);
      if (rule.newer_noncurrent > 0) counts_.insert(rule.newer_noncurrent);
    }
  }

  Outcome<void> run() {
    TRY(const bool is_open, begin());
    if (!is_open) return {};
    for (std::size_t i = 0; i < walks_.size() && !is_over_; ++i) TRY_VOID(walk(walks_[i]));
    if (!is_over_) TRY_VOID(look_again());
    return {};
  }

 private:
  meta::ShardId shard() const { return work_.bucket.shard; }

  // ---- what is kept ----
  Outcome<bool> begin() {
    TRY(auto shard_row, run_sync(rows_.get(shard(), row::shard())));
    if (!shard_row) return false;
    TRY(const row::Shard decoded, row::decode_shard(*shard_row));
    if (decoded.state != row::ShardState::kOpen || decoded.bucket_id != work_.bucket.id) {
      return false;
    }
    shard_row_ = std::move(*shard_row);
    walks_ = walks_of(work_.rules);
    TRY(const auto kept, run_sync(rows_.get(shard(), row::lifecycle_state())));
    if (!kept) {
      TRY_VOID(index_uploads());
      TRY_VOID(keep_walks());
      return !is_over_;
    }
    TRY(const auto before, row::decode_streams(*kept));
    for (LifecycleStream& walk : walks_) {
      const auto same = std::ranges::find_if(before, [&](const LifecycleStream& other) {
        return other.kind == walk.kind && other.amount == walk.amount;
      });
      if (same != before.end()) walk.cursor = same->cursor;
    }
    return true;
  }

  // Uploads of older releases are not in the index: once for each set of rules they are looked for.
  Outcome<void> index_uploads() {
    const bool is_asked =
        std::ranges::find(walks_, kUploadsByAge, &LifecycleStream::kind) != walks_.end();
    std::string from(1, row::kUploadTag);
    const std::string to = meta::after_prefix(from);
    while (is_asked) {
      TRY(const auto found, run_sync(rows_.scan_once(shard(), from, to, kPage)));
      for (const meta::Row& one : found) TRY_VOID(index_upload(one));
      if (found.size() < kPage) break;
      from = found.back().key + '\0';
    }
    return {};
  }

  Outcome<void> index_upload(const meta::Row& one) {
    TRY(const row::UploadRow stored, row::decode_upload(one.value));
    const Upload& upload = stored.upload;
    std::string index = row::initiated(upload.initiated, upload.key, upload.id);
    TRY(const auto found, run_sync(rows_.get(shard(), index)));
    if (found) return {};
    meta::Commit commit = begin_commit();
    commit.require(one.key, one.value);
    commit.put(std::move(index), "");
    return settle(std::move(commit), false);
  }

  // The rules, and the bucket, are still the same.
  meta::Commit begin_commit() const {
    meta::Commit commit;
    commit.shard = shard();
    commit.require(row::shard(), shard_row_);
    commit.require(row::document(kLifecycleName), row::encode_document(work_.document));
    return commit;
  }

  // A lost compare is no failure; `ends`: it means that this pass has become pointless.
  Outcome<void> settle(meta::Commit commit, bool ends) {
    auto done = run_sync(rows_.commit(std::move(commit)));
    if (done) return {};
    if (done.error().code != Code::kPrecondition) {
      return std::unexpected<Failure>(std::move(done).error());
    }
    if (ends) is_over_ = true;
    return {};
  }

  Outcome<void> keep_walks() {
    meta::Commit commit = begin_commit();
    commit.put(row::lifecycle_state(), row::encode_streams(walks_));
    return settle(std::move(commit), true);
  }

  // ---- walks ----
  Outcome<void> walk(LifecycleStream& walk) {
    const auto end = end_of(walk, work_);
    if (!end || *end <= from_micros(0)) return {};
    const char index = index_of(walk.kind);
    std::string from = walk.cursor.empty() ? row::time_from(index, from_micros(0)) : walk.cursor;
    const std::string to = row::time_from(index, *end);
    while (from < to) {
      TRY(const auto found, run_sync(rows_.scan_once(shard(), from, to, kPage)));
      if (found.empty()) break;
      Outcome<void> done;
      for (const meta::Row& one : found) {
        done = look(walk.kind, one);
        if (!done || is_over_) break;
        walk.cursor = one.key + '\0';
      }
      if (done && is_over_) return {};
      // What was looked at before a failure is kept all the same.
      TRY_VOID(keep_walks());
      if (!done || is_over_ || found.size() < kPage) return done;
      from = walk.cursor;
      if (!host_.go_on()) is_over_ = true;
    }
    return {};
  }

  Outcome<void> look(char kind, const meta::Row& one) {
    TRY(const row::TimeKey at, row::parse_time_key(one.key));
    ++tally_.read;
    if (kind == kUploadsByAge) return judge_upload(at);
    if (kind == kNoncurrentByCount) return judge_pushed(at);
    return judge(at.key, at.stamp);
  }

  // What was to be looked at again until now.
  Outcome<void> look_again() {
    std::string from = row::lifecycle_due_from(from_micros(0));
    const std::string to = row::lifecycle_due_from(work_.now);
    for (;;) {
      TRY(const auto found, run_sync(rows_.scan_once(shard(), from, to, kPage)));
      if (found.empty()) return {};
      meta::Commit commit;
      commit.shard = shard();
      for (const meta::Row& one : found) {
        TRY(const row::LifecycleDue due, row::decode_lifecycle_due(one.value));
        ++tally_.read;
        TRY_VOID(judge(due.key, due.stamp));
        if (is_over_) return {};
        commit.erase(one.key);
      }
      TRY_VOID(settle(std::move(commit), false));
      if (found.size() < kPage || !host_.go_on()) return {};
      from = found.back().key + '\0';
    }
  }

  // ---- one version ----
  // A version that came under newer ones pushes one out: that with as many newer ones as a rule
  // keeps.
  Outcome<void> judge_pushed(const row::TimeKey& at) {
    const std::string from = row::noncurrent(at.key, at.stamp);
    const std::string to = meta::after_prefix(row::noncurrent_prefix(at.key));
    TRY(const auto found, run_sync(rows_.scan_once(shard(), from, to, newer_max_ + 1U)));
    if (found.empty() || found.front().key != from) return {};  // it is gone, or current again
    for (const std::uint32_t count : counts_) {
      if (count >= found.size()) break;
      TRY(const std::uint64_t stamp, row::stamp_of(found[count].value));
      TRY_VOID(judge(at.key, stamp));
    }
    return {};
  }

  Outcome<std::optional<Version>> read(const std::string& row_key) {
    TRY(const auto found, run_sync(rows_.get(shard(), row_key)));
    if (!found) return std::nullopt;
    TRY(Version version, row::decode_version(*found));
    return version;
  }

  Outcome<void> judge(const std::string& key, std::uint64_t stamp) {
    TRY(auto version, read(row::head(key)));
    if (!version) return {};
    const bool is_current = version->stamp == stamp;
    const std::string under = row::noncurrent_prefix(key);
    if (!is_current) {
      TRY(version, read(row::noncurrent(key, stamp)));
      if (!version) return {};
    }
    LifecycleSubject subject{.key = key, .version = *version, .is_current = is_current};
    if (!is_current && newer_max_ > 0) {
      const std::string to = row::noncurrent(key, stamp);
      TRY(const auto newer, run_sync(rows_.scan_once(shard(), under, to, newer_max_)));
      subject.newer_noncurrent = newer.size();
    } else if (is_current && version->delete_marker) {
      const std::string to = meta::after_prefix(under);
      TRY(const auto others, run_sync(rows_.scan_once(shard(), under, to, 1)));
      subject.is_only = others.empty();
    }
    return act(subject);
  }

  Outcome<void> act(const LifecycleSubject& subject) {
    const LifecycleVerdict verdict =
        judge_lifecycle(work_.rules, subject, work_.now, work_.day_seconds);
    if (verdict.rule == nullptr) return {};
    const Version& version = subject.version;
    const bool expires = verdict.act == LifecycleAct::kExpire;
    const ByRule by_rule{
        .document = work_.document, .is_due = [&](const Version& now) {
          if (now.stamp != version.stamp || now.noncurrent_since != version.noncurrent_since) {
            return false;
          }
          LifecycleSubject again{.key = subject.key,
                                 .version = now,
                                 .is_current = subject.is_current,
                                 .is_only = subject.is_only,
                                 .newer_noncurrent = subject.newer_noncurrent};
          return judge_lifecycle(work_.rules, again, work_.now, work_.day_seconds).act ==
                 verdict.act;
        }};
    RemoveArgs args{.bucket = work_.bucket.name,
                    .key = std::string(subject.key),
                    .version_id = std::nullopt,
                    .condition = {},
                    .owner = work_.bucket.owner,
                    .by_rule = &by_rule};
    if (!expires) args.version_id = shown_version_id(version.version_id);
    const LifecycleDeed deed{
        .what = expires ? LifecycleDeed::What::kExpire : LifecycleDeed::What::kRemove,
        .bucket = work_.bucket,
        .key = args.key,
        .version_id = version.version_id,
        .size = version.size,
        .rule = verdict.rule->id};
    const auto done = host_.remove(deed, std::move(args));
    if (done) ++(expires ? tally_.expired : tally_.removed);
    return take(done, subject);
  }

  // What became of a removal.
  Outcome<void> take(const Outcome<void>& done, const LifecycleSubject& subject) {
    if (done) return {};
    switch (done.error().fault) {
      case Fault::kConflict:  // it, or the rules, are others by now: that leaves rows of its own
      case Fault::kNoSuchBucket:
        return {};
      case Fault::kLocked:
        ++tally_.held;
        return wait_for_lock(subject);
      default:
        return done;
    }
  }

  // Looks again when the lock ends; of one without an end in a day, also when it is changed.
  Outcome<void> wait_for_lock(const LifecycleSubject& subject) {
    const Version& version = subject.version;
    Time again = work_.now + std::chrono::seconds(work_.day_seconds);
    if (version.lock.retention.mode != RetentionMode::kNone) {
      again = std::max(again, version.lock.retention.until);
    }
    meta::Commit commit = begin_commit();
    commit.put(row::lifecycle_due_row(again, 0, version.stamp),
               row::encode(row::LifecycleDue{std::string(subject.key), version.stamp}));
    return settle(std::move(commit), true);
  }

  Outcome<void> judge_upload(const row::TimeKey& at) {
    TRY(const auto found, run_sync(rows_.get(shard(), row::upload(at.key, at.upload_id))));
    if (!found) return {};
    const auto end = lifecycle_abort(work_.rules, at.key, at.time, work_.day_seconds);
    if (!end || end->time > work_.now) return {};
    const LifecycleDeed deed{.what = LifecycleDeed::What::kAbort,
                             .bucket = work_.bucket,
                             .key = at.key,
                             .version_id = {},
                             .size = 0,
                             .rule = end->rule->id};
    const auto done = host_.abort(deed, {work_.bucket.name, at.key, at.upload_id});
    if (done) ++tally_.aborted;
    if (!done && done.error().fault != Fault::kNoSuchUpload &&
        done.error().fault != Fault::kNoSuchBucket) {
      return done;
    }
    return {};
  }

  meta::Store& rows_;
  const LifecycleWork& work_;
  LifecycleHost& host_;
  LifecycleTally& tally_;
  std::uint32_t newer_max_ = 0;     // that a rule keeps
  std::set<std::uint32_t> counts_;  // all of them
  std::string shard_row_;
  std::vector<LifecycleStream> walks_;
  bool is_over_ = false;
};

}  // namespace

Outcome<std::vector<RuledBucket>> buckets_with_rules(meta::Store& rows) {
  std::vector<RuledBucket> out;
  std::string from(1, row::kBucketTag);
  const std::string to = meta::after_prefix(from);
  for (;;) {
    TRY(const auto found, run_sync(rows.scan_once(meta::kNamesShard, from, to, kPage)));
    for (const meta::Row& one : found) {
      TRY(Bucket bucket, row::decode_bucket(one.value));
      TRY(const auto stored, run_sync(rows.get(bucket.shard, row::document(kLifecycleName))));
      if (!stored) continue;
      TRY(std::string document, row::decode_document(*stored));
      out.push_back({std::move(bucket), std::move(document)});
    }
    if (found.size() < kPage) return out;
    from = found.back().key + '\0';
  }
}

Outcome<void> run_lifecycle(meta::Store& rows, const LifecycleWork& work, LifecycleHost& host,
                            LifecycleTally& tally) {
  Pass pass(rows, work, host, tally);
  return pass.run();
}

}  // namespace muzn::object
