#include "server/log_bucket.h"

#include <algorithm>
#include <utility>

#include "audit/leaf.h"
#include "codec/date.h"
#include "http/conditions.h"
#include "http/range.h"
#include "merkle/note.h"
#include "s3/host.h"
#include "s3/listing.h"
#include "s3/route.h"
#include "s3/token.h"
#include "server/log_pages.h"
#include "server/log_view.h"
#include "server/operations.h"

namespace muzn::server {
namespace {

using View = LogBucket::View;
using Item = LogBucket::Item;

constexpr std::string_view kScope = "log objects";

Task<Result<View::Edition>> edition_of(tlog::Log& log) {
  auto checkpoint = co_await log.read("checkpoint");
  if (!checkpoint && checkpoint.error().code == Code::kNotFound) co_return View::Edition{};
  CO_TRY(std::string text, std::move(checkpoint));
  CO_TRY(const merkle::SignedCheckpoint read, merkle::parse_signed_checkpoint(text));
  co_return View::Edition{std::move(text), read.checkpoint.size};
}

// What never changes is as old as the log, so that a copy is never out of date.
Task<Result<Time>> began(tlog::Log& log) {
  CO_TRY(const auto first, co_await log.entries(0, 1));
  const auto leaf = audit::decode_leaf(first.front());
  co_return leaf ? leaf->time : from_seconds(1);
}

// The next view of a log that `known` was of.
Task<Result<View::Shelf>> next_shelf(View::Shelf known, Time now) {
  CO_TRY(View::Edition newest, co_await edition_of(*known.log));
  if (known.editions[2].size == 0) known.editions.fill(newest);
  const View::Edition given = known.editions[1];
  std::ranges::rotate(known.editions, known.editions.begin() + 1);
  known.editions[2] = std::move(newest);
  if (known.editions[1] != given || known.modified == Time{}) known.modified = now;
  if (known.began == Time{} && known.editions[2].size > 0) {
    CO_TRY(known.began, co_await began(*known.log));
  }
  co_return known;
}

http::Response file_response(const Item& item, std::string bytes) {
  http::Response response;
  response.status = 200;
  response.headers.add("Content-Type",
                       item.tile ? "application/octet-stream" : "text/plain; charset=utf-8");
  response.headers.add("ETag", s3::quoted(item.etag()));
  response.headers.add("Last-Modified", codec::http_date(item.modified));
  response.headers.add("Accept-Ranges", "bytes");
  response.body = std::move(bytes);
  return response;
}

s3::Outcome<http::Response> conditional(const http::RequestHead& head, const Item& item,
                                        http::Response response) {
  const http::ReadConditions asked{.if_match = head.headers.get("if-match"),
                                   .if_none_match = head.headers.get("if-none-match"),
                                   .if_modified_since = head.headers.get("if-modified-since"),
                                   .if_unmodified_since = head.headers.get("if-unmodified-since")};
  switch (http::evaluate(asked, item.etag(), item.modified)) {
    case http::Verdict::kFailed:
      return s3::refuse(s3::ErrorCode::kPreconditionFailed);
    case http::Verdict::kNotModified:
      response.status = 304;
      response.body.clear();
      return response;
    case http::Verdict::kProceed:
      break;
  }
  const std::size_t size = response.body.size();
  const http::RangeChoice choice = http::resolve_range(head.headers.get("range"), size);
  if (choice.kind == http::RangeKind::kUnsatisfiable) {
    return s3::refuse(s3::ErrorCode::kInvalidRange);
  }
  if (choice.kind == http::RangeKind::kPartial) {
    response.status = 206;
    response.headers.add("Content-Range", "bytes " + std::to_string(choice.range.first) + "-" +
                                              std::to_string(choice.range.last) + "/" +
                                              std::to_string(size));
    response.body = response.body.substr(choice.range.first, choice.range.length());
  }
  return response;
}

}  // namespace

LogBucket::LogBucket(Ledger& ledger, const Clock& clock, s3::Settings settings,
                     std::uint64_t seconds)
    : ledger_(ledger),
      clock_(clock),
      settings_(std::move(settings)),
      interval_micros_(static_cast<std::int64_t>(seconds) * 1'000'000),
      started_(clock.now()) {}
LogBucket::~LogBucket() = default;

bool LogBucket::is_asked(const http::RequestHead& head) const {
  if (const auto bucket = s3::virtual_bucket(head.host, settings_.domains)) {
    return *bucket == kLogBucket;
  }
  std::string_view path = head.path;
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  return path.substr(0, path.find('/')) == kLogBucket;
}

Task<Result<std::shared_ptr<const View>>> LogBucket::view() {
  std::shared_ptr<const View> known;
  {
    const std::lock_guard lock(mutex_);
    if (view_ && clock_.monotonic_micros() < due_micros_) co_return view_;
    known = view_;
  }
  auto next = std::make_shared<View>();
  if (known) *next = *known;
  if (!known) {
    next->started = started_;
    next->now = {.log = &ledger_.log(), .policy = ledger_.policy_text()};
    for (std::size_t i = 0; i < ledger_.past().size(); ++i) {
      tlog::Log& log = *ledger_.past()[i];
      next->past.push_back(
          {.prefix = "past/" + std::to_string(i) + "/", .log = &log, .policy = own_policy(log)});
    }
    std::ranges::sort(next->past, {}, &View::Shelf::prefix);
  }
  for (View::Shelf& shelf : next->past) {
    CO_TRY(shelf, co_await next_shelf(std::move(shelf), started_));
  }
  CO_TRY(next->now, co_await next_shelf(std::move(next->now), clock_.now()));
  const std::lock_guard lock(mutex_);
  // Of those who turned the page at once the first one did.
  if (view_ != known) co_return view_;
  view_ = next;
  due_micros_ = clock_.monotonic_micros() + interval_micros_;
  co_return view_;
}

Task<Result<std::uint64_t>> LogBucket::bundle_bytes(tlog::Log& log, merkle::Tile tile) {
  if (tile.is_full()) {
    const std::lock_guard lock(mutex_);
    const std::vector<std::uint32_t>& known = bytes_[&log];
    if (tile.index < known.size() && known[tile.index] > 0) co_return known[tile.index];
  }
  CO_TRY(const std::string bytes, co_await log.read(merkle::path_of(tile)));
  if (tile.is_full()) {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint32_t>& known = bytes_[&log];
    if (tile.index >= known.size()) known.resize(tile.index + 1);
    known[tile.index] = static_cast<std::uint32_t>(bytes.size());
  }
  co_return bytes.size();
}

Task<s3::Answer> LogBucket::list(const s3::Call& call) {
  const bool is_v2 = call.operation->name == "ListObjectsV2";
  CO_TRY(const s3::ListParams params, s3::parse_list_params(call.query));
  object::ListArgs args{
      .bucket = call.bucket,
      .prefix = params.prefix,
      .delimiter = params.delimiter,
      .after = std::string(call.query.get(is_v2 ? "start-after" : "marker").value_or("")),
      .limit = params.max_keys};
  const std::string token(call.query.get("continuation-token").value_or(""));
  if (is_v2 && !token.empty()) {
    auto position = s3::read_token(kScope, token);
    if (!position) {
      co_return s3::invalid_argument("The continuation token provided is incorrect",
                                     "continuation-token", token);
    }
    args.after = std::move(*position);
  }
  CO_TRY(const std::shared_ptr<const View> shown, co_await view());
  LogPage found;
  if (args.limit > 0) found = page_of(*shown, args);
  for (std::size_t i = 0; i < found.items.size(); ++i) {
    const Item& item = found.items[i];
    if (!item.tile) continue;
    std::uint64_t& size = found.page.entries[i].version.size;
    size = std::uint64_t{item.tile->width} * merkle::kHashBytes;
    if (item.tile->kind == merkle::Tile::Kind::kEntries) {
      CO_TRY(size, co_await bundle_bytes(*item.log, *item.tile));
    }
  }
  const control::State nobody;
  s3::ListWriter out("ListBucketResult", params, nobody);
  out.begin(call.bucket);
  if (!is_v2) out.text("Marker", args.after);
  if (!is_v2 && found.page.truncated) out.text("NextMarker", found.page.next_after);
  if (is_v2 && !token.empty()) out.xml().element("ContinuationToken", token);
  if (is_v2 && found.page.truncated) {
    out.xml().element("NextContinuationToken", s3::make_token(kScope, found.page.next_after));
  }
  if (is_v2) {
    out.xml().element("KeyCount", found.page.entries.size() + found.page.common_prefixes.size());
  }
  out.page(found.page.truncated);
  for (const object::ListEntry& entry : found.page.entries) out.object(entry, false);
  out.common_prefixes(found.page);
  co_return s3::xml_response(out.finish());
}

Task<s3::Answer> LogBucket::read(const http::RequestHead& head, const s3::Call& call) {
  CO_TRY(const std::shared_ptr<const View> shown, co_await view());
  const auto item = shown->find(call.key);
  if (!item) co_return s3::refuse(s3::ErrorCode::kNoSuchKey);
  std::string bytes = item->text;
  if (item->tile) {
    auto read = co_await item->log->read(merkle::path_of(*item->tile));
    if (!read && read.error().code == Code::kNotFound) {
      co_return s3::refuse(s3::ErrorCode::kNoSuchKey);
    }
    CO_TRY(bytes, std::move(read));
  }
  co_return conditional(head, *item, file_response(*item, std::move(bytes)));
}

Task<s3::Answer> LogBucket::answer(const http::RequestHead& head) {
  CO_TRY(const s3::Call call, s3::route(head, settings_));
  const std::string_view name = call.operation == nullptr ? "" : call.operation->name;
  if (name == "ListObjects" || name == "ListObjectsV2") co_return co_await list(call);
  if (name == "GetObject" || name == "HeadObject") co_return co_await read(head, call);
  if (name == "HeadBucket") {
    http::Response response;
    response.status = 200;
    response.headers.add("x-amz-bucket-region", settings_.region);
    co_return response;
  }
  if (name == "GetBucketLocation") {
    codec::XmlWriter xml("LocationConstraint", s3::kXmlns);
    co_return s3::xml_response(xml.finish());
  }
  if (name == "CreateBucket") co_return s3::refuse(s3::ErrorCode::kBucketAlreadyExists);
  co_return s3::refuse(s3::ErrorCode::kAccessDenied,
                       "this bucket is the public log: it can be listed and read");
}

Task<http::Response> LogBucket::serve(const http::RequestHead& head, audit::Record& record) {
  record.service = "server";
  record.operation = kLogOperation;
  record.decision = "allow";
  s3::Answer answered = co_await answer(head);
  http::Response response;
  if (answered) {
    response = std::move(*answered);
  } else {
    response =
        s3::error_response(answered.error(), head.path, record.request_id, settings_.host_id);
    record.error_code = s3::name(answered.error().code);
    record.cause = answered.error().cause;
    if (head.method == "HEAD") response.body.clear();
  }
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.headers.set("x-amz-request-id", record.request_id);
  response.headers.set("x-amz-id-2", settings_.host_id);
  co_return response;
}

}  // namespace muzn::server
