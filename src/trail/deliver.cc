// From rows into buckets: files of what waits, and digests of files.
#include <algorithm>
#include <utility>

#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/varint.h"
#include "crypto/digest.h"
#include "trail/delivery.h"

namespace muzn::trail {
namespace {

constexpr std::size_t kUniqueChars = 16;
constexpr std::size_t kPageRows = 200;  // a scan

Time floor_to(Time time, std::int64_t seconds) {
  const std::int64_t micros = seconds * 1'000'000;
  return from_micros(to_micros(time) / micros * micros);
}

// Events that become a file.
struct Batch {
  std::uint64_t first = 0;  // sequences
  std::uint64_t last = 0;
  std::vector<std::string> keys;  // of their rows
  std::vector<std::string> events;
  std::uint64_t bytes = 0;
  LogFile file;  // all but where it is, and its hash
};

void add(Batch& batch, std::uint64_t sequence, const std::string& key, Waiting waiting) {
  LogFile& file = batch.file;
  if (batch.keys.empty()) {
    batch.first = sequence;
    file.oldest = file.newest = waiting.time;
  }
  batch.last = sequence;
  file.oldest = std::min(file.oldest, waiting.time);
  file.newest = std::max(file.newest, waiting.time);
  ++file.events;
  if (waiting.leaf) {
    file.first_leaf = std::min(file.first_leaf.value_or(*waiting.leaf), *waiting.leaf);
    file.last_leaf = std::max(file.last_leaf.value_or(*waiting.leaf), *waiting.leaf);
  }
  batch.bytes += waiting.event.size();
  batch.keys.push_back(key);
  batch.events.push_back(std::move(waiting.event));
}

// The same for the same events, and for no others.
std::string unique_of(const TrailId& trail, Time created, std::uint64_t first) {
  const std::string seed = trail.first + "/" + trail.second + "/" +
                           std::to_string(to_micros(created)) + "/" + std::to_string(first);
  return codec::hex_encode(crypto::sha256(seed)).substr(0, kUniqueChars);
}

// What the next file has: what the plan says or, without one, as much as a file takes.
Task<Result<Batch>> gather(meta::Store& rows, std::string prefix, std::optional<FilePlan> plan,
                           const DeliveryOptions& options) {
  Batch out;
  const std::string to = meta::after_prefix(prefix);
  std::string from = prefix;
  for (;;) {
    CO_TRY(const std::vector<meta::Row> page, co_await rows.scan(kTrailShard, from, to, kPageRows));
    for (const meta::Row& row : page) {
      CO_TRY(const std::uint64_t sequence,
             codec::FieldReader(std::string_view(row.key).substr(prefix.size())).be64());
      CO_TRY(Waiting waiting, decode_waiting(row.value));
      const bool fits =
          plan ? sequence <= plan->last
               : out.keys.empty() || (out.keys.size() < options.file_events_max &&
                                      out.bytes + waiting.event.size() <= options.file_bytes_max);
      if (!fits) co_return out;
      add(out, sequence, row.key, std::move(waiting));
    }
    if (page.size() < kPageRows) co_return out;
    from = page.back().key + '\0';
  }
}

}  // namespace

// A trail while it is delivered.
struct Delivery::Job {
  TrailId id;
  control::StoredTrail stored;
  Place place;

