// The walk of a scrub; what it says of one row is in scrub_judge.cc.
#include "object/scrub.h"

#include <algorithm>
#include <utility>

#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/scrub_pass.h"

namespace muzn::object {
namespace {

constexpr std::size_t kPage = 64;
// Of a shard, in the order of the rows. Not walked: bodies and manifests, which are judged with
// their versions, and the index of times, which no reader needs.
constexpr std::string_view kShardTags = "DHPUVcgmps";
constexpr std::string_view kNamesTags = "ino";
// A row that changes again and again is left to the next pass.
constexpr int kAttempts = 8;

}  // namespace

void ScrubState::begin(Time now) {
  CHECK(phase == Phase::kIdle);
  phase = Phase::kTables;
  began = now;
  so_far = {};
}

void ScrubState::end(Time now) {
  CHECK(phase != Phase::kIdle);
  phase = Phase::kIdle;
  table = 0;
  bucket.clear();
  shard = 0;
  row_key.clear();
  ++passes;
  ended = now;
  last = so_far;
}

bool ScrubPass::run() {
  CHECK(state_.phase != ScrubState::Phase::kIdle);
  if (state_.phase == ScrubState::Phase::kTables) {
    tables();
    if (stopped_) return false;
    state_.phase = ScrubState::Phase::kBuckets;
    reached();
  }
  if (state_.bucket.empty()) names();
  const std::string tag(1, row::kBucketTag);
  each(meta::kNamesShard, row::bucket(state_.bucket), meta::after_prefix(tag),
       [this](const meta::Row& row) { bucket(row); });
  return !stopped_;
}

void ScrubPass::tables() {
  const meta::Tables* const tables = rows_.tables();
  if (tables == nullptr) return;
  for (const std::uint64_t number : tables->list()) {
    if (number <= state_.table) continue;
    const auto verified =
        tables->verify(number, [this](std::uint64_t bytes) { return spend(bytes, 0); });
    if (stopped_) return;
    if (!verified) found(Verdict("rows: " + verified.error().what));
    state_.table = number;
    reached();
  }
}

void ScrubPass::names() {
  const auto decodes = [](const meta::Row& row) {
    Verdict out;
    if (row.key[0] == row::kIntentTag) {
      const auto intent = row::decode_intent(row.value);
      if (!intent) out.add("names: an intent: " + intent.error().what);
    } else {
      const auto number = row::decode_number(row.value);
      if (!number) out.add("names: " + number.error().what);
    }
    return out;
  };
  for (const char tag : kNamesTags) {
    const std::string from(1, tag);
    each(meta::kNamesShard, from, meta::after_prefix(from),
         [&](const meta::Row& row) { judge(meta::kNamesShard, row, decodes); });
  }
}

void ScrubPass::bucket(const meta::Row& row) {
  bucket_ = row.key.substr(1);
  judge(meta::kNamesShard, row, [this](const meta::Row& now) {
    const auto bucket = row::decode_bucket(now.value);
    if (!bucket) return Verdict("its row: " + bucket.error().what);
    if (bucket->name != bucket_) return Verdict("its row is that of " + bucket->name);
    const auto own = read(bucket->shard, row::shard());
    return own && !*own ? Verdict("its shard row is missing") : Verdict();
  });
  const auto decoded = row::decode_bucket(row.value);
  if (decoded && !stopped_) {
    bucket_id_ = decoded->id;
    shard_ = decoded->shard;
    const bool goes_on = !around_ && bucket_ == state_.bucket && shard_ == state_.shard;
    std::string from = goes_on ? state_.row_key : std::string();
    if (!around_) {
      state_.bucket = bucket_;
      state_.shard = shard_;
      state_.row_key = from;
    }
    shard(std::move(from));
  }
  bucket_.clear();
}

void ScrubPass::shard(std::string from) {
  for (const char tag : kShardTags) {
    const std::string begin(1, tag);
    const std::string end = meta::after_prefix(begin);
    if (from >= end) continue;
    each(shard_, std::max(begin, from), end, [this](const meta::Row& row) {
      judge(shard_, row, [this](const meta::Row& now) { return judge_row(now); });
      if (stopped_ || around_) return;
      state_.row_key = row.key + '\0';
      reached();
    });
    if (stopped_) return;
    if (!around_) state_.row_key = end;
  }
}

// Every row with from <= key < to, also those behind a stretch that can't be read.
void ScrubPass::each(meta::ShardId shard, std::string from, const std::string& to,
                     const Visit& visit) {
  while (!stopped_) {
    const auto page = run_sync(rows_.scan_once(shard, from, to, kPage));
    if (!page) {
      found(Verdict("some rows of shard " + std::to_string(shard) +
                    " can't be read: " + page.error().what));
      const bool outer = std::exchange(around_, true);
      each_around(shard, std::move(from), to, visit);
      around_ = outer;
      return;
    }
    std::uint64_t bytes = 0;
    for (const meta::Row& row : *page) bytes += row.key.size() + row.value.size();
    spend(bytes, kRowOverhead);
    for (const meta::Row& row : *page) {
      if (stopped_) return;
      visit(row);
    }
    if (page->size() < kPage) return;
    from = page->back().key + '\0';
  }
}

// Upwards to the bad stretch, then from the end down to it.
void ScrubPass::each_around(meta::ShardId shard, std::string from, std::string to,
                            const Visit& visit) {
  while (spend(0, kRowOverhead)) {
    const auto next = run_sync(rows_.scan_once(shard, from, to, 1));
    if (!next) break;
    if (next->empty()) return;
    visit(next->front());
    from = next->front().key + '\0';
  }
  while (spend(0, kRowOverhead)) {
    const auto next = run_sync(rows_.scan_back(shard, from, to, 1));
    if (!next || next->empty()) return;
    visit(next->front());
    to = next->front().key;
  }
}

void ScrubPass::judge(meta::ShardId shard, meta::Row row, const Judge& judge) {
  bool sure = false;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Verdict verdict = judge(row);
    if (stopped_) return;
    if (attempt == 0 && verdict.is_object) ++state_.so_far.objects;
    if (verdict.problems.empty()) return;
    auto now = needed_value(shard, row);
    if (!now) return;
    if (*now != row.value) {
      row.value = std::move(*now);
      sure = false;
    } else if (!sure) {
      sure = true;
    } else {
      found(std::move(verdict));
      return;
    }
  }
}

