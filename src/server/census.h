// Tells the admin API whether an account still owns buckets, so that it does not have to know the
// object floor.
#pragma once
#include "admin/census.h"
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

 private:
  object::Store& objects_;
};

}  // namespace muzn::server
