// ListObjects and ListObjectsV2.
#include "s3/handlers.h"
#include "s3/listing.h"
#include "s3/token.h"

namespace muzn::s3 {
namespace {

// A page of nothing needs no scan, and says that there is no more (AWS).
Task<Outcome<object::ListPage>> read_page(Context& context, const Exchange& exchange,
                                          const ListParams& params, std::string after) {
  if (params.max_keys == 0) co_return object::ListPage{};
  CO_TRY(object::ListPage page,
         co_await context.objects.list(object::ListArgs{.bucket = exchange.call.bucket,
                                                        .prefix = params.prefix,
                                                        .delimiter = params.delimiter,
                                                        .after = std::move(after),
                                                        .limit = params.max_keys}));
  co_return page;
}

// The position of a continuation token; nullopt when none was sent (or an empty one: clients that
// loop "until the token is empty" begin with it).
Outcome<std::optional<std::string>> token_position(const codec::Query& query,
                                                   std::string_view scope) {
  const auto token = query.get("continuation-token");
  if (!token || token->empty()) return std::nullopt;
  auto position = read_token(scope, *token);
  if (!position) {
    return invalid_argument("The continuation token provided is incorrect", "continuation-token",
                            *token);
  }
  return std::move(*position);
}

std::string text_of(const codec::Query& query, std::string_view name) {
  return std::string(query.get(name).value_or(std::string_view()));
}

}  // namespace

Task<Answer> list_objects(Context& context, Exchange& exchange) {
  const codec::Query& query = exchange.call.query;
  CO_TRY(const ListParams params, parse_list_params(query));
  const std::string marker = text_of(query, "marker");
  CO_TRY(const object::ListPage page, co_await read_page(context, exchange, params, marker));

  const control::Snapshot state = context.gate.state();
  ListWriter out("ListBucketResult", params, *state);
  out.begin(exchange.call.bucket);
  out.text("Marker", marker);
  // Without a delimiter clients go on from the last key.
  if (page.truncated && !params.delimiter.empty()) out.text("NextMarker", page.next_after);
  out.page(page.truncated);
  for (const object::ListEntry& entry : page.entries) out.object(entry, true);
  out.common_prefixes(page);
  co_return xml_response(out.finish());
}

Task<Answer> list_objects_v2(Context& context, Exchange& exchange) {
  const codec::Query& query = exchange.call.query;
  CO_TRY(const ListParams params, parse_list_params(query));
  const std::string scope = "objects:" + exchange.bucket->id;
  CO_TRY(auto position, token_position(query, scope));
  const std::string start_after = text_of(query, "start-after");
  CO_TRY(const object::ListPage page,
         co_await read_page(context, exchange, params, position ? *position : start_after));

  const control::Snapshot state = context.gate.state();
  ListWriter out("ListBucketResult", params, *state);
  out.begin(exchange.call.bucket);
  if (query.has("start-after")) out.text("StartAfter", start_after);
  if (const auto token = query.get("continuation-token")) {
    out.xml().element("ContinuationToken", *token);
  }
  if (page.truncated) {
    out.xml().element("NextContinuationToken", make_token(scope, page.next_after));
  }
  out.xml().element("KeyCount",
                    static_cast<std::int64_t>(page.entries.size() + page.common_prefixes.size()));
  out.page(page.truncated);
  const bool with_owner = query.get("fetch-owner") == "true";
  for (const object::ListEntry& entry : page.entries) out.object(entry, with_owner);
  out.common_prefixes(page);
  co_return xml_response(out.finish());
}

}  // namespace muzn::s3
