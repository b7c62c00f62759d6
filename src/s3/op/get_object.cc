// GetObject and HeadObject.
#include <array>

#include "codec/date.h"
#include "http/conditions.h"
#include "http/range.h"
#include "s3/access.h"
#include "s3/checksum_headers.h"
#include "s3/complete_xml.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/logging.h"
#include "s3/object_headers.h"

namespace muzn::s3 {
namespace {

// The views are of the request's head and query.
struct ReadArgs {
  std::optional<std::string_view> range;
  std::optional<std::string_view> if_range;
  std::optional<int> part_number;
  http::ReadConditions conditions;
  bool with_checksum = false;
  http::Headers overrides;
};

struct ReadPlan {
  int status = 200;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::optional<object::Checksum> checksum;
  std::size_t parts_count = 0;
};

Outcome<std::optional<int>> parse_part(const codec::Query& query) {
  const auto text = query.get("partNumber");
  if (!text) return std::nullopt;
  const auto number = parse_part_number(*text);
  if (!number) {
    return invalid_argument("Part number must be an integer between 1 and 10000, inclusive",
                            "partNumber", *text);
  }
  return number;
}

Outcome<http::Headers> parse_overrides(const codec::Query& query, bool anonymous) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOverrides = {{
      {"response-content-type", "Content-Type"},
      {"response-content-language", "Content-Language"},
      {"response-expires", "Expires"},
      {"response-cache-control", "Cache-Control"},
      {"response-content-disposition", "Content-Disposition"},
      {"response-content-encoding", "Content-Encoding"},
  }};
  http::Headers out;
  for (const auto& [parameter, header_name] : kOverrides) {
    const auto value = query.get(parameter);
    if (!value) continue;
    if (anonymous) {
      return refuse(ErrorCode::kInvalidRequest,
                    "Request specific response headers cannot be used for anonymous GET requests.");
    }
    out.set(header_name, *value);
  }
  return out;
}

Outcome<ReadArgs> parse_read(const Exchange& exchange) {
  const http::Headers& headers = exchange.request.head.headers;
  const codec::Query& query = exchange.call.query;
  ReadArgs args;
  TRY_VOID(refuse_customer_key(headers));
  TRY(args.part_number, parse_part(query));
  TRY(args.overrides, parse_overrides(query, !exchange.who.proof()));
  args.range = headers.get("range");
  args.if_range = headers.get("if-range");
  if (args.range && args.part_number) {
    return refuse(ErrorCode::kInvalidRequest,
                  "Cannot specify both Range header and partNumber query parameter");
  }
  args.conditions = {.if_match = headers.get("if-match"),
                     .if_none_match = headers.get("if-none-match"),
                     .if_modified_since = headers.get("if-modified-since"),
                     .if_unmodified_since = headers.get("if-unmodified-since")};
  args.with_checksum =
      http::equal_ignoring_case(header(exchange.request, "x-amz-checksum-mode"), "ENABLED");
  return args;
}

// Of a resumed download whose object is another one by now, the whole is wanted (RFC 9110 13.1.5).
bool range_holds(const ReadArgs& args, const object::Version& version) {
  if (!args.if_range) return true;
  if (const auto date = codec::parse_http_date(*args.if_range)) {
    return codec::http_date(*date) == codec::http_date(version.modified);
  }
  return http::etag_list_matches(*args.if_range, version.etag);
}

std::unexpected<Error> refuse_range(std::string_view range, std::uint64_t size) {
  Error error(ErrorCode::kInvalidRange);
  error.extra = {{"RangeRequested", std::string(range)},
                 {"ActualObjectSize", std::to_string(size)}};
  error.headers.set("Content-Range", "bytes */" + std::to_string(size));
  return std::unexpected(std::move(error));
}

Outcome<ReadPlan> plan_range(const ReadArgs& args, const object::Version& version) {
  ReadPlan plan{.length = version.size, .checksum = version.checksum};
  if (!args.range || !range_holds(args, version)) return plan;
  const auto choice = http::resolve_range(args.range, version.size);
  switch (choice.kind) {
    case http::RangeKind::kWhole:
      return plan;
    case http::RangeKind::kUnsatisfiable:
      return refuse_range(*args.range, version.size);
    case http::RangeKind::kPartial:
      break;
  }
  // The checksum is of the whole, so a piece goes without.
  return ReadPlan{.status = 206,
                  .offset = choice.range.first,
                  .length = choice.range.length(),
                  .checksum = std::nullopt};
}

Outcome<ReadPlan> plan_part(int number, const object::Version& version,
                            const std::vector<object::Part>& parts) {
  if (parts.empty() && number == 1) {
    return ReadPlan{.status = version.size > 0 ? 206 : 200,
                    .length = version.size,
                    .checksum = version.checksum};
  }
  std::uint64_t offset = 0;
  for (const auto& part : parts) {
    if (part.number == number) {
      return ReadPlan{.status = part.segment.size > 0 ? 206 : 200,
                      .offset = offset,
                      .length = part.segment.size,
                      .checksum = part.checksum,
                      .parts_count = parts.size()};
    }
    offset += part.segment.size;
  }
  Error error(ErrorCode::kInvalidPartNumber);
  error.extra = {{"PartNumberRequested", std::to_string(number)},
                 {"ActualPartCount", std::to_string(std::max<std::size_t>(parts.size(), 1))}};
  return std::unexpected(std::move(error));
}

// nullopt: go on. Else 304, or 412 as an error.
Outcome<std::optional<http::Response>> judge_conditions(
    const ReadArgs& args, const object::Version& version,
    const std::optional<object::Bucket>& bucket) {
  switch (http::evaluate(args.conditions, version.etag, version.modified)) {
    case http::Verdict::kProceed:
      return std::nullopt;
    case http::Verdict::kFailed: {
      Error error(ErrorCode::kPreconditionFailed);
      error.extra = {{"Condition", args.conditions.if_match ? "If-Match" : "If-Unmodified-Since"}};
      return std::unexpected(std::move(error));
    }
    case http::Verdict::kNotModified:
      break;
  }
  http::Response response;
  response.status = 304;
  response.headers.set("Last-Modified", codec::http_date(version.modified));
  response.headers.set("ETag", s3::quoted(version.etag));
  for (const auto& [header_name, value] :
       {std::pair("Cache-Control", &version.attributes.cache_control),
        std::pair("Expires", &version.attributes.expires)}) {
    if (!value->empty()) response.headers.set(header_name, *value);
  }
  add_version_id(response.headers, bucket, version.version_id);
  return response;
}

http::Response to_response(const ReadArgs& args, const ReadPlan& plan,
                           const object::Version& version,
                           const std::optional<object::Bucket>& bucket) {
  http::Response response;
  response.status = plan.status;
  add_object_headers(response.headers, version, bucket);
  for (const auto override_header : args.overrides.all()) {
    response.headers.set(override_header.name, override_header.value);
  }
  if (plan.status == 206) {
    response.headers.set("Content-Range", "bytes " + std::to_string(plan.offset) + "-" +
                                              std::to_string(plan.offset + plan.length - 1) + "/" +
                                              std::to_string(version.size));
  }
  if (plan.parts_count > 0) {
    response.headers.set("x-amz-mp-parts-count", std::to_string(plan.parts_count));
  }
  if (args.with_checksum && plan.checksum) {
    // A part's own digest goes under the type of its object's, as with AWS.
    add_checksum(response.headers, *plan.checksum);
    if (version.checksum) {
      response.headers.set("x-amz-checksum-type", name(version.checksum->type));
    }
  }
  return response;
}

Task<Answer> read_object(Context& context, Exchange& exchange, bool with_body) {
  CO_TRY(const ReadArgs args, parse_read(exchange));
  CO_TRY(const auto opened, co_await open_judged(context, exchange));
  const object::Version& version = opened->version();
  exchange.record.version_id = version.version_id;
  note_size(exchange.record, version.size);
  CO_TRY(auto early, judge_conditions(args, version, exchange.bucket));
  if (early) co_return std::move(*early);
  std::vector<object::Part> parts;
  if (args.part_number) {
    CO_TRY(parts, co_await opened->parts());
  }
  CO_TRY(const ReadPlan plan, args.part_number ? plan_part(*args.part_number, version, parts)
                                               : plan_range(args, version));
  http::Response response = to_response(args, plan, version, exchange.bucket);
  if (!version.lock.empty()) {
    CO_TRY_VOID(co_await tell_lock(context, exchange, version, response.headers));
  }
  if (!with_body) {
    response.declared_length = plan.length;
  } else if (plan.length > 0) {
    CO_TRY(response.stream, co_await opened->bytes(plan.offset, plan.length));
    response.stream_length = plan.length;
  }
  co_return response;
}

}  // namespace

Task<Answer> get_object(Context& context, Exchange& exchange) {
  return read_object(context, exchange, true);
}

Task<Answer> head_object(Context& context, Exchange& exchange) {
  return read_object(context, exchange, false);
}

}  // namespace muzn::s3
