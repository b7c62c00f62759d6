// Tells the admin API which buckets an account owns, so that it does not have to know the object
// floor.
#pragma once
#include "admin/census.h"
#include "codec/base64.h"
#include "object/store.h"

namespace muzn::server {

class Census final : public admin::BucketCensus {
 public:
  explicit Census(object::Store& objects) : objects_(objects) {}
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

 private:
  object::Store& objects_;
};

}  // namespace muzn::server
