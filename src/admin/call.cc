#include "admin/call.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "admin/residency.h"
#include "audit/granularity.h"
#include "codec/json.h"
#include "codec/uri.h"

namespace muzn::admin {
namespace {

struct Field {
  const char* name;
  std::string Call::* member;
  bool required;
};

constexpr std::array kAccountFields = {Field{"name", &Call::name, true},
                                       Field{"email", &Call::email, true}};
constexpr std::array kUserFields = {Field{"name", &Call::user, true}};
constexpr std::array kKeyFields = {
    Field{"account", &Call::account, true}, Field{"user", &Call::user, false},
    Field{"access_key", &Call::access_key, false}, Field{"secret_key", &Call::secret_key, false}};
constexpr std::array kGranularityFields = {Field{"level", &Call::level, true},
                                           Field{"bucket", &Call::bucket, false}};

constexpr std::array kLimitsFields = {Field{"user", &Call::user, false},
                                      Field{"bucket", &Call::bucket, false}};

const Field* find(std::span<const Field> fields, std::string_view name) {
  for (const Field& field : fields) {
    if (name == field.name) return &field;
  }
  return nullptr;
}

Result<std::string> text_of(const std::string& name, const codec::Json& value) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
    return value.get<std::string>();
  }
  return fail(Code::kInvalid, "field \"" + name + "\" must be a string that is not empty");
}

// Reads a flat object of strings into `call`.
Result<void> read_fields(std::span<const Field> fields, std::string_view body, Call& call) {
  TRY(const codec::Json json, codec::parse_json(body));
  if (!json.is_object()) return fail(Code::kInvalid, "the body must be a JSON object");
  for (const auto& [name, value] : json.items()) {
    const Field* field = find(fields, name);
    if (field == nullptr) return fail(Code::kInvalid, "unknown field \"" + name + "\"");
    TRY(call.*(field->member), text_of(name, value));
  }
  for (const Field& field : fields) {
    if (field.required && (call.*(field.member)).empty()) {
      return fail(Code::kInvalid, std::string("field \"") + field.name + "\" is missing");
    }
  }
  return {};
}

Result<void> read_key(std::string_view body, Call& call) {
  TRY_VOID(read_fields(kKeyFields, body, call));
  if (call.access_key.empty() != call.secret_key.empty()) {
    return fail(Code::kInvalid, "\"access_key\" and \"secret_key\" are given both or not at all");
  }
  return {};
}

Result<void> read_granularity(std::string_view body, Call& call) {
  TRY_VOID(read_fields(kGranularityFields, body, call));
  if (call.level == kDefaultLevel || audit::granularity_of(call.level)) return {};
  return fail(Code::kInvalid, "\"level\" must be off, summary, full or default");
}

// A limit that is not given is none.
Result<void> read_limits(std::string_view body, Call& call) {
  TRY(const codec::Json json, codec::parse_json(body));
  if (!json.is_object()) return fail(Code::kInvalid, "the body must be a JSON object");
  for (const auto& [name, value] : json.items()) {
    const auto* const limit =
        std::ranges::find(control::kLimitFields, name, &control::LimitField::name);
    if (limit != control::kLimitFields.end()) {
      if (!value.is_number_unsigned() && !value.is_null()) {
        return fail(Code::kInvalid, "\"" + name + "\" must be a whole number or null");
      }
      if (!value.is_null()) call.limits.*(limit->member) = value.get<std::uint64_t>();
      continue;
    }
    const Field* const field = find(kLimitsFields, name);
    if (field == nullptr) return fail(Code::kInvalid, "unknown field \"" + name + "\"");
    TRY(call.*(field->member), text_of(name, value));
  }
  return {};
}

// A bucket has the account's default again with a purpose that is null.
Result<void> read_purpose(std::string_view body, Call& call) {
  TRY(const codec::Json json, codec::parse_json(body));
  if (!json.is_object()) return fail(Code::kInvalid, "the body must be a JSON object");
  for (const auto& [name, value] : json.items()) {
    if (name == "purpose" && value.is_null()) continue;
    if (name != "purpose" && name != "bucket") {
      return fail(Code::kInvalid, "unknown field \"" + name + "\"");
    }
    TRY((name == "bucket" ? call.bucket : call.purpose), text_of(name, value));
  }
  if (call.bucket.empty()) return fail(Code::kInvalid, "field \"bucket\" is missing");
  if (!json.contains("purpose")) return fail(Code::kInvalid, "field \"purpose\" is missing");
  return {};
}

Result<void> read_request(std::string_view body, Call& call) {
  TRY(call.body, codec::parse_json(body));
  if (!call.body.is_object()) return fail(Code::kInvalid, "the body must be a JSON object");
  return {};
}

