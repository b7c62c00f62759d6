// CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation, ListBuckets.
#include "codec/xml.h"
#include "s3/access.h"
#include "s3/bucket_request.h"
#include "s3/handlers.h"
#include "s3/listing.h"
#include "s3/tagging_xml.h"
#include "s3/token.h"

namespace muzn::s3 {
namespace {

constexpr std::size_t kConfigurationMax = 64U << 10;  // a location constraint and 50 tags fit
constexpr std::size_t kBucketsMax = 10'000;           // AWS: ListBuckets, max-buckets

std::string arn(std::string_view bucket) {
  return "arn:aws:s3:::" + std::string(bucket);
}

struct BucketsRequest {
  std::string prefix;
  std::string after;
  std::size_t limit = kBucketsMax;
};

Outcome<BucketsRequest> parse_buckets_request(const codec::Query& query, std::string_view scope) {
  BucketsRequest request;
  request.prefix = query.get("prefix").value_or("");
  TRY(request.limit, parse_count(query, "max-buckets", 1, kBucketsMax, kBucketsMax));
  const std::string_view token = query.get("continuation-token").value_or("");
  if (token.empty()) return request;
  auto position = read_token(scope, token);
  if (!position) {
    return invalid_argument("The continuation token provided is incorrect", "continuation-token",
                            token);
  }
  request.after = std::move(*position);
  return request;
}

std::string buckets_document(const object::BucketPage& page, const BucketsRequest& request,
                             const control::State& state, std::string_view account,
                             std::string_view scope) {
  codec::XmlWriter xml("ListAllMyBucketsResult", kXmlns);
  write_owner(xml, state, account);
  xml.open("Buckets");
  for (const object::Bucket& bucket : page.buckets) {
    xml.open("Bucket");
    xml.element("Name", bucket.name);
    xml.element("CreationDate", list_time(bucket.created));
    xml.element("BucketRegion", bucket.region);
    xml.element("BucketArn", arn(bucket.name));
    xml.close();
  }
  xml.close();
  if (!request.prefix.empty()) xml.element("Prefix", request.prefix);
  if (page.truncated && !page.buckets.empty()) {
    xml.element("ContinuationToken", make_token(scope, page.buckets.back().name));
  }
  return xml.finish();
}

// In us-east-1 re-creating one's own bucket is a success that resets its ACL ("for legacy
// compatibility", AWS's CreateBucket); in every other region it is a conflict.
Task<object::Outcome<object::Bucket>> recreate(Context& context, object::CreateBucket wanted) {
  CO_TRY(const object::Bucket bucket, co_await context.objects.get_bucket(wanted.name));
  co_return co_await context.objects.amend_bucket(
      {.name = bucket.name, .id = bucket.id, .ownership = {}, .acl = wanted.acl, .versioning = {}});
}

Outcome<object::CreateBucket> plan_create(const Context& context, const Exchange& exchange) {
  const Settings& settings = context.settings;
  TRY(const BucketHeaders headers,
      parse_bucket_headers(exchange.request.head.headers, *context.gate.state()));
  object::CreateBucket out{.name = exchange.call.bucket,
                           .owner = exchange.who.principal().account,
                           .region = settings.region,
                           .ownership = headers.ownership.value_or(settings.ownership),
                           .object_lock = headers.object_lock,
                           .documents = {},
                           .acl = {},
                           .public_access_block = policy::to_bits(settings.public_access_block)};
  const policy::PublicAccessBlock block = policy::most_restrictive(
      settings.public_access_block, account_block(out.owner, *context.gate.state()));
  TRY(out.acl, plan_bucket_acl(headers.acl, out.ownership, block, out.owner));
  return out;
}

// The bucket is gone; what acts said of it may go with it. If that fails, only words about nothing
// are left.
Task<void> forget(Context& context, const Exchange& exchange) {
  const control::BucketRef bucket = bucket_ref(*exchange.bucket);
  if (context.gate.state()->bucket(bucket.id) == nullptr) co_return;
  static_cast<void>(co_await propose(context, exchange, control::ForgetBucket{bucket}));
}

}  // namespace

Task<Answer> create_bucket(Context& context, Exchange& exchange) {
  CO_TRY(object::CreateBucket wanted, plan_create(context, exchange));
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, kConfigurationMax, false));
  CO_TRY(object::Pairs tags, parse_bucket_configuration(document, context.settings.region));
  if (!tags.empty()) {
    wanted.documents.emplace_back(kTaggingName, tagging_document(std::move(tags)));
  }
  auto created = co_await context.objects.create_bucket(wanted);
  if (!created && created.error().fault == object::Fault::kBucketOwnedByYou &&
      context.settings.region == "us-east-1") {
    created = co_await recreate(context, wanted);
  }
  if (!created) {
    Error error(created.error());
    error.extra.emplace_back("BucketName", exchange.call.bucket);
    co_return std::unexpected(std::move(error));
  }
  http::Response response;
  response.headers.set("Location", "/" + created->name);
  response.headers.set("x-amz-bucket-arn", arn(created->name));
  co_return response;
}

Task<Answer> head_bucket(Context& context, Exchange& exchange) {
  static_cast<void>(context);
  http::Response response;
  response.headers.set("Content-Type", "application/xml");
  response.headers.set("x-amz-bucket-region", exchange.bucket->region);
  response.headers.set("x-amz-bucket-arn", arn(exchange.bucket->name));
  response.headers.set("x-amz-access-point-alias", "false");
  co_return response;
}

Task<Answer> delete_bucket(Context& context, Exchange& exchange) {
  const auto deleted = co_await context.objects.delete_bucket(exchange.call.bucket);
  if (!deleted) {
    Error error(deleted.error());
    error.extra.emplace_back("BucketName", exchange.call.bucket);
    co_return std::unexpected(std::move(error));
  }
  co_await forget(context, exchange);
  http::Response response;
  response.status = 204;
  co_return response;
}

Task<Answer> get_bucket_location(Context& context, Exchange& exchange) {
  static_cast<void>(context);
  // The region is the text of the root; us-east-1 is written as nothing (AWS).
  const std::string& region = exchange.bucket->region;
  std::string document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"";
  document.append(kXmlns).append("\">");
  if (region != "us-east-1") document += codec::xml_escape(region);
  document += "</LocationConstraint>";
  co_return xml_response(std::move(document));
}

Task<Answer> list_buckets(Context& context, Exchange& exchange) {
  const codec::Query& query = exchange.call.query;
  const std::string account = exchange.who.principal().account;
  const std::string scope = "buckets:" + account;
  CO_TRY(const BucketsRequest request, parse_buckets_request(query, scope));
  object::BucketPage page;
  // All buckets of this store lie in its one region.
  const std::string_view region = query.get("bucket-region").value_or("");
  if (region.empty() || region == context.settings.region) {
    CO_TRY(page, co_await context.objects.list_buckets(account, request.prefix, request.after,
                                                       request.limit));
  }
  const control::Snapshot state = context.gate.state();
  co_return xml_response(buckets_document(page, request, *state, account, scope));
}

}  // namespace muzn::s3
