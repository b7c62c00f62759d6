// GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl.
#include "base/limits.h"
#include "object/version_id.h"
#include "s3/access.h"
#include "s3/acl_headers.h"
#include "s3/acl_xml.h"
#include "s3/handlers.h"
#include "s3/object_headers.h"

namespace muzn::s3 {
namespace {

// From the headers or, when they ask for nothing, from the document.
Outcome<policy::Acl> asked_acl(const AclRequest& request, std::string_view document,
                               std::string_view owner, std::string_view bucket_owner,
                               const control::State& state) {
  if (request.any()) {
    if (document.empty()) return expand(request, owner, bucket_owner);
    return refuse(ErrorCode::kUnexpectedContent);
  }
  if (document.empty()) return refuse(ErrorCode::kMissingSecurityHeader);
  return parse_acl(document, owner, state);
}

Outcome<void> check_block(const policy::Acl& acl, const object::Bucket& bucket,
                          const control::State& state) {
  if (effective_block(bucket, state).block_public_acls && policy::is_public(acl)) {
    return refuse(ErrorCode::kAccessDenied);
  }
  return {};
}

// With ACLs disabled the list that holds anyway may be put, as clients do that copy the list of
// what they copied (AWS: "or an equivalent form of this ACL expressed in the XML format").
Outcome<void> check_disabled(const AclRequest& request, std::string_view document,
                             const object::Bucket& bucket, const control::State& state) {
  if (request.any() || document.empty()) {
    return refuse(ErrorCode::kAccessControlListNotSupported);
  }
  const auto acl = parse_acl(document, bucket.owner, state);
  if (acl && *acl == policy::private_acl(bucket.owner)) return {};
  return refuse(ErrorCode::kAccessControlListNotSupported);
}

// The version that the gate judged, or, when it had no need to look, the one that is there.
Task<Outcome<object::Version>> find_version(Context& context, Exchange& exchange) {
  CO_TRY(const auto opened, co_await open_judged(context, exchange));
  co_return opened->version();
}

}  // namespace

Task<Answer> get_bucket_acl(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  policy::Acl acl = policy::private_acl(bucket.owner);
  if (!acls_disabled(bucket)) {
    CO_TRY(acl, stored_acl(bucket.acl, bucket.owner));
  }
  co_return xml_response(acl_document(acl, bucket.owner, *context.gate.state()));
}

Task<Answer> put_bucket_acl(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  const control::Snapshot state = context.gate.state();
  CO_TRY(const AclRequest request,
         parse_acl_headers(exchange.request.head.headers, AclTarget::kBucket, *state));
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, false));
  if (acls_disabled(bucket)) co_return refuse(ErrorCode::kAccessControlListNotSupported);
  CO_TRY(const policy::Acl acl, asked_acl(request, document, bucket.owner, bucket.owner, *state));
  CO_TRY_VOID(check_block(acl, bucket, *state));
  CO_TRY_VOID(co_await context.objects.amend_bucket({.name = bucket.name,
                                                     .id = bucket.id,
                                                     .ownership = {},
                                                     .acl = policy::encode(acl),
                                                     .versioning = {}}));
  co_return http::Response{};
}

Task<Answer> get_object_acl(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY(const object::Version version, co_await find_version(context, exchange));
  const bool disabled = acls_disabled(bucket);
  const std::string& owner = disabled ? bucket.owner : version.owner;
  policy::Acl acl = policy::private_acl(owner);
  if (!disabled) {
    CO_TRY(acl, stored_acl(version.acl, owner));
  }
  http::Response response = xml_response(acl_document(acl, owner, *context.gate.state()));
  add_version_id(response.headers, exchange.bucket, version.version_id);
  co_return response;
}

Task<Answer> put_object_acl(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  const control::Snapshot state = context.gate.state();
  CO_TRY(const AclRequest request,
         parse_acl_headers(exchange.request.head.headers, AclTarget::kObject, *state));
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, false));
  CO_TRY(const object::Version version, co_await find_version(context, exchange));
  if (acls_disabled(bucket)) {
    CO_TRY_VOID(check_disabled(request, document, bucket, *state));
    co_return http::Response{};
  }
  CO_TRY(const policy::Acl acl, asked_acl(request, document, version.owner, bucket.owner, *state));
  CO_TRY_VOID(check_block(acl, bucket, *state));
  // Of the version that was judged, which may be noncurrent by now.
  object::AmendArgs amend{.bucket = bucket.name,
                          .key = exchange.call.key,
                          .version_id = std::string(object::shown_version_id(version.version_id)),
                          .stamp = version.stamp,
                          .tags = {},
                          .acl = policy::encode(acl),
                          .record = exchange.carried};
  CO_TRY_VOID(co_await context.objects.amend(std::move(amend)));
  http::Response response;
  add_version_id(response.headers, exchange.bucket, version.version_id);
  co_return response;
}

}  // namespace muzn::s3