  Upload upload(const std::string& region, std::string bucket, std::string key,
                std::string_view content, bool again) const {
    return {.account = id.first,
            .trail = trail_arn(region, id.first, id.second),
            .bucket = std::move(bucket),
            .key = std::move(key),
            .bytes = codec::gzip(content),
            .metadata = {},
            .again = again};
  }
};

std::string trail_arn(std::string_view region, std::string_view account, std::string_view name) {
  return std::string("arn:aws:cloudtrail:")
      .append(region)
      .append(":")
      .append(account)
      .append(":trail/")
      .append(name);
}

Task<Result<void>> Delivery::deliver() {
  const control::Snapshot state = controller_.state();
  CO_TRY_VOID(co_await forget_gone(state));
  Result<void> done;
  for (const auto& [id, stored] : state->trails) {
    const Job job{.id = id,
                  .stored = stored,
                  .place = {.account = id.first,
                            .region = options_.region,
                            .trail = id.second,
                            .bucket = stored.trail.bucket,
                            .prefix = stored.trail.prefix}};
    const Result<void> delivered = co_await deliver_trail(job);
    if (delivered) continue;
    // Rows of one trail that don't read are no reason to hold up the others.
    if (delivered.error().code != Code::kCorrupt) co_return delivered;
    states_[id].error = "InternalError";
    done = delivered;
  }
  count_states();
  co_return done;
}

Task<Result<void>> Delivery::deliver_trail(Job job) {
  CO_TRY_VOID(co_await write_digest(job));
  for (bool more = true; more;) {
    CO_TRY(more, co_await write_file(job));
  }
  co_return Result<void>{};
}

// Makes `next` the trail's state, with what else is in the commit.
Task<Result<void>> Delivery::keep(TrailId id, TrailState next, meta::Commit commit) {
  commit.put(state_row(id), encode_state(next));
  CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
  states_[id] = std::move(next);
  co_return Result<void>{};
}

// One file of what waits; true: there may be more.
Task<Result<bool>> Delivery::write_file(Job job) {
  TrailState next = state_of(job.stored.trail);
  if (next.waiting == 0) co_return false;
  CO_TRY(Batch batch, co_await gather(rows_, waiting_prefix(job.id), next.file_plan, options_));
  if (batch.keys.empty()) co_return fail(Code::kCorrupt, "events of a trail are missing");

  const std::string unique = unique_of(job.id, next.created, batch.first);
  const Time now = clock_.now();
  const Time made = next.file_plan ? next.file_plan->made : now;
  const FilePlan plan{.last = batch.last,
                      .made = made,
                      .bucket = job.place.bucket,
                      .key = log_file_key(job.place, made, unique)};
  const bool again = next.file_plan == plan;
  next.file_plan = plan;
  if (!again) CO_TRY_VOID(co_await keep(job.id, next, new_commit()));

  const std::string content = log_file(batch.events);
  const auto put =
      co_await outlet_.put(job.upload(options_.region, plan.bucket, plan.key, content, again));
  next.attempted = now;
  next.error = put ? "" : put.error();
  meta::Commit commit = new_commit();
  if (put) {
    for (const std::string& key : batch.keys) commit.erase(key);
    next.waiting -= std::min<std::uint64_t>(next.waiting, batch.keys.size());
    next.waiting_bytes -= std::min(next.waiting_bytes, batch.bytes);
    next.delivered = now;
    next.file_plan.reset();
    batch.file.bucket = plan.bucket;
    batch.file.key = plan.key;
    batch.file.hash = crypto::sha256(content);
    if (job.stored.trail.log_file_validation) next.files.push_back(std::move(batch.file));
    files_.fetch_add(1, std::memory_order_relaxed);
  }
  CO_TRY_VOID(co_await keep(job.id, std::move(next), std::move(commit)));
  co_return put.has_value();
}

// What the trail's next digest is to be, if any is due: sets its plan. False: nothing is due.
bool Delivery::plan_digest(const Job& job, TrailState& state) const {
  const control::Trail& trail = job.stored.trail;
  const Time now = clock_.now();
  if (!trail.log_file_validation) {
    state.digest_from.reset();
    state.digest_plan.reset();
    state.link.reset();
    state.files.clear();
    return false;
  }
  if (!state.digest_from) {
    if (job.stored.logging) state.digest_from = floor_to(now, 1);
    return false;
  }
  const bool same_place = state.digest_plan && state.digest_plan->bucket == trail.bucket &&
                          state.digest_plan->prefix == trail.prefix;
  if (same_place) return true;
  state.digest_plan.reset();
  const Time end = floor_to(now, options_.digest_seconds);
  if (end <= *state.digest_from || (!job.stored.logging && state.files.empty())) return false;
  state.digest_plan = DigestPlan{.end = end, .bucket = trail.bucket, .prefix = trail.prefix};
  return true;
}

Task<Result<void>> Delivery::write_digest(Job job) {
  const TrailState before = state_of(job.stored.trail);
  TrailState next = before;
  const bool due = plan_digest(job, next);
  const bool again = before.digest_plan == next.digest_plan;
  if (next != before) CO_TRY_VOID(co_await keep(job.id, next, new_commit()));
  if (!due) co_return Result<void>{};

  CO_TRY(const SigningKey::Key* const key, co_await key_.current());
  const Digest digest{.place = job.place,
                      .start = *next.digest_from,
                      .end = next.digest_plan->end,
                      .fingerprint = key->fingerprint,
                      .previous = next.link,
                      .files = next.files,
                      .events_lost = next.lost};
  const std::string json = digest_json(digest);
  const std::string signature = key->key.sign(string_to_sign(digest, json));
  const Link link{.bucket = job.place.bucket,
                  .key = digest_key(job.place, digest.end),
                  .hash = crypto::sha256(json),
                  .signature = signature};
  Upload upload = job.upload(options_.region, link.bucket, link.key, json, again);
  upload.metadata = {{"signature", codec::hex_encode(signature)},
                     {"signature-algorithm", "SHA256withRSA"}};
  const auto put = co_await outlet_.put(std::move(upload));
  next.digest_error = put ? "" : put.error();
  if (put) {
    if (options_.on_digest) {
      options_.on_digest({.account = job.id.first,
                          .trail = job.id.second,
                          .bucket = link.bucket,
                          .key = link.key,
                          .sha256 = link.hash,
                          .end = digest.end});
    }
    next.digested = clock_.now();
    next.digest_from = digest.end;
    next.digest_plan.reset();
    next.files.clear();
    next.link = link;
    digests_.fetch_add(1, std::memory_order_relaxed);
  }
  co_return co_await keep(job.id, std::move(next), new_commit());
}

}  // namespace muzn::trail
