// An object floor of three maps, for tests of the S3 service: no engine, no bodies on disk.
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "object/store.h"

namespace muzn::s3 {

class FakeStore final : public object::Store {
 public:
  object::GarbageHold hold_garbage() override {
    return object::GarbageHold(std::make_shared<object::HoldCount>(0));
  }
  template <class T>
  using Reply = Task<object::Outcome<T>>;

  void add_object(const std::string& bucket, const std::string& key, object::Version version = {}) {
    version.etag = "d41d8cd98f00b204e9800998ecf8427e";
    version.modified = from_micros(1'795'356'400'999'999);
    if (version.owner.empty()) version.owner = buckets.at(bucket).owner;
    objects[bucket][key] = std::move(version);
  }

  Reply<object::Bucket> create_bucket(object::CreateBucket args) override {
    const auto found = buckets.find(args.name);
    if (found != buckets.end()) {
      co_return object::fault(found->second.owner == args.owner ? object::Fault::kBucketOwnedByYou
                                                                : object::Fault::kBucketExists,
                              args.name);
    }
    object::Bucket bucket;
    bucket.name = args.name;
    bucket.id = "id of " + args.name;
    bucket.owner = args.owner;
    bucket.region = args.region;
    bucket.created = from_micros(1'795'356'400'123'456);
    bucket.ownership = args.ownership;
    bucket.acl = args.acl;
    bucket.public_access_block = args.public_access_block;
    buckets[args.name] = bucket;
    co_return bucket;
  }
  Reply<object::Bucket> get_bucket(std::string name) override {
    if (broken) co_return fail(Code::kUnavailable, "/disk/7 went away");
    const auto found = buckets.find(name);
    if (found == buckets.end()) co_return object::fault(object::Fault::kNoSuchBucket, name);
    co_return found->second;
  }
  Reply<object::BucketPage> list_buckets(std::string owner, std::string prefix, std::string after,
                                         std::size_t limit) override {
    object::BucketPage page;
    for (const auto& [name, bucket] : buckets) {
      if (bucket.owner != owner || !name.starts_with(prefix) || name <= after) continue;
      if (page.buckets.size() == limit) {
        page.truncated = true;
        break;
      }
      page.buckets.push_back(bucket);
    }
    co_return page;
  }
  Reply<void> delete_bucket(std::string name) override {
    if (!objects[name].empty()) co_return object::fault(object::Fault::kBucketNotEmpty, name);
    buckets.erase(name);
    co_return object::Outcome<void>();
  }
  Reply<object::Bucket> amend_bucket(object::AmendBucket args) override {
    const auto found = buckets.find(args.name);
    if (found == buckets.end() || found->second.id != args.id) {
      co_return object::fault(object::Fault::kNoSuchBucket, args.name);
    }
    if (args.ownership) found->second.ownership = *args.ownership;
    if (args.acl) found->second.acl = *args.acl;
    if (args.versioning) found->second.versioning = *args.versioning;
    co_return found->second;
  }
  Reply<std::optional<std::string>> get_document(object::Bucket bucket, std::string name) override {
    const auto found = documents.find({bucket.name, name});
    if (found == documents.end()) co_return std::optional<std::string>();
    co_return std::optional<std::string>(found->second);
  }
  Reply<void> put_document(object::Bucket bucket, std::string name,
                           std::optional<std::string> document) override {
    documents.erase({bucket.name, name});
    if (document) documents[{bucket.name, name}] = std::move(*document);
    co_return object::Outcome<void>();
  }
  Reply<object::ListPage> list(object::ListArgs args) override {
    object::ListPage page;
    for (const auto& [key, version] : objects[args.bucket]) {
      if (!key.starts_with(args.prefix)) continue;
      std::string name = key;
      const std::size_t cut =
          args.delimiter.empty() ? std::string::npos : key.find(args.delimiter, args.prefix.size());
      if (cut != std::string::npos) name = key.substr(0, cut + args.delimiter.size());
      if (name <= args.after ||
          (!page.common_prefixes.empty() && page.common_prefixes.back() == name)) {
        continue;
      }
      if (page.entries.size() + page.common_prefixes.size() == args.limit) {
        page.truncated = true;
        break;
      }
      page.next_after = name;
      if (cut == std::string::npos) {
        page.entries.push_back(object::ListEntry{.key = key, .version = version});
      } else {
        page.common_prefixes.push_back(name);
      }
    }
    co_return page;
  }
  Reply<object::ListPage> list_versions(object::ListVersionsArgs args) override {
    CO_TRY(object::ListPage page, co_await list(args.list));
    if (page.truncated) page.next_version_id = "null";
    co_return page;
  }

  // --- not asked for here ---
  Reply<object::Usage> usage(std::string) override { return none<object::Usage>(); }
  Reply<object::Usage> account_usage(std::string) override { return none<object::Usage>(); }
  Reply<object::Written> put(object::PutArgs, ByteSource&, object::BodyVerifier&) override {
    return none<object::Written>();
  }
  Reply<std::unique_ptr<object::OpenVersion>> open(std::string, std::string,
                                                   std::optional<std::string>) override {
    return none<std::unique_ptr<object::OpenVersion>>();
  }
  Reply<std::unique_ptr<object::OpenVersion>> open_in(meta::ShardId, std::string,
                                                      std::optional<std::string>) override {
    return none<std::unique_ptr<object::OpenVersion>>();
  }
  Reply<object::Removed> remove(object::RemoveArgs) override { return none<object::Removed>(); }
  Reply<object::Version> amend(object::AmendArgs) override { return none<object::Version>(); }
  Reply<void> rename_object(object::RenameArgs) override { return none<void>(); }
  Reply<object::Upload> create_upload(object::CreateUpload) override {
    return none<object::Upload>();
  }
  Reply<object::Upload> get_upload(object::UploadRef) override { return none<object::Upload>(); }
  Reply<object::Part> put_part(object::UploadRef, int, std::optional<std::uint64_t>, ByteSource&,
                               object::BodyVerifier&) override {
    return none<object::Part>();
  }
  Reply<object::PartsPage> list_parts(object::UploadRef, int, std::size_t) override {
    return none<object::PartsPage>();
  }
  Reply<object::UploadsPage> list_uploads(object::ListUploads) override {
    return none<object::UploadsPage>();
  }
  Reply<object::Written> complete_upload(object::CompleteArgs) override {
    return none<object::Written>();
  }
  Reply<void> abort_upload(object::UploadRef) override { return none<void>(); }
  Reply<void> adopt(object::AdoptArgs) override { return none<void>(); }
  Reply<std::uint64_t> sweep() override { return none<std::uint64_t>(); }
  Reply<std::uint64_t> sweep_fresh() override { return none<std::uint64_t>(); }

  std::map<std::string, object::Bucket> buckets;
  std::map<std::string, std::map<std::string, object::Version>> objects;
  std::map<std::pair<std::string, std::string>, std::string> documents;  // by bucket, name
  bool broken = false;

 private:
  template <class T>
  static Reply<T> none() {
    co_return fail(Code::kUnsupported, "not in this test");
  }
};

}  // namespace muzn::s3
