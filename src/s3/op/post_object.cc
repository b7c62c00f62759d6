// PostObject: the form has been read up to its file, its policy judged (s3/post_call.h).
// Source: AWS S3 API reference, "POST Object".
#include <algorithm>

#include "base/limits.h"
#include "codec/xml.h"
#include "s3/handlers.h"
#include "s3/host.h"
#include "s3/op/store_object.h"
#include "s3/post_form.h"

namespace muzn::s3 {
namespace {

// Where the object is to be found, for who sent the form there.
std::string location_of(const Context& context, const Exchange& exchange) {
  const http::Request& request = exchange.request;
  std::string out = request.peer.tls ? "https://" : "http://";
  out.append(request.head.host).append("/");
  if (!virtual_bucket(request.head.host, context.settings.domains)) {
    out.append(exchange.call.bucket).append("/");
  }
  return out + codec::uri_encode(exchange.call.key, false);
}

std::string post_document(const Exchange& exchange, std::string_view location,
                          std::string_view etag) {
  codec::XmlWriter xml("PostResponse", "");
  xml.element("Location", location);
  xml.element("Bucket", exchange.call.bucket);
  xml.element("Key", exchange.call.key);
  xml.element("ETag", quoted(etag));
  return xml.finish();
}

std::optional<std::string> redirect_to(const Exchange& exchange, std::string_view etag) {
  return redirect_of(exchange.form->fields(), exchange.call.bucket, exchange.call.key, etag);
}

int planned_status(const Exchange& exchange) {
  constexpr int kSeeOther = 303;
  if (redirect_to(exchange, "")) return kSeeOther;
  return success_status_of(exchange.form->fields());
}

http::Response to_response(const Context& context, const Exchange& exchange,
                           const object::Written& written) {
  http::Response response;
  response.status = planned_status(exchange);
  const auto redirect = redirect_to(exchange, written.etag);
  const std::string location = location_of(context, exchange);
  if (response.status == 201) {
    response.headers.set("Content-Type", "application/xml");
    response.body = post_document(exchange, location, written.etag);
  }
  response.headers.set("Location", redirect.value_or(location));
  add_written(response.headers, written);
  return response;
}

}  // namespace

Task<Answer> post_object(Context& context, Exchange& exchange) {
  CHECK(exchange.form != nullptr);
  const std::uint64_t size_max = std::min(exchange.form_size_max, limits::kPutBytesMax);
  exchange.record.status = planned_status(exchange);
  const auto written = co_await store_object(context, exchange, size_max);
  if (!written && exchange.form->refusal()) co_return std::unexpected(*exchange.form->refusal());
  if (!written) co_return std::unexpected(written.error());
  co_return to_response(context, exchange, *written);
}

}  // namespace muzn::s3
