// PutObject.
#include <algorithm>
#include "base/limits.h"

#include "s3/access.h"
#include "s3/body.h"
#include "s3/checksum_headers.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/logging.h"
#include "s3/object_headers.h"
#include "s3/op/store_object.h"
#include "s3/quota.h"

namespace muzn::s3 {
namespace {

struct PutObjectArgs {
  object::Attributes attributes;
  NewObject object;
  object::WriteCondition condition;
  BodyPlan body;
};

Outcome<PutObjectArgs> parse_put_object(const Context& context, const Exchange& exchange,
                                        std::uint64_t size_max) {
  const http::RequestHead& head = exchange.request.head;
  PutObjectArgs args;
  TRY(args.object, plan_write(context, exchange));
  TRY_VOID(refuse_unsupported(head.headers));
  TRY(args.body, plan_body(head, exchange.who.proof(), size_max));
  TRY(args.attributes, parse_attributes(head.headers));
  args.condition = parse_write_condition(head.headers);
  return args;
}

// AWS computes CRC-64/NVME for whoever gives no checksum.
std::optional<crypto::Algorithm> plan_stored_algorithm(const BodyPlan& body) {
  if (body.algorithm) return std::nullopt;
  return crypto::Algorithm::kCrc64Nvme;
}

}  // namespace

void add_written(http::Headers& headers, const object::Written& written) {
  headers.set("ETag", s3::quoted(written.etag));
  if (written.checksum) add_checksum(headers, *written.checksum);
  add_new_version_id(headers, written.version_id);
}

Task<Outcome<object::Written>> store_object(Context& context, Exchange& exchange,
                                            std::uint64_t size_max) {
  CO_TRY(PutObjectArgs args, parse_put_object(context, exchange, size_max));
  CO_TRY_VOID(co_await authorize_condition(context, asker_of(exchange), *exchange.bucket,
                                           exchange.call.key, std::nullopt, args.condition));
  CO_TRY(const object::Lock lock, co_await plan_lock(context, exchange));
  CO_TRY(const Room room, co_await check_quota(context, exchange, args.body.size.value_or(0), 1));
  const auto stored_algorithm = plan_stored_algorithm(args.body);
  object::PutArgs put{.bucket = exchange.call.bucket,
                      .key = exchange.call.key,
                      .owner = std::move(args.object.owner),
                      .acl = std::move(args.object.acl),
                      .lock = lock,
                      .default_retention = default_retention(context, *exchange.bucket),
                      .attributes = std::move(args.attributes),
                      .size = args.body.size,
                      .size_max = std::min(size_max, room.bytes),
                      .condition = std::move(args.condition),
                      .record = exchange.carried};
  StringSource nothing{""};
  UploadBody body(exchange.request.body != nullptr ? *exchange.request.body : nothing,
                  std::move(args.body), exchange.who.proof(), stored_algorithm);
  auto written = co_await context.objects.put(std::move(put), body, body);
  if (!written) {
    const bool no_room =
        written.error().fault == object::Fault::kEntityTooLarge && room.bytes < size_max;
    if (no_room) co_return refuse(ErrorCode::kQuotaExceeded);
    co_return std::unexpected(upload_error(written.error(), body));
  }
  exchange.record.version_id = written->version_id;
  note_size(exchange.record, written->size);
  co_return std::move(*written);
}

Task<Answer> put_object(Context& context, Exchange& exchange) {
  CO_TRY(const object::Written written,
         co_await store_object(context, exchange, limits::kPutBytesMax));
  http::Response response;
  add_written(response.headers, written);
  co_return response;
}

}  // namespace muzn::s3
