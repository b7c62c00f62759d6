#include "s3/lock_headers.h"

#include "codec/date.h"
#include "s3/lock_xml.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kMode = "x-amz-object-lock-mode";
constexpr std::string_view kUntil = "x-amz-object-lock-retain-until-date";
constexpr std::string_view kHold = "x-amz-object-lock-legal-hold";
constexpr std::string_view kBypass = "x-amz-bypass-governance-retention";

Outcome<object::Retention> parse_retention_headers(const http::Headers& headers, Time now) {
  const auto mode = headers.get(kMode);
  const auto until = headers.get(kUntil);
  if (!mode && !until) return object::Retention{};
  if (!mode || !until) {
    return refuse(ErrorCode::kInvalidArgument,
                  "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be "
                  "supplied");
  }
  const auto known = mode_of(*mode);
  if (!known) return invalid_argument("Unknown wormMode directive.", kMode, *mode);
  const auto time = codec::parse_iso8601(*until);
  if (!time) {
    return invalid_argument("The retain until date must be provided in ISO 8601 format", kUntil,
                            *until);
  }
  TRY_VOID(check_until(*time, now));
  return object::Retention{.mode = *known, .until = object::whole(*time)};
}

}  // namespace

Outcome<void> check_until(Time until, Time now) {
  if (until > now) return {};
  return refuse(ErrorCode::kInvalidArgument, "The retain until date must be in the future!");
}

bool has_lock_headers(const http::Headers& headers) {
  return headers.has(kMode) || headers.has(kUntil) || headers.has(kHold);
}

Outcome<object::Lock> parse_lock_headers(const http::Headers& headers, const object::Bucket& bucket,
                                         Time now) {
  object::Lock out;
  if (!has_lock_headers(headers)) return out;
  TRY(out.retention, parse_retention_headers(headers, now));
  if (const auto text = headers.get(kHold)) {
    const auto hold = hold_of(*text);
    if (!hold) {
      return invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", kHold, *text);
    }
    out.hold = *hold;
  }
  TRY_VOID(check_lockable(bucket));
  return out;
}

Outcome<void> check_lockable(const object::Bucket& bucket) {
  if (bucket.object_lock) return {};
  return refuse(ErrorCode::kInvalidRequest, "Bucket is missing Object Lock Configuration");
}

Outcome<bool> parse_bypass(const http::Headers& headers) {
  const auto text = headers.get(kBypass);
  if (!text || http::equal_ignoring_case(*text, "false")) return false;
  if (http::equal_ignoring_case(*text, "true")) return true;
  return invalid_argument("", kBypass, *text);
}

void add_lock_headers(http::Headers& headers, const object::Lock& lock) {
  if (lock.retention.mode != object::RetentionMode::kNone) {
    headers.set(kMode, mode_name(lock.retention.mode));
    headers.set(kUntil, codec::iso8601_millis(lock.retention.until));
  }
  if (lock.hold != object::LegalHold::kUnset) headers.set(kHold, hold_name(lock.hold));
}

}  // namespace muzn::s3