Result<void> order_field(const std::string& name, const codec::Json& value, JobOrder& order) {
  using Kind = JobOrder::Kind;
  const bool is_backup = order.kind == Kind::kBackup;
  if (name == "kind") return {};
  if (!is_backup && name == "bytes") {
    if (!value.is_boolean()) return fail(Code::kInvalid, "\"bytes\" must be true or false");
    order.bytes = value.get<bool>();
    return {};
  }
  if (is_backup && name == "to") {
    order.to = value.is_string() ? value.get<std::string>() : "";
    if (is_backup_name(order.to)) return {};
    return fail(Code::kInvalid,
                "\"to\" must be a name of 1 to 63 letters, digits and . _ -, which begins with a "
                "letter or digit");
  }
  if (is_backup && name == "keep") {
    constexpr std::uint64_t kKeepMax = 1'000'000;
    const bool good = value.is_number_unsigned() && value.get<std::uint64_t>() >= 1 &&
                      value.get<std::uint64_t>() <= kKeepMax;
    if (!good) return fail(Code::kInvalid, "\"keep\" must be a whole number from 1 to 1000000");
    order.keep = value.get<std::uint32_t>();
    return {};
  }
  return fail(Code::kInvalid, "unknown field \"" + name + "\"");
}

Result<void> read_order(std::string_view body, Call& call) {
  TRY(const codec::Json json, codec::parse_json(body));
  if (!json.is_object()) return fail(Code::kInvalid, "the body must be a JSON object");
  const std::string kind = codec::json_string(json, "kind");
  if (kind != "check" && kind != "backup") {
    return fail(Code::kInvalid, "\"kind\" must be \"check\" or \"backup\"");
  }
  call.order.kind = kind == "check" ? JobOrder::Kind::kCheck : JobOrder::Kind::kBackup;
  for (const auto& [name, value] : json.items()) {
    TRY_VOID(order_field(name, value, call.order));
  }
  if (call.order.kind == JobOrder::Kind::kBackup && call.order.to.empty()) {
    return fail(Code::kInvalid, "field \"to\" is missing");
  }
  return {};
}

// The query parameters that a call has.
std::span<const Field> query_fields(Operation operation) {
  static constexpr std::array kListKeysFields = {Field{"account", &Call::account, true}};
  static constexpr std::array kBucketFields = {Field{"bucket", &Call::bucket, false}};
  if (operation == Operation::kListKeys) return kListKeysFields;
  if (operation == Operation::kGetGranularity || operation == Operation::kGetResidency) {
    return kBucketFields;
  }
  if (operation == Operation::kGetLimits) return kLimitsFields;
  return {};
}

Result<void> read_query(std::string_view raw_query, Call& call) {
  const std::span<const Field> fields = query_fields(call.operation);
  TRY(const codec::Query query, codec::Query::parse(raw_query));
  for (const codec::QueryParam& param : query.params()) {
    const Field* const field = find(fields, param.name);
    if (field == nullptr) {
      return fail(Code::kInvalid, "unknown query parameter \"" + std::string(param.name) + "\"");
    }
    std::string& member = call.*(field->member);
    if (!member.empty()) {
      return fail(Code::kInvalid, "\"" + std::string(param.name) + "\" is given twice");
    }
    member = param.value;
  }
  for (const Field& field : fields) {
    if (!field.required || !(call.*(field.member)).empty()) continue;
    return fail(Code::kInvalid, std::string("query parameter \"") + field.name + "\" is missing");
  }
  return {};
}

Result<void> read_body(std::string_view body, Call& call) {
  switch (call.operation) {
    case Operation::kCreateAccount:
      return read_fields(kAccountFields, body, call);
    case Operation::kCreateUser:
      return read_fields(kUserFields, body, call);
    case Operation::kCreateKey:
      return read_key(body, call);
    case Operation::kSetGranularity:
      return read_granularity(body, call);
    case Operation::kSetLimits:
      return read_limits(body, call);
    case Operation::kStartEngineJob:
      return read_order(body, call);
    case Operation::kSetBucketPurpose:
      return read_purpose(body, call);
    case Operation::kPutSite:
      return read_site(body, call);
    case Operation::kSetResidency:
      return read_residency(body, call);
    case Operation::kPrepareRequest:
    case Operation::kSubmitRequest:
    case Operation::kAnswerCase:
      return read_request(body, call);
    default:
      if (!body.empty()) return fail(Code::kInvalid, "this call takes no body");
      return {};
  }
}

void read_parameters(const Match& match, Call& call) {
  const std::vector<std::string>& given = match.parameters;
  if (given.empty()) return;
  if (match.route->pattern.starts_with("keys/")) {
    call.access_key = given[0];
    return;
  }
  if (match.route->pattern.starts_with("engine/")) {
    call.job = given[0];
    return;
  }
  if (match.route->pattern.starts_with("complaints/")) {
    call.ticket = given[0];
    return;
  }
  if (match.route->pattern.starts_with("sites/")) {
    call.site.id = given[0];
    return;
  }
  call.account = given[0];
  if (given.size() < 2) return;
  (match.route->pattern.contains("/cases/") ? call.case_id : call.user) = given[1];
}

}  // namespace

Result<Call> parse_call(const Match& match, std::string_view raw_query, std::string_view body) {
  CHECK(match.route != nullptr);
  Call call;
  call.operation = match.route->operation;
  read_parameters(match, call);
  TRY_VOID(read_query(raw_query, call));
  TRY_VOID(read_body(body, call));
  const bool of_limits =
      call.operation == Operation::kGetLimits || call.operation == Operation::kSetLimits;
  if (of_limits && !call.user.empty() && !call.bucket.empty()) {
    return fail(Code::kInvalid, "limits are of a \"user\" or of a \"bucket\", not of both");
  }
  return call;
}

}  // namespace muzn::admin
