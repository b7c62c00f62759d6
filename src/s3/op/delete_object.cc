// DeleteObject and DeleteObjects.
#include "base/limits.h"
#include "codec/date.h"
#include "http/grammar.h"
#include "object/version_id.h"
#include "s3/access.h"
#include "s3/delete_xml.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/logging.h"
#include "s3/names.h"
#include "s3/object_headers.h"

namespace muzn::s3 {
namespace {

// Keys of one request deleted at a time, so that they share the engine's group commits.
constexpr std::size_t kDeletesAtOnce = 32;
constexpr int kNoContent = 204;

Outcome<object::WriteCondition> parse_condition(const http::Headers& headers) {
  object::WriteCondition condition;
  if (const auto text = headers.get("if-match")) condition.if_match = *text;
  if (const auto text = headers.get("x-amz-if-match-size")) {
    condition.if_match_size = http::parse_decimal(*text);
    if (!condition.if_match_size) return invalid_argument("", "x-amz-if-match-size", *text);
  }
  if (const auto text = headers.get("x-amz-if-match-last-modified-time")) {
    const auto time = codec::parse_http_date(*text);
    if (!time) return invalid_argument("", "x-amz-if-match-last-modified-time", *text);
    condition.if_match_modified = *time;
  }
  return condition;
}

// Whose a delete marker is: the caller's, as an object would be.
std::string marker_owner(const Exchange& exchange) {
  const std::string& account = exchange.who.principal().account;
  return account.empty() || acls_disabled(*exchange.bucket) ? exchange.bucket->owner : account;
}

Outcome<object::RemoveArgs> parse_delete_object(const Exchange& exchange) {
  object::RemoveArgs args{.bucket = exchange.call.bucket,
                          .key = exchange.call.key,
                          .version_id = std::nullopt,
                          .condition = {},
                          .owner = marker_owner(exchange),
                          .record = exchange.carried};
  TRY(args.version_id, parse_version_id(exchange.call.query));
  TRY(args.condition, parse_condition(exchange.request.head.headers));
  return args;
}

http::Response to_response(const object::Removed& removed,
                           const std::optional<object::Bucket>& bucket) {
  http::Response response;
  response.status = kNoContent;
  if (removed.delete_marker) response.headers.set("x-amz-delete-marker", "true");
  add_version_id(response.headers, bucket, removed.version_id);
  return response;
}

// The work of one DeleteObjects, shared by its workers, all of which run on one executor.
struct Batch {
  Context& context;
  const Exchange& exchange;
  const DeleteRequest& request;
  std::vector<DeleteResult> results;
  std::size_t next = 0;
  std::size_t working = 0;
  Executor* executor = nullptr;
  std::coroutine_handle<> waiting = nullptr;
};

struct AllDone {
  Batch& batch;
  bool await_ready() const noexcept { return batch.working == 0; }
  void await_suspend(std::coroutine_handle<> self) const noexcept { batch.waiting = self; }
  void await_resume() const noexcept {}
};

Outcome<void> check_item(const DeleteItem& item) {
  if (item.key.size() > limits::kKeyBytes) return refuse(ErrorCode::kKeyTooLongError);
  if (climbs(item.key)) return refuse(ErrorCode::kInvalidURI);
  if (item.version_id && !object::is_version_id(*item.version_id)) {
    return refuse(ErrorCode::kNoSuchVersion);
  }
  return {};
}

Task<DeleteResult> delete_item(Batch& batch, const DeleteItem& item) {
  CO_TRY_VOID(check_item(item));
  Target target;
  target.action = "s3:DeleteObject";
  target.key = item.key;
  target.version_id = item.version_id;
  CO_TRY_VOID(co_await authorize(batch.context, asker_of(batch.exchange), *batch.exchange.bucket,
                                 std::move(target)));
  CO_TRY_VOID(co_await authorize_condition(batch.context, asker_of(batch.exchange),
                                           *batch.exchange.bucket, item.key, item.version_id,
                                           item.condition));
  object::RemoveArgs args{.bucket = batch.exchange.call.bucket,
                          .key = item.key,
                          .version_id = item.version_id,
                          .condition = item.condition,
                          .owner = marker_owner(batch.exchange)};
  CO_TRY(args.bypass_governance, co_await may_bypass(batch.context, batch.exchange, item.key));
  CO_TRY(const object::Removed removed, co_await batch.context.objects.remove(std::move(args)));
  co_return removed;
}

Task<void> delete_items(Batch& batch) {
  while (batch.next < batch.request.items.size()) {
    const std::size_t index = batch.next++;
    batch.results[index] = co_await delete_item(batch, batch.request.items[index]);
  }
  if (--batch.working == 0 && batch.waiting) batch.executor->post(batch.waiting);
}

// Each key has a line of its own in the bucket's log.
void note_deletes(Exchange& exchange, const DeleteRequest& request,
                  const std::vector<DeleteResult>& results) {
  if (!exchange.record.access) return;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const DeleteResult& result = results[i];
    exchange.record.also.push_back(
        {.operation = "BATCH.DELETE.OBJECT",
         .bucket = exchange.call.bucket,
         .key = request.items[i].key,
         .version_id = request.items[i].version_id.value_or(""),
         .status = result ? 204 : status(result.error().code),
         .error_code = result ? std::string() : std::string(name(result.error().code)),
         .facts = exchange.record.access});
  }
}

}  // namespace

Task<Answer> delete_object(Context& context, Exchange& exchange) {
  CO_TRY(object::RemoveArgs args, parse_delete_object(exchange));
  CO_TRY_VOID(co_await authorize_condition(context, asker_of(exchange), *exchange.bucket, args.key,
                                           args.version_id, args.condition));
  CO_TRY(args.bypass_governance, co_await may_bypass(context, exchange));
  exchange.record.status = kNoContent;
  CO_TRY(const object::Removed removed, co_await context.objects.remove(std::move(args)));
  exchange.record.version_id = removed.version_id;
  co_return to_response(removed, exchange.bucket);
}

Task<Answer> delete_objects(Context& context, Exchange& exchange) {
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  CO_TRY(const DeleteRequest request, parse_delete(document));
  Batch batch{.context = context,
              .exchange = exchange,
              .request = request,
              .results = std::vector<DeleteResult>(request.items.size(), object::Removed{})};
  batch.executor = &co_await current_executor{};
  batch.working = std::min(kDeletesAtOnce, request.items.size());
  for (std::size_t i = batch.working; i > 0; --i) spawn(*batch.executor, delete_items(batch));
  co_await AllDone{batch};
  note_deletes(exchange, request, batch.results);
  co_return xml_response(delete_document(request, batch.results));
}

}  // namespace muzn::s3
