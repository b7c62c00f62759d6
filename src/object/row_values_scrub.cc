// The row that keeps where the scrub is.
#include "object/row_fields.h"

namespace muzn::object::row {
namespace {

void put_tally(std::string& out, const ScrubTally& tally) {
  codec::put_varint(out, tally.bytes);
  codec::put_varint(out, tally.objects);
  codec::put_varint(out, tally.errors);
}

ScrubTally get_tally(Fields& fields) {
  ScrubTally out;
  out.bytes = fields.number();
  out.objects = fields.number();
  out.errors = fields.number();
  return out;
}

}  // namespace

std::string encode(const ScrubState& state) {
  std::string out = begin_row();
  codec::put_varint(out, static_cast<std::uint64_t>(state.phase));
  put_time(out, state.began);
  codec::put_varint(out, state.table);
  codec::put_bytes(out, state.bucket);
  codec::put_varint(out, state.shard);
  codec::put_bytes(out, state.row_key);
  put_tally(out, state.so_far);
  codec::put_varint(out, state.passes);
  put_time(out, state.ended);
  put_tally(out, state.last);
  return out;
}

Result<ScrubState> decode_scrub(std::string_view bytes) {
  Fields fields(bytes);
  ScrubState out;
  out.phase = fields.enumeration(ScrubState::Phase::kBuckets, "scrub phase");
  out.began = fields.time();
  out.table = fields.number();
  out.bucket = fields.bytes();
  out.shard = fields.number();
  out.row_key = fields.bytes();
  out.so_far = get_tally(fields);
  out.passes = fields.number();
  out.ended = fields.time();
  out.last = get_tally(fields);
  return fields.finish(std::move(out));
}

}  // namespace muzn::object::row
