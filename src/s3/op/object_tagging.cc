// GetObjectTagging, PutObjectTagging, DeleteObjectTagging.
#include "object/version_id.h"
#include "s3/access.h"
#include "s3/handlers.h"
#include "s3/object_headers.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

// Gives the version that the request names another tag set; when the gate's answer hung on a
// version, then that one and no other.
Task<Outcome<object::Version>> replace_tags(Context& context, Exchange& exchange,
                                            object::Pairs tags) {
  object::AmendArgs args;
  args.bucket = exchange.call.bucket;
  args.key = exchange.call.key;
  CO_TRY(args.version_id, parse_version_id(exchange.call.query));
  if (exchange.judged) {
    const object::Version& judged = exchange.judged->version();
    args.version_id = object::shown_version_id(judged.version_id);
    args.stamp = judged.stamp;
  }
  args.tags = std::move(tags);
  auto amended = co_await context.objects.amend(std::move(args));
  if (!amended && amended.error().fault == object::Fault::kDeleteMarker) {
    Error error(amended.error());
    error.code = ErrorCode::kMethodNotAllowed;
    error.headers.set("Allow", "DELETE");
    co_return std::unexpected(std::move(error));
  }
  if (!amended) co_return std::unexpected<Error>(Error(amended.error()));
  exchange.record.version_id = amended->version_id;
  co_return std::move(*amended);
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
  CO_TRY(const object::Version version, co_await replace_tags(context, exchange, {}));
  http::Response response;
  response.status = 204;
  add_version_id(response.headers, exchange.bucket, version.version_id);
  co_return response;
}

}  // namespace muzn::s3
