#include "audit/access_log.h"

#include <fmt/format.h>

#include <chrono>

#include "codec/varint.h"

namespace muzn::audit {
namespace {

constexpr std::uint64_t kTargetFormat = 1;
constexpr std::uint64_t kItemFormat = 1;

Result<void> check_format(codec::FieldReader& in, std::uint64_t format) {
  TRY(const std::uint64_t found, in.varint());
  if (found == format) return {};
  return fail(found > format ? Code::kUnsupported : Code::kCorrupt,
              "access log: format " + std::to_string(found));
}

std::string day_path(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}/{:02}/{:02}/", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string time_name(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}-{:02}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

AccessItem item_of(const Record& record, const AccessFacts& facts) {
  return {.target = facts.target,
          .bucket = record.bucket,
          .account = facts.account,
          .region = facts.region,
          .time = record.time,
          .sure = facts.is_intended,
          .line = access_line(record, facts)};
}

}  // namespace

std::string encode(const AccessTarget& target) {
  std::string out;
  codec::put_varint(out, kTargetFormat);
  codec::put_bytes(out, target.bucket);
  codec::put_bytes(out, target.prefix);
  codec::put_varint(out, static_cast<std::uint64_t>(target.format));
  codec::put_bytes(out, target.grants);
  codec::put_varint(out, target.strict ? 1 : 0);
  return out;
}

Result<AccessTarget> decode_access_target(std::string_view bytes) {
  codec::FieldReader in(bytes);
  TRY_VOID(check_format(in, kTargetFormat));
  AccessTarget out;
  TRY(out.bucket, in.bytes());
  TRY(out.prefix, in.bytes());
  TRY(const std::uint64_t format, in.varint());
  TRY(out.grants, in.bytes());
  TRY(const std::uint64_t strict, in.varint());
  out.format = static_cast<KeyFormat>(format);
  out.strict = strict == 1;
  if (format > static_cast<std::uint64_t>(KeyFormat::kDeliveryTime) || encode(out) != bytes) {
    return fail(Code::kCorrupt, "access log: a bad target");
  }
  return out;
}

std::string encode(const AccessItem& item) {
  std::string out;
  codec::put_varint(out, kItemFormat);
  codec::put_bytes(out, item.target);
  codec::put_bytes(out, item.bucket);
  codec::put_bytes(out, item.account);
  codec::put_bytes(out, item.region);
  codec::put_varint(out, static_cast<std::uint64_t>(to_micros(item.time)));
  codec::put_varint(out, item.sure ? 1 : 0);
  codec::put_bytes(out, item.line);
  return out;
}

Result<AccessItem> decode_access_item(std::string_view bytes) {
  codec::FieldReader in(bytes);
  TRY_VOID(check_format(in, kItemFormat));
  AccessItem out;
  TRY(out.target, in.bytes());
  TRY(out.bucket, in.bytes());
  TRY(out.account, in.bytes());
  TRY(out.region, in.bytes());
  TRY(const std::uint64_t micros, in.varint());
  TRY(const std::uint64_t sure, in.varint());
  TRY(out.line, in.bytes());
  out.time = from_micros(static_cast<std::int64_t>(micros));
  out.sure = sure == 1;
  if (!in.at_end() || sure > 1) return fail(Code::kCorrupt, "access log: a bad item");
  return out;
}

std::vector<AccessItem> access_items(const Record& record) {
  std::vector<AccessItem> out;
  if (record.access) out.push_back(item_of(record, *record.access));
  for (const AccessPart& part : record.also) {
    Record one = record;
    AccessFacts facts = *part.facts;
    facts.object_size = part.object_size;
    one.operation = part.operation;
    one.bucket = part.bucket;
    one.key = part.key;
    one.version_id = part.version_id;
    one.status = part.status;
    one.error_code = part.error_code;
    one.bytes_out = 0;
    out.push_back(item_of(one, facts));
  }
  return out;
}

AccessItem access_intent(const Record& record) {
  Record open = record;
  open.status = 0;
  open.error_code.clear();
  AccessItem out = item_of(open, *record.access);
  out.sure = true;
  return out;
}

std::string access_log_key(const AccessTarget& target, const AccessItem& first, Time delivered,
                           std::string_view unique) {
  std::string out = target.prefix;
  if (target.format == KeyFormat::kEventTime || target.format == KeyFormat::kDeliveryTime) {
    // By event time the name says which day the requests are of, and nothing finer.
    if (target.format == KeyFormat::kEventTime) {
      delivered = std::chrono::floor<std::chrono::days>(first.time);
    }
    out += first.account + "/" + first.region + "/" + first.bucket + "/" +
           day_path(std::chrono::floor<std::chrono::days>(delivered));
  }
  return out + time_name(delivered) + "-" + std::string(unique);
}

std::int64_t access_log_day(const AccessTarget& target, Time time) {
  if (target.format != KeyFormat::kEventTime) return 0;
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

}  // namespace muzn::audit