std::optional<std::string> ScrubPass::needed_value(meta::ShardId shard, const meta::Row& row) {
  if (shard != meta::kNamesShard) {
    // The sweeper discards the blobs of a dead shard before its rows.
    const auto own = read(shard, row::shard());
    if (own && !*own) return std::nullopt;
    const auto decoded = own ? row::decode_shard(**own) : Result<row::Shard>();
    if (decoded && decoded->state == row::ShardState::kDead) return std::nullopt;
  }
  auto now = read(shard, row.key);
  if (!now) return row.value;  // it can't be read: what was seen of it stands
  return std::move(*now);
}

Result<std::optional<std::string>> ScrubPass::read(meta::ShardId shard, const std::string& key) {
  auto rows = run_sync(rows_.scan_once(shard, key, key + '\0', 1));
  if (!rows) return std::unexpected(std::move(rows).error());
  if (rows->empty()) {
    spend(0, kRowOverhead);
    return std::optional<std::string>();
  }
  spend(rows->front().value.size(), kRowOverhead);
  return std::optional<std::string>(std::move(rows->front().value));
}

bool ScrubPass::spend(std::uint64_t bytes, std::uint64_t overhead) {
  state_.so_far.bytes += bytes;
  if (!stopped_ && !host_.spend(bytes, overhead)) stopped_ = true;
  return !stopped_;
}

void ScrubPass::found(Verdict verdict) {
  for (Problem& one : verdict.problems) {
    ++state_.so_far.errors;
    ScrubFinding finding;
    finding.bucket = bucket_;
    finding.key = verdict.key;
    finding.version_id = verdict.version_id;
    finding.blob = std::move(one.blob);
    finding.what = std::move(one.what);
    host_.found(std::move(finding));
  }
}

void ScrubPass::reached() {
  if (!around_) host_.reached(state_);
}

bool scrub(meta::Store& rows, blob::Store& blobs, ScrubState& state, ScrubHost& host) {
  return ScrubPass(rows, blobs, state, host).run();
}

Task<Result<ScrubState>> load_scrub(meta::Store& rows) {
  CO_TRY(const auto found, co_await rows.get(meta::kNodeShard, row::node_scrub()));
  if (!found) co_return ScrubState{};
  co_return row::decode_scrub(*found);
}

Task<Result<void>> save_scrub(meta::Store& rows, ScrubState state) {
  meta::Commit commit;
  commit.shard = meta::kNodeShard;
  commit.put(row::node_scrub(), row::encode(state));
  co_return co_await rows.commit(std::move(commit));
}

}  // namespace muzn::object
