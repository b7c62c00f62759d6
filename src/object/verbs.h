// The verbs of object::Store as free functions over an Engine, one file for each family; store.cc
// binds them to the interface. Contracts are those of object/store.h. Internal to object/.
#pragma once
#include "object/engine.h"

namespace muzn::object {

// bucket.cc
Task<Outcome<Bucket>> create_bucket(Engine& engine, CreateBucket args);
Task<Outcome<BucketPage>> list_buckets(Engine& engine, std::string owner, std::string prefix,
                                       std::string after, std::size_t limit);
Task<Outcome<Usage>> usage(Engine& engine, std::string bucket_name);
Task<Outcome<Bucket>> amend_bucket(Engine& engine, AmendBucket args);
Task<Outcome<void>> delete_bucket(Engine& engine, std::string name);

// document.cc
Task<Outcome<std::optional<std::string>>> get_document(Engine& engine, Bucket bucket,
                                                       std::string name);
Task<Outcome<void>> put_document(Engine& engine, Bucket bucket, std::string name,
                                 std::optional<std::string> document);

// put.cc, get.cc, remove.cc, amend.cc, rename.cc
Task<Outcome<Written>> put(Engine& engine, PutArgs args, ByteSource& body, BodyVerifier& verifier);
Task<Outcome<std::unique_ptr<OpenVersion>>> open(Engine& engine, std::string bucket,
                                                 std::string key,
                                                 std::optional<std::string> version_id);
Task<Outcome<std::unique_ptr<OpenVersion>>> open_in(Engine& engine, meta::ShardId shard,
                                                    std::string key,
                                                    std::optional<std::string> version_id);
Task<Outcome<Removed>> remove(Engine& engine, RemoveArgs args);
Task<Outcome<Version>> amend(Engine& engine, AmendArgs args);
Task<Outcome<void>> rename_object(Engine& engine, RenameArgs args);

// list.cc, list_versions.cc
Task<Outcome<ListPage>> list(Engine& engine, ListArgs args);
Task<Outcome<ListPage>> list_versions(Engine& engine, ListVersionsArgs args);

// multipart_upload.cc
Task<Outcome<Upload>> create_upload(Engine& engine, CreateUpload args);
Task<Outcome<Upload>> get_upload(Engine& engine, UploadRef upload);
Task<Outcome<PartsPage>> list_parts(Engine& engine, UploadRef upload, int after_number,
                                    std::size_t limit);
Task<Outcome<UploadsPage>> list_uploads(Engine& engine, ListUploads args);
Task<Outcome<void>> abort_upload(Engine& engine, UploadRef upload);

// multipart_part.cc
struct PutPartArgs {
  UploadRef upload;
  int number = 0;
  std::optional<std::uint64_t> size;
};
Task<Outcome<Part>> put_part(Engine& engine, PutPartArgs args, ByteSource& body,
                             BodyVerifier& verifier);

// multipart_complete.cc
Task<Outcome<Written>> complete_upload(Engine& engine, CompleteArgs args);

// adopt.cc
Task<Outcome<void>> adopt(Engine& engine, AdoptArgs args);

// sweep.cc
Task<Outcome<std::uint64_t>> sweep(Engine& engine);
Task<Outcome<std::uint64_t>> sweep_fresh(Engine& engine);

}  // namespace muzn::object
