// GetObjectTagging, PutObjectTagging, DeleteObjectTagging.
#include "s3/access.h"
#include "s3/handlers.h"
#include "s3/object_headers.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

constexpr int kNoContent = 204;

Task<Outcome<object::Version>> replace_tags(Context& context, Exchange& exchange,
                                            object::Pairs tags) {
  object::AmendArgs args;
  args.tags = std::move(tags);
  co_return co_await amend_judged(context, exchange, std::move(args));
}

}  // namespace

Task<Answer> get_object_tagging(Context& context, Exchange& exchange) {
  CO_TRY(const auto opened, co_await open_judged(context, exchange));
  const object::Version& version = opened->version();
  http::Response response = xml_response(tagging_document(version.attributes.tags));
  add_version_id(response.headers, exchange.bucket, version.version_id);
  co_return response;
}

Task<Answer> put_object_tagging(Context& context, Exchange& exchange) {
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, kTaggingXmlMax, true));
  CO_TRY(object::Pairs tags, parse_tagging_document(document, kObjectTagsMax));
  CO_TRY(const object::Version version, co_await replace_tags(context, exchange, std::move(tags)));
  http::Response response;
  add_version_id(response.headers, exchange.bucket, version.version_id);
  co_return response;
}

Task<Answer> delete_object_tagging(Context& context, Exchange& exchange) {
  exchange.record.status = kNoContent;
  CO_TRY(const object::Version version, co_await replace_tags(context, exchange, {}));
  http::Response response;
  response.status = kNoContent;
  add_version_id(response.headers, exchange.bucket, version.version_id);
  co_return response;
}

}  // namespace muzn::s3
