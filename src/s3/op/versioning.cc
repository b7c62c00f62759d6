// GetBucketVersioning, PutBucketVersioning.
#include "base/limits.h"
#include "s3/handlers.h"
#include "s3/versioning_xml.h"

namespace muzn::s3 {

Task<Answer> get_bucket_versioning(Context& context, Exchange& exchange) {
  static_cast<void>(context);
  co_return xml_response(versioning_document(exchange.bucket->versioning));
}

Task<Answer> put_bucket_versioning(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  CO_TRY(const object::Versioning versioning, parse_versioning(document));
  if (bucket.object_lock && versioning != object::Versioning::kEnabled) {
    co_return refuse(ErrorCode::kInvalidBucketState,
                     "An Object Lock configuration is present on this bucket, so the versioning "
                     "state cannot be changed.");
  }
  CO_TRY_VOID(co_await context.objects.amend_bucket({.name = bucket.name,
                                                     .id = bucket.id,
                                                     .ownership = {},
                                                     .acl = {},
                                                     .versioning = versioning}));
  co_return http::Response{};
}

}  // namespace muzn::s3
