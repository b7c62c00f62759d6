// Tells the admin API which buckets an account owns, so that it does not have to know the object
// floor.
#pragma once
#include "admin/census.h"
#include "codec/base64.h"
#include "object/store.h"
#include "s3/quota.h"

namespace muzn::server {

class Census final : public admin::BucketCensus {
 public:
  Census(object::Store& objects, s3::AccountUsage& usage) : objects_(objects), usage_(usage) {}
  Task<Result<bool>> owns_buckets(std::string account) override {
    auto page = co_await objects_.list_buckets(std::move(account), "", "", 1);
    if (!page) co_return fail(page.error().code, page.error().what);
    co_return !page->buckets.empty();
  }
  Task<Result<std::optional<std::string>>> bucket_id(std::string account,
                                                     std::string name) override {
    const auto found = co_await objects_.get_bucket(std::move(name));
    if (!found && found.error().fault == object::Fault::kNoSuchBucket) {
      co_return std::optional<std::string>();
    }
    if (!found) co_return fail(found.error().code, found.error().what);
    if (found->owner != account) co_return std::optional<std::string>();
    co_return std::optional(codec::hex_encode(found->id));
  }

  Task<Result<admin::Stored>> stored(std::string account, std::string bucket) override {
    if (bucket.empty()) {
      const auto sum = co_await usage_.of(std::move(account));
      if (!sum) co_return fail(Code::kUnavailable, sum.error().cause);
      co_return admin::Stored{sum->bytes, sum->objects, sum->part_bytes};
    }
    const auto own = co_await objects_.usage(std::move(bucket));
    if (!own) co_return fail(own.error().code, own.error().what);
    co_return admin::Stored{own->bytes, own->objects, own->part_bytes};
  }

 private:
  object::Store& objects_;
  s3::AccountUsage& usage_;
};

}  // namespace muzn::server
