// Get, Put and Delete of PublicAccessBlock, of a bucket and of an account, and of
// BucketOwnershipControls.
#include "base/limits.h"
#include "s3/access.h"
#include "s3/handlers.h"
#include "s3/public_access_xml.h"

namespace muzn::s3 {
Task<Answer> get_public_access_block(Context& context, Exchange& exchange) {
  const auto block = public_access_block(*exchange.bucket, *context.gate.state());
  if (!block) {
    Error error(ErrorCode::kNoSuchPublicAccessBlockConfiguration);
    error.extra.emplace_back("BucketName", exchange.call.bucket);
    co_return std::unexpected(std::move(error));
  }
  co_return xml_response(public_access_block_document(*block));
}

Task<Answer> put_public_access_block(Context& context, Exchange& exchange) {
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  CO_TRY(const policy::PublicAccessBlock block, parse_public_access_block(document));
  CO_TRY_VOID(co_await propose(context, exchange,
                               control::PutPublicAccessBlock{bucket_ref(*exchange.bucket), block}));
  co_return http::Response{};
}

Task<Answer> delete_public_access_block(Context& context, Exchange& exchange) {
  CO_TRY_VOID(co_await propose(context, exchange,
                               control::DeletePublicAccessBlock{bucket_ref(*exchange.bucket)}));
  co_return no_content();
}

Task<Answer> get_account_public_access_block(Context& context, Exchange& exchange) {
  const std::string& account = exchange.call.account;
  const control::Snapshot state = context.gate.state();
  const policy::PublicAccessBlock* const block = state->account_block(account);
  if (block == nullptr) {
    Error error(ErrorCode::kNoSuchPublicAccessBlockConfiguration);
    error.extra.emplace_back("AccountId", account);
    co_return std::unexpected(std::move(error));
  }
  co_return xml_response(public_access_block_document(*block, Api::kControl));
}

Task<Answer> put_account_public_access_block(Context& context, Exchange& exchange) {
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, false));
  CO_TRY(const policy::PublicAccessBlock block, parse_public_access_block(document));
  CO_TRY_VOID(co_await propose(context, exchange,
                               control::PutAccountPublicAccessBlock{exchange.call.account, block}));
  co_return http::Response{};
}

// Removing what is not there succeeds, and is no act.
Task<Answer> delete_account_public_access_block(Context& context, Exchange& exchange) {
  const std::string& account = exchange.call.account;
  if (context.gate.state()->account_block(account) != nullptr) {
    const auto done =
        co_await propose(context, exchange, control::DeleteAccountPublicAccessBlock{account});
    if (!done && context.gate.state()->account_block(account) != nullptr) {
      co_return std::unexpected(done.error());
    }
  }
  co_return no_content();
}

Task<Answer> get_bucket_ownership_controls(Context& context, Exchange& exchange) {
  static_cast<void>(context);
  if (exchange.bucket->ownership == object::Ownership::kUnset) {
    Error error(ErrorCode::kOwnershipControlsNotFoundError);
    error.extra.emplace_back("BucketName", exchange.call.bucket);
    co_return std::unexpected(std::move(error));
  }
  co_return xml_response(ownership_document(exchange.bucket->ownership));
}

Task<Answer> put_bucket_ownership_controls(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY(const std::string document,
         co_await read_document(context, exchange, limits::kXmlBodyBytes, true));
  CO_TRY(const object::Ownership ownership, parse_ownership_controls(document));
  CO_TRY(const policy::Acl acl, stored_acl(bucket.acl, bucket.owner));
  if (ownership == object::Ownership::kBucketOwnerEnforced &&
      acl != policy::private_acl(bucket.owner)) {
    co_return refuse(ErrorCode::kInvalidBucketAclWithObjectOwnership);
  }
  CO_TRY_VOID(co_await context.objects.amend_bucket(
      {.name = bucket.name, .id = bucket.id, .ownership = ownership, .acl = {}, .versioning = {}}));
  co_return http::Response{};
}

Task<Answer> delete_bucket_ownership_controls(Context& context, Exchange& exchange) {
  const object::Bucket& bucket = *exchange.bucket;
  CO_TRY_VOID(co_await context.objects.amend_bucket({.name = bucket.name,
                                                     .id = bucket.id,
                                                     .ownership = object::Ownership::kUnset,
                                                     .acl = {},
                                                     .versioning = {}}));
  co_return no_content();
}

}  // namespace muzn::s3
