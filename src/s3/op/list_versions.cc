// ListObjectVersions.
#include "object/version_id.h"
#include "s3/handlers.h"
#include "s3/listing.h"

namespace muzn::s3 {
namespace {

struct Markers {
  std::string key;
  std::string version;
};

Outcome<Markers> parse_markers(const codec::Query& query) {
  Markers markers{.key = std::string(query.get("key-marker").value_or("")),
                  .version = std::string(query.get("version-id-marker").value_or(""))};
  if (!markers.version.empty() && markers.key.empty()) {
    return invalid_argument("A version-id marker cannot be specified without a key marker.",
                            "version-id-marker", markers.version);
  }
  if (!markers.version.empty() && !object::is_version_id(markers.version)) {
    return invalid_argument("Invalid version id specified", "version-id-marker", markers.version);
  }
  return markers;
}

}  // namespace

Task<Answer> list_object_versions(Context& context, Exchange& exchange) {
  const codec::Query& query = exchange.call.query;
  CO_TRY(const ListParams params, parse_list_params(query));
  CO_TRY(const Markers markers, parse_markers(query));
  object::ListPage page;
  if (params.max_keys > 0) {
    CO_TRY(page, co_await context.objects.list_versions(
                     object::ListVersionsArgs{.list = {.bucket = exchange.call.bucket,
                                                       .prefix = params.prefix,
                                                       .delimiter = params.delimiter,
                                                       .after = markers.key,
                                                       .limit = params.max_keys},
                                              .version_marker = markers.version}));
  }

  const control::Snapshot state = context.gate.state();
  ListWriter out("ListVersionsResult", params, *state);
  out.begin(exchange.call.bucket);
  out.text("KeyMarker", markers.key);
  out.xml().element("VersionIdMarker", markers.version);
  if (page.truncated) {
    out.text("NextKeyMarker", page.next_after);
    if (!page.next_version_id.empty()) {
      out.xml().element("NextVersionIdMarker", page.next_version_id);
    }
  }
  out.page(page.truncated);
  for (const object::ListEntry& entry : page.entries) out.version(entry);
  out.common_prefixes(page);
  co_return xml_response(out.finish());
}

}  // namespace muzn::s3
