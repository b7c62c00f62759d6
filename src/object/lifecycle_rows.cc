#include "object/lifecycle_rows.h"

#include <tuple>

#include "object/lifecycle.h"
#include "object/row_fields.h"
#include "object/row_keys.h"

namespace muzn::object::row {
namespace {

constexpr char kStateKind = 's';
constexpr char kDueKind = 'd';
constexpr std::uint64_t kStreamsMax = 4096;  // a thousand rules have two each, and some

}  // namespace

std::string time_from(char kind, Time time) {
  std::string out{kTimeTag, kind};
  codec::put_be64(out, static_cast<std::uint64_t>(to_micros(time)));
  return out;
}

std::string initiated(Time time, std::string_view key, std::string_view upload_id) {
  return time_from('u', time).append(escape(key)).append(upload_id);
}

Result<TimeKey> parse_time_key(std::string_view row_key) {
  codec::FieldReader reader(row_key);
  TimeKey out;
  TRY(const std::string_view tags, reader.raw(2));
  out.kind = tags[1];
  const bool is_upload = out.kind == 'u';
  if (tags[0] != kTimeTag || (!is_upload && out.kind != 'c' && out.kind != 'n')) {
    return fail(Code::kCorrupt, "row key: no index of times");
  }
  TRY(const std::uint64_t micros, reader.be64());
  out.time = from_micros(static_cast<std::int64_t>(micros));
  TRY(auto key, unescape(reader.rest()));
  out.key = std::move(key.key);
  if (is_upload) {
    out.upload_id = key.rest;
    return out;
  }
  codec::FieldReader rest(key.rest);
  TRY(out.stamp, rest.be64());
  if (!rest.at_end()) return fail(Code::kCorrupt, "row key: bytes after the stamp");
  return out;
}

std::string lifecycle_state() {
  return {kLifecycleTag, kStateKind};
}

std::string encode_streams(const std::vector<LifecycleStream>& streams) {
  std::string out = begin_row();
  codec::put_varint(out, streams.size());
  for (const LifecycleStream& one : streams) {
    codec::put_varint(out, static_cast<unsigned char>(one.kind));
    codec::put_varint(out, one.amount);
    codec::put_bytes(out, one.cursor);
  }
  return out;
}

Result<std::vector<LifecycleStream>> decode_streams(std::string_view bytes) {
  Fields fields(bytes);
  std::vector<LifecycleStream> out;
  const std::uint64_t count = fields.number_to(kStreamsMax, "count of walks");
  for (std::uint64_t i = 0; i < count && fields.ok(); ++i) {
    LifecycleStream one;
    one.kind = static_cast<char>(fields.number_to(0x7f, "kind of a walk"));
    one.amount = fields.number();
    one.cursor = fields.bytes();
    const auto rank = [](const LifecycleStream& of) { return std::tie(of.kind, of.amount); };
    if (!out.empty() && rank(out.back()) >= rank(one)) fields.corrupt("walks do not ascend");
    out.push_back(std::move(one));
  }
  return fields.finish(std::move(out));
}

std::string lifecycle_due_from(Time time) {
  std::string out{kLifecycleTag, kDueKind};
  codec::put_be64(out, static_cast<std::uint64_t>(to_micros(time)));
  return out;
}

std::string lifecycle_due_row(Time time, std::uint64_t epoch, std::uint64_t sequence) {
  std::string out = lifecycle_due_from(time);
  codec::put_be64(out, epoch);
  codec::put_be64(out, sequence);
  return out;
}

Result<Time> parse_lifecycle_due(std::string_view row_key) {
  codec::FieldReader reader(row_key);
  TRY(const std::string_view tags, reader.raw(2));
  TRY(const std::uint64_t micros, reader.be64());
  TRY_VOID(reader.be64());
  TRY_VOID(reader.be64());
  if (tags[0] != kLifecycleTag || tags[1] != kDueKind || !reader.at_end()) {
    return fail(Code::kCorrupt, "row key: no row of what is due");
  }
  return from_micros(static_cast<std::int64_t>(micros));
}

std::string encode(const LifecycleDue& due) {
  std::string out = begin_row();
  codec::put_bytes(out, due.key);
  codec::put_varint(out, due.stamp);
  return out;
}

Result<LifecycleDue> decode_lifecycle_due(std::string_view bytes) {
  Fields fields(bytes);
  LifecycleDue out;
  out.key = fields.bytes();
  out.stamp = fields.number();
  return fields.finish(std::move(out));
}

}  // namespace muzn::object::row

namespace muzn::object {

Task<Outcome<void>> stage_look_again(Engine& engine, const OpenShard& shard, meta::Commit& commit,
                                     std::string key, std::uint64_t stamp) {
  std::string document = row::document(kLifecycleName);
  CO_TRY(auto found, co_await engine.rows.get(shard.id(), document));
  const bool has_rules = found.has_value();
  commit.require(std::move(document), std::move(found));
  if (!has_rules) co_return Outcome<void>{};
  commit.put(row::lifecycle_due_row(engine.clock.now(), engine.epoch, engine.next_sequence()),
             row::encode(row::LifecycleDue{std::move(key), stamp}));
  co_return Outcome<void>{};
}

}  // namespace muzn::object
