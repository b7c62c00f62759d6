// The operations that are built, by file of s3/op/.
#pragma once
#include "s3/op.h"

namespace muzn::s3 {

// op/bucket.cc
Task<Answer> create_bucket(Context& context, Exchange& exchange);
Task<Answer> head_bucket(Context& context, Exchange& exchange);
Task<Answer> delete_bucket(Context& context, Exchange& exchange);
Task<Answer> get_bucket_location(Context& context, Exchange& exchange);
Task<Answer> list_buckets(Context& context, Exchange& exchange);
// op/acl.cc
Task<Answer> get_bucket_acl(Context& context, Exchange& exchange);
Task<Answer> put_bucket_acl(Context& context, Exchange& exchange);
Task<Answer> get_object_acl(Context& context, Exchange& exchange);
Task<Answer> put_object_acl(Context& context, Exchange& exchange);
// op/bucket_policy.cc
Task<Answer> get_bucket_policy(Context& context, Exchange& exchange);
Task<Answer> put_bucket_policy(Context& context, Exchange& exchange);
Task<Answer> delete_bucket_policy(Context& context, Exchange& exchange);
Task<Answer> get_bucket_policy_status(Context& context, Exchange& exchange);
// op/public_access.cc
Task<Answer> get_public_access_block(Context& context, Exchange& exchange);
Task<Answer> put_public_access_block(Context& context, Exchange& exchange);
Task<Answer> delete_public_access_block(Context& context, Exchange& exchange);
Task<Answer> get_account_public_access_block(Context& context, Exchange& exchange);
Task<Answer> put_account_public_access_block(Context& context, Exchange& exchange);
Task<Answer> delete_account_public_access_block(Context& context, Exchange& exchange);
Task<Answer> get_bucket_ownership_controls(Context& context, Exchange& exchange);
Task<Answer> put_bucket_ownership_controls(Context& context, Exchange& exchange);
Task<Answer> delete_bucket_ownership_controls(Context& context, Exchange& exchange);
// op/versioning.cc
Task<Answer> get_bucket_versioning(Context& context, Exchange& exchange);
Task<Answer> put_bucket_versioning(Context& context, Exchange& exchange);
// op/bucket_cors.cc
Task<Answer> get_bucket_cors(Context& context, Exchange& exchange);
Task<Answer> put_bucket_cors(Context& context, Exchange& exchange);
Task<Answer> delete_bucket_cors(Context& context, Exchange& exchange);
// op/bucket_lifecycle.cc
Task<Answer> get_bucket_lifecycle_configuration(Context& context, Exchange& exchange);
Task<Answer> put_bucket_lifecycle_configuration(Context& context, Exchange& exchange);
Task<Answer> delete_bucket_lifecycle(Context& context, Exchange& exchange);
// op/request_payment.cc
Task<Answer> get_bucket_request_payment(Context& context, Exchange& exchange);
Task<Answer> put_bucket_request_payment(Context& context, Exchange& exchange);
// op/bucket_logging.cc
Task<Answer> get_bucket_logging(Context& context, Exchange& exchange);
Task<Answer> put_bucket_logging(Context& context, Exchange& exchange);
// op/list_objects.cc
Task<Answer> list_objects(Context& context, Exchange& exchange);
Task<Answer> list_objects_v2(Context& context, Exchange& exchange);
// op/list_versions.cc
Task<Answer> list_object_versions(Context& context, Exchange& exchange);
// op/put_object.cc
Task<Answer> put_object(Context& context, Exchange& exchange);
// op/post_object.cc
Task<Answer> post_object(Context& context, Exchange& exchange);
// op/get_object.cc, op/object_attributes.cc
Task<Answer> get_object(Context& context, Exchange& exchange);
Task<Answer> head_object(Context& context, Exchange& exchange);
Task<Answer> get_object_attributes(Context& context, Exchange& exchange);
// op/delete_object.cc
Task<Answer> delete_object(Context& context, Exchange& exchange);
Task<Answer> delete_objects(Context& context, Exchange& exchange);
// op/object_tagging.cc, op/bucket_tagging.cc
Task<Answer> get_object_tagging(Context& context, Exchange& exchange);
Task<Answer> put_object_tagging(Context& context, Exchange& exchange);
Task<Answer> delete_object_tagging(Context& context, Exchange& exchange);
Task<Answer> get_bucket_tagging(Context& context, Exchange& exchange);
Task<Answer> put_bucket_tagging(Context& context, Exchange& exchange);
Task<Answer> delete_bucket_tagging(Context& context, Exchange& exchange);
// op/object_lock.cc
Task<Answer> get_object_lock_configuration(Context& context, Exchange& exchange);
Task<Answer> put_object_lock_configuration(Context& context, Exchange& exchange);
Task<Answer> get_object_retention(Context& context, Exchange& exchange);
Task<Answer> put_object_retention(Context& context, Exchange& exchange);
Task<Answer> get_object_legal_hold(Context& context, Exchange& exchange);
Task<Answer> put_object_legal_hold(Context& context, Exchange& exchange);
// op/copy_object.cc
Task<Answer> copy_object(Context& context, Exchange& exchange);
Task<Answer> upload_part_copy(Context& context, Exchange& exchange);
// op/rename_object.cc
Task<Answer> rename_object(Context& context, Exchange& exchange);
// op/create_upload.cc, op/upload_part.cc, op/complete_upload.cc, op/list_uploads.cc
Task<Answer> create_multipart_upload(Context& context, Exchange& exchange);
Task<Answer> upload_part(Context& context, Exchange& exchange);
Task<Answer> complete_multipart_upload(Context& context, Exchange& exchange);
Task<Answer> abort_multipart_upload(Context& context, Exchange& exchange);
Task<Answer> list_parts(Context& context, Exchange& exchange);
Task<Answer> list_multipart_uploads(Context& context, Exchange& exchange);

}  // namespace muzn::s3
