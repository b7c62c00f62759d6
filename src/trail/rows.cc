#include "trail/rows.h"

#include "codec/varint.h"

namespace muzn::trail {
namespace {

constexpr std::uint64_t kFormat = 1;

void put_time(std::string& out, Time time) {
  codec::put_varint(out, static_cast<std::uint64_t>(to_micros(time)));
}
void put_time(std::string& out, const std::optional<Time>& time) {
  codec::put_varint(out, time ? 1 : 0);
  if (time) put_time(out, *time);
}
void put_count(std::string& out, const std::optional<std::uint64_t>& count) {
  codec::put_varint(out, count ? 1 : 0);
  if (count) codec::put_varint(out, *count);
}

// Reads fields of a row's value and remembers whether all went well.
class Fields {
 public:
  explicit Fields(std::string_view value) : in_(value) {
    if (count() != kFormat) unsupported_ = good_;
  }
  std::uint64_t count() {
    std::uint64_t out = 0;
    good_ = good_ && in_.take_varint(out);
    return good_ ? out : 0;
  }
  bool flag() {
    const std::uint64_t value = count();
    good_ = good_ && value <= 1;
    return good_ && value == 1;
  }
  std::string bytes() {
    std::string_view out;
    good_ = good_ && in_.take_bytes(out);
    return good_ ? std::string(out) : "";
  }
  Time time() { return from_micros(static_cast<std::int64_t>(count())); }
  std::optional<Time> maybe_time() { return flag() ? std::optional(time()) : std::nullopt; }
  std::optional<std::uint64_t> maybe_count() {
    return flag() ? std::optional(count()) : std::nullopt;
  }
  bool good() const { return good_; }
  Result<void> finish(const char* what) const {
    if (unsupported_) return fail(Code::kUnsupported, std::string(what) + " of a newer format");
    if (!good_ || !in_.at_end()) return fail(Code::kCorrupt, std::string(what) + " does not read");
    return {};
  }

