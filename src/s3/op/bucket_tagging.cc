// GetBucketTagging, PutBucketTagging, DeleteBucketTagging. A bucket without tags has no document.
#include "s3/handlers.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

Task<Answer> replace_document(Context& context, Exchange& exchange,
                              std::optional<std::string> document) {
  CO_TRY_VOID(co_await context.objects.put_document(*exchange.bucket, std::string(kTaggingName),
                                                    std::move(document)));
  co_return no_content();
}

}  // namespace

Task<Answer> get_bucket_tagging(Context& context, Exchange& exchange) {
  CO_TRY(auto document,
         co_await context.objects.get_document(*exchange.bucket, std::string(kTaggingName)));
  if (document) co_return xml_response(std::move(*document));
  Error error(ErrorCode::kNoSuchTagSet);
  error.extra.emplace_back("BucketName", exchange.call.bucket);
  co_return std::unexpected(std::move(error));
}

Task<Answer> put_bucket_tagging(Context& context, Exchange& exchange) {
  CO_TRY(const std::string request,
         co_await read_document(context, exchange, kTaggingXmlMax, true));
  CO_TRY(object::Pairs tags, parse_tagging_document(request, kBucketTagsMax));
  std::optional<std::string> document;
  if (!tags.empty()) document = tagging_document(std::move(tags));
  co_return co_await replace_document(context, exchange, std::move(document));
}

Task<Answer> delete_bucket_tagging(Context& context, Exchange& exchange) {
  co_return co_await replace_document(context, exchange, std::nullopt);
}

}  // namespace muzn::s3
