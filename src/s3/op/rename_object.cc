// RenameObject. AWS has it in directory buckets only, where a session's right to write is all it
// needs. Here it needs what the two requests that it stands for would: s3:PutObject of the new key,
// and s3:GetObject and s3:DeleteObject of the source.
#include "s3/access.h"
#include "s3/handlers.h"
#include "s3/rename.h"

namespace muzn::s3 {
namespace {

// The stamp of the version that the gate judged, when its answer hung on it.
using Judged = std::optional<std::uint64_t>;

Task<Outcome<void>> authorize_source(Context& context, const Exchange& exchange,
                                     std::string_view action, std::string key, Judged& judged) {
  Target target;
  target.action = action;
  target.key = std::move(key);
  CO_TRY(const Granted granted,
         co_await authorize(context, asker_of(exchange), *exchange.bucket, std::move(target)));
  if (granted.version) judged = granted.version->version().stamp;
  co_return Outcome<void>{};
}

Task<Outcome<void>> authorize_replaced(Context& context, const Exchange& exchange,
                                       const RenameRequest& request) {
  if (!request.asks_of_replaced()) co_return Outcome<void>{};
  Target target;
  target.action = "s3:GetObject";
  target.key = exchange.call.key;
  CO_TRY_VOID(co_await authorize(context, asker_of(exchange), *exchange.bucket, std::move(target)));
  co_return Outcome<void>{};
}

}  // namespace

Task<Answer> rename_object(Context& context, Exchange& exchange) {
  const std::string& key = exchange.call.key;
  CO_TRY(const RenameRequest request, parse_rename(exchange.request.head.headers, key));
  Judged judged;
  CO_TRY_VOID(
      co_await authorize_source(context, exchange, "s3:DeleteObject", request.source, judged));
  CO_TRY_VOID(co_await authorize_source(context, exchange, "s3:GetObject", request.source, judged));
  CO_TRY_VOID(co_await authorize_replaced(context, exchange, request));
  object::RenameArgs args{.bucket = exchange.call.bucket,
                          .source = request.source,
                          .key = key,
                          .judge = {},
                          .token = token_name(request, exchange.who.principal().account),
                          .asked = digest_of(request, key),
                          .record = exchange.carried};
  if (judged || request.has_conditions()) {
    args.judge = [&](const object::Version& source, const object::Version* replaced) {
      // What may be renamed is what was judged, and not what came since.
      if (judged && source.stamp != *judged) {
        return object::Outcome<void>(object::fault(object::Fault::kConflict, request.source));
      }
      return judge_rename(request, source, replaced);
    };
  }
  auto renamed = co_await context.objects.rename_object(std::move(args));
  if (renamed) co_return http::Response{};
  Error error(renamed.error());
  if (error.code == ErrorCode::kNoSuchKey) error.extra = {{"Key", request.source}};
  if (error.code == ErrorCode::kInvalidBucketState) {
    error.message =
        "RenameObject is for buckets that never had versioning: in this one a key's versions stay "
        "with their key. Copy the object and delete it instead.";
  }
  co_return std::unexpected(std::move(error));
}

}  // namespace muzn::s3
