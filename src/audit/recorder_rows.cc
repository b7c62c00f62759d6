#include "audit/recorder_rows.h"

#include "audit/leaf.h"
#include "codec/varint.h"

namespace muzn::audit {
namespace {

constexpr char kVersion = 1;
constexpr std::uint64_t kLeavesMax = 1U << 20;  // of a row that is none of ours

std::uint64_t bits_of(Time time) {
  return static_cast<std::uint64_t>(to_micros(time));
}
Time time_of(std::uint64_t bits) {
  return from_micros(static_cast<std::int64_t>(bits));
}

Result<codec::FieldReader> open(std::string_view row) {
  if (row.empty()) return fail(Code::kCorrupt, "recorder: an empty row");
  if (row.front() != kVersion) return fail(Code::kUnsupported, "recorder: a row of a newer format");
  return codec::FieldReader(row.substr(1));
}

}  // namespace

std::string encode_mark(Time since) {
  std::string out(1, kVersion);
  codec::put_be64(out, bits_of(since));
  return out;
}

Result<Time> decode_mark(std::string_view row) {
  TRY(codec::FieldReader in, open(row));
  TRY(const std::uint64_t since, in.be64());
  if (!in.at_end()) return fail(Code::kCorrupt, "recorder: a bad mark");
  return time_of(since);
}

std::string log_key_row(std::string_view name) {
  return std::string(kLogKeyPrefix).append(name);
}

std::string private_row(std::string_view handle) {
  return std::string("p").append(handle);
}

std::string encode_number(std::uint64_t number) {
  std::string out;
  codec::put_be64(out, number);
  return out;
}

Result<std::uint64_t> decode_number(std::string_view row) {
  codec::FieldReader in(row);
  TRY(const std::uint64_t number, in.be64());
  if (!in.at_end()) return fail(Code::kCorrupt, "recorder: a bad number of a shard");
  return number;
}

std::string account_row(std::string_view handle) {
  return std::string(kAccountPrefix).append(handle);
}

std::string encode_account(const AccountRow& account) {
  std::string out(1, kVersion);
  codec::put_be64(out, account.sequence);
  codec::put_be64(out, account.log_sequence);
  codec::put_be64(out, account.log_size);
  out.push_back(account.at_work ? 1 : 0);
  if (account.at_work) codec::put_be64(out, bits_of(*account.at_work));
  codec::put_varint(out, account.leaves.size());
  for (const std::string& leaf : account.leaves) codec::put_bytes(out, leaf);
  return out;
}

Result<AccountRow> decode_account(std::string_view row) {
  TRY(codec::FieldReader in, open(row));
  AccountRow out;
  TRY(out.sequence, in.be64());
  TRY(out.log_sequence, in.be64());
  TRY(out.log_size, in.be64());
  TRY(const std::string_view at_work, in.raw(1));
  if (at_work[0] != 0) {
    TRY(const std::uint64_t bits, in.be64());
    out.at_work = time_of(bits);
  }
  TRY(const std::uint64_t count, in.varint());
  if (count > kLeavesMax) return fail(Code::kCorrupt, "recorder: too many leaves in a row");
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(const std::string_view leaf, in.bytes());
    out.leaves.emplace_back(leaf);
  }
  if (!in.at_end() || encode_account(out) != row) {
    return fail(Code::kCorrupt, "recorder: a bad row of an account");
  }
  return out;
}

Result<void> check_recorder_row(const meta::Row& row) {
  const std::string_view key = row.key;
  if (key == kMarkRow) {
    TRY_VOID(decode_mark(row.value));
    return {};
  }
  if (key == kNextShardRow || key.starts_with(private_row(""))) {
    TRY_VOID(decode_number(row.value));
    return {};
  }
  if (key.starts_with(kLogKeyPrefix)) {
    if (row.value.empty()) return fail(Code::kCorrupt, "recorder: an empty row");
    return {};
  }
  if (!key.starts_with(kAccountPrefix)) {
    return fail(Code::kCorrupt, "recorder: a row of another kind");
  }
  TRY(const AccountRow account, decode_account(row.value));
  for (const std::string& leaf : account.leaves) TRY_VOID(decode_leaf(leaf));
  return {};
}

}  // namespace muzn::audit
