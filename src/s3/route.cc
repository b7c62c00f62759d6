#include "s3/route.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "s3/account_route.h"
#include "s3/handlers.h"
#include "s3/host.h"
#include "s3/names.h"

namespace muzn::s3 {
namespace {

constexpr auto kOperations = std::to_array<Operation>({
#define S3_OP(name, method, level, query, header, action, handler) \
  {#name, #method, Level::level, query, header, action, handler},
#include "s3/ops.def"
#undef S3_OP
});

constexpr std::string_view kCopySource = "x-amz-copy-source";
// The one operation with a path of its own; its name could not be a bucket's.
constexpr std::string_view kObjectLambdaPath = "/WriteGetObjectResponse";

struct Marker {
  std::string_view name;
  std::string_view value;  // "" = any
  bool operator==(const Marker&) const = default;
};

// A line of the table, its query markers taken apart ("a&b=c").
struct Line {
  const Operation* operation;
  std::vector<Marker> markers;
};

std::vector<Marker> markers_of(const Operation& operation) {
  std::vector<Marker> out;
  for (std::string_view markers = operation.query; !markers.empty();) {
    const std::size_t end = markers.find('&');
    const std::string_view term = markers.substr(0, end);
    markers.remove_prefix(end == std::string_view::npos ? markers.size() : end + 1);
    const std::size_t equals = term.find('=');
    out.push_back({term.substr(0, equals), equals == std::string_view::npos
                                               ? std::string_view()
                                               : term.substr(equals + 1)});
  }
  return out;
}

const std::vector<Line>& lines() {
  static const std::vector<Line> kAll = [] {
    std::vector<Line> all;
    all.reserve(kOperations.size());
    for (const Operation& operation : kOperations) {
      if (operation.level == Level::kAccount) continue;
      all.push_back({&operation, markers_of(operation)});
    }
    return all;
  }();
  return kAll;
}

bool names(const Marker& marker, const codec::QueryParam& param) {
  return marker.name == param.name && (marker.value.empty() || marker.value == param.value);
}

// Parameters that only qualify a sub-resource or are common elsewhere: alone they select nothing.
bool is_qualifier(std::string_view name) {
  constexpr std::array<std::string_view, 5> kQualifiers = {"id", "annotationName", "select-type",
                                                           "partNumber", "x-id"};
  return std::ranges::find(kQualifiers, name) != kQualifiers.end();
}

// Each marker of the table that names a sub-resource, once, and what their names begin with: most
// parameters of a presigned request begin otherwise.
struct SubResources {
  std::vector<Marker> markers;
  std::array<bool, 256> first_bytes{};

  bool may_have(std::string_view name) const {
    return !name.empty() && first_bytes[static_cast<unsigned char>(name.front())];
  }
};

const SubResources& sub_resources() {
  static const SubResources kAll = [] {
    SubResources all;
    for (const Line& line : lines()) {
      for (const Marker& marker : line.markers) {
        if (is_qualifier(marker.name)) continue;
        if (std::ranges::find(all.markers, marker) != all.markers.end()) continue;
        all.markers.push_back(marker);
        all.first_bytes.at(static_cast<unsigned char>(marker.name.front())) = true;
      }
    }
    return all;
  }();
  return kAll;
}

// The sub-resource that the query asks for; "" when none. Two different ones: InvalidArgument.
Outcome<std::string_view> sub_resource_of(const codec::Query& query) {
  std::string_view found;
  for (const codec::QueryParam& param : query.params()) {
    if (!sub_resources().may_have(param.name)) continue;
    for (const Marker& marker : sub_resources().markers) {
      if (!names(marker, param) || marker.name == found) continue;
      if (!found.empty()) {
        return invalid_argument("Conflicting query string parameters: " + std::string(found) +
                                    ", " + std::string(marker.name),
                                "ResourceType", found);
      }
      found = marker.name;
    }
  }
  return found;
}

bool consumes(const Line& line, std::string_view sub_resource) {
  return sub_resource.empty() ||
         std::ranges::find(line.markers, sub_resource, &Marker::name) != line.markers.end();
}

// How many markers the request shows, all of the line's; -1 when one is missing.
int score(const Line& line, const codec::Query& query, const http::RequestHead& head) {
  for (const Marker& marker : line.markers) {
    const auto shows = [&](const codec::QueryParam& param) { return names(marker, param); };
    if (std::ranges::none_of(query.params(), shows)) return -1;
  }
  const std::string_view header = line.operation->header;
  if (!header.empty() && !head.headers.has(header)) return -1;
  return static_cast<int>(line.markers.size()) + (header.empty() ? 0 : 1);
}

Error no_operation(std::string_view method, Level level, std::string_view sub_resource) {
  std::string allowed;
  for (const Line& line : lines()) {
    const Operation& operation = *line.operation;
    if (!sub_resource.empty() && operation.level != level && operation.method == method &&
        operation.level != Level::kService && level != Level::kService &&
        consumes(line, sub_resource)) {
      return Error(
          ErrorCode::kInvalidRequest,
          (level == Level::kObject ? "Key is not expected for the " : "A key is needed for the ") +
              std::string(method) + " method ?" + std::string(sub_resource) + " subresource");
    }
    if (operation.level != level || !consumes(line, sub_resource)) continue;
    if (sub_resource.empty() && !operation.query.empty()) continue;
    if (allowed.find(operation.method) != std::string::npos) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += operation.method;
  }
  Error error(ErrorCode::kMethodNotAllowed);
  error.headers.set("Allow", allowed);
  error.extra.emplace_back("Method", method);
  return error;
}

Outcome<const Operation*> select(const http::RequestHead& head, Level level,
                                 const codec::Query& query) {
  TRY(const std::string_view sub_resource, sub_resource_of(query));
  const Operation* best = nullptr;
  int best_score = -1;
  for (const Line& line : lines()) {
    if (line.operation->level != level || line.operation->method != head.method) continue;
    if (!consumes(line, sub_resource)) continue;
    const int reached = score(line, query, head);
    if (reached <= best_score) continue;
    best = line.operation;
    best_score = reached;
  }
  if (best == nullptr) return std::unexpected(no_operation(head.method, level, sub_resource));
  if (best->header != kCopySource) {
    if (const auto source = head.headers.get(kCopySource)) {
      return invalid_argument("You can only specify a copy source header for copy requests.",
                              kCopySource, *source);
    }
  }
  // A part whose upload is missing must not become an object.
  if (best->name == "PutObject" && query.has("partNumber")) {
    return invalid_argument("This operation needs an uploadId with the partNumber.", "partNumber",
                            *query.get("partNumber"));
  }
  return best;
}

Outcome<std::string> decode_path(std::string_view raw) {
  auto decoded = codec::uri_decode(raw);
  if (!decoded || !codec::is_utf8(*decoded) || decoded->find('\0') != std::string::npos) {
    return refuse(ErrorCode::kInvalidURI);
  }
  return std::move(*decoded);
}

Outcome<codec::Query> parse_query(std::string_view raw) {
  auto query = codec::Query::parse(raw);
  if (!query) {
    if (query.error().code == Code::kLimit) {
      return refuse(ErrorCode::kInvalidArgument, "The query string has too many parameters.");
    }
    return refuse(ErrorCode::kInvalidURI);
  }
  // Values come back in documents, which could not carry other bytes.
  const auto is_text = [](std::string_view text) {
    return codec::is_utf8(text) && !text.contains('\0');
  };
  for (const codec::QueryParam& param : query->params()) {
    if (!is_text(param.name) || !is_text(param.value)) {
      return refuse(ErrorCode::kInvalidArgument, "A query parameter is not UTF-8 text.");
    }
  }
  return std::move(*query);
}

// Fills bucket and key.
Outcome<void> locate(const http::RequestHead& head, const Settings& settings, Call& call) {
  std::string_view path = head.path;
  if (!path.starts_with('/')) {
    if (path.empty()) return {};
    return refuse(ErrorCode::kInvalidURI);
  }
  path.remove_prefix(1);
  if (auto bucket = virtual_bucket(head.host, settings.domains)) {
    call.bucket = std::move(*bucket);
  } else {
    // Split before decoding: an escaped slash is part of a name, not a border of names.
    const std::size_t slash = path.find('/');
    TRY(call.bucket, decode_path(path.substr(0, slash)));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (call.bucket.empty() && slash != std::string_view::npos) {
      return refuse(ErrorCode::kInvalidBucketName);
    }
  }
  TRY(call.key, decode_path(path));
  return {};
}

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

Outcome<void> check_key(std::string_view key) {
  if (key.size() > limits::kKeyBytes) {
    Error error(ErrorCode::kKeyTooLongError);
    error.extra.emplace_back("Size", std::to_string(key.size()));
    error.extra.emplace_back("MaxSizeAllowed", std::to_string(limits::kKeyBytes));
    return std::unexpected(std::move(error));
  }
  if (climbs(key)) return refuse(ErrorCode::kInvalidURI);
  return {};
}

Outcome<Call> route(const http::RequestHead& head, const Settings& settings) {
  Call call;
  if (head.method == "OPTIONS") {
    TRY_VOID(locate(head, settings, call));
    return call;
  }
  TRY(call.query, parse_query(head.query));
  if (names_account(head, settings)) {
    TRY_VOID(route_account(head, call));
    return call;
  }
  if (head.path != kObjectLambdaPath) TRY_VOID(locate(head, settings, call));
  const Level level = !call.key.empty()      ? Level::kObject
                      : !call.bucket.empty() ? Level::kBucket
                                             : Level::kService;
  if (level == Level::kObject) TRY_VOID(check_key(call.key));
  TRY(call.operation, select(head, level, call.query));
  if (level == Level::kService) return call;
  const bool named = call.operation->name == "CreateBucket" ? valid_bucket_name(call.bucket)
                                                            : possible_bucket_name(call.bucket);
  if (!named) {
    Error error(ErrorCode::kInvalidBucketName);
    error.extra.emplace_back("BucketName", call.bucket);
    return std::unexpected(std::move(error));
  }
  return call;
}

}  // namespace muzn::s3