 private:
  codec::FieldReader in_;
  bool good_ = true;
  bool unsupported_ = false;
};

std::string begin_value() {
  std::string out;
  codec::put_varint(out, kFormat);
  return out;
}

std::string of_trail(std::string_view prefix, const TrailId& trail) {
  return std::string(prefix).append(trail.first).append("/").append(trail.second);
}

void put_file(std::string& out, const LogFile& file) {
  codec::put_bytes(out, file.bucket);
  codec::put_bytes(out, file.key);
  codec::put_bytes(out, file.hash);
  put_time(out, file.oldest);
  put_time(out, file.newest);
  codec::put_varint(out, file.events);
  put_count(out, file.first_leaf);
  put_count(out, file.last_leaf);
}

LogFile read_file(Fields& in) {
  LogFile out;
  out.bucket = in.bytes();
  out.key = in.bytes();
  out.hash = in.bytes();
  out.oldest = in.time();
  out.newest = in.time();
  out.events = in.count();
  out.first_leaf = in.maybe_count();
  out.last_leaf = in.maybe_count();
  return out;
}

}  // namespace

std::string key_row(Time made) {
  std::string out(kKeyPrefix);
  codec::put_be64(out, static_cast<std::uint64_t>(to_micros(made)));
  return out;
}

std::string state_row(const TrailId& trail) {
  return of_trail(kStatePrefix, trail);
}

Result<TrailId> trail_of_state_row(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (!key.starts_with(kStatePrefix) || slash == std::string_view::npos) {
    return fail(Code::kCorrupt, "not a row of a trail's state");
  }
  return TrailId(key.substr(1, slash - 1), key.substr(slash + 1));
}

std::string waiting_prefix(const TrailId& trail) {
  return of_trail(kWaitingPrefix, trail) + '/';  // no name has a slash
}

std::string waiting_row(const TrailId& trail, std::uint64_t sequence) {
  std::string out = waiting_prefix(trail);
  codec::put_be64(out, sequence);
  return out;
}

std::string events_prefix(std::string_view account) {
  return std::string(kEventPrefix).append(account);
}

std::string event_row(std::string_view account, Time time, std::uint64_t sequence) {
  std::string out = events_prefix(account);
  codec::put_be64(out, static_cast<std::uint64_t>(to_micros(time)));
  codec::put_be64(out, sequence);
  return out;
}

std::string encode_cursor(std::uint64_t next) {
  std::string out = begin_value();
  codec::put_varint(out, next);
  return out;
}

Result<std::uint64_t> decode_cursor(std::string_view value) {
  Fields in(value);
  const std::uint64_t next = in.count();
  TRY_VOID(in.finish("the cursor of trails"));
  return next;
}

std::string encode_waiting(const Waiting& waiting) {
  std::string out = begin_value();
  put_time(out, waiting.time);
  put_count(out, waiting.leaf);
  codec::put_bytes(out, waiting.event);
  return out;
}

Result<Waiting> decode_waiting(std::string_view value) {
  Fields in(value);
  Waiting out;
  out.time = in.time();
  out.leaf = in.maybe_count();
  out.event = in.bytes();
  TRY_VOID(in.finish("a waiting event"));
  return out;
}

std::string encode_state(const TrailState& state) {
  std::string out = begin_value();
  put_time(out, state.created);
  codec::put_varint(out, state.waiting);
  codec::put_varint(out, state.waiting_bytes);
  codec::put_varint(out, state.lost);
  put_time(out, state.attempted);
  put_time(out, state.delivered);
  codec::put_bytes(out, state.error);
  put_time(out, state.digested);
  codec::put_bytes(out, state.digest_error);
  put_time(out, state.digest_from);
  codec::put_varint(out, state.link ? 1 : 0);
  if (state.link) {
    codec::put_bytes(out, state.link->bucket);
    codec::put_bytes(out, state.link->key);
    codec::put_bytes(out, state.link->hash);
    codec::put_bytes(out, state.link->signature);
  }
  codec::put_varint(out, state.files.size());
  for (const LogFile& file : state.files) put_file(out, file);
  codec::put_varint(out, state.file_plan ? 1 : 0);
  if (state.file_plan) {
    codec::put_varint(out, state.file_plan->last);
    put_time(out, state.file_plan->made);
    codec::put_bytes(out, state.file_plan->bucket);
    codec::put_bytes(out, state.file_plan->key);
  }
  codec::put_varint(out, state.digest_plan ? 1 : 0);
  if (state.digest_plan) {
    put_time(out, state.digest_plan->end);
    codec::put_bytes(out, state.digest_plan->bucket);
    codec::put_bytes(out, state.digest_plan->prefix);
  }
  return out;
}

Result<TrailState> decode_state(std::string_view value) {
  Fields in(value);
  TrailState out;
  out.created = in.time();
  out.waiting = in.count();
  out.waiting_bytes = in.count();
  out.lost = in.count();
  out.attempted = in.maybe_time();
  out.delivered = in.maybe_time();
  out.error = in.bytes();
  out.digested = in.maybe_time();
  out.digest_error = in.bytes();
  out.digest_from = in.maybe_time();
  if (in.flag()) out.link = Link{in.bytes(), in.bytes(), in.bytes(), in.bytes()};
  const std::uint64_t files = in.count();
  for (std::uint64_t i = 0; i < files && in.good(); ++i) out.files.push_back(read_file(in));
  if (in.flag()) out.file_plan = FilePlan{in.count(), in.time(), in.bytes(), in.bytes()};
  if (in.flag()) out.digest_plan = DigestPlan{in.time(), in.bytes(), in.bytes()};
  TRY_VOID(in.finish("a trail's state"));
  return out;
}

std::string encode_key(const KeyRow& key) {
  std::string out = begin_value();
  put_time(out, key.from);
  put_time(out, key.to);
  codec::put_bytes(out, key.public_der);
  codec::put_bytes(out, key.sealed);
  return out;
}

Result<KeyRow> decode_key(std::string_view value) {
  Fields in(value);
  KeyRow out;
  out.from = in.time();
  out.to = in.time();
  out.public_der = in.bytes();
  out.sealed = in.bytes();
  TRY_VOID(in.finish("a key of trails"));
  return out;
}

}  // namespace muzn::trail
