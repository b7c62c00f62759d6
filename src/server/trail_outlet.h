// Where trails' files go: into buckets, as S3's rules let them, and as no request of anybody.
#pragma once
#include "control/controller.h"
#include "object/store.h"
#include "trail/outlet.h"

namespace muzn::server {

class TrailOutlet final : public trail::Outlet {
 public:
  // Borrowed.
  TrailOutlet(object::Store& objects, const control::Controller& controller)
      : objects_(objects), controller_(controller) {}

  // An account's trail may write to the account's own buckets, and to those whose policy lets the
  // service cloudtrail.amazonaws.com, unless a policy denies it.
  Task<std::expected<void, std::string>> check(std::string account, std::string trail,
                                               std::string bucket, std::string key) override;
  Task<std::expected<void, std::string>> put(trail::Upload upload) override;

 private:
  struct Ask {
    std::string account;
    std::string trail;
    std::string bucket;
    std::string key;
  };
  Task<std::expected<object::Bucket, std::string>> judge(Ask ask);
  Task<bool> is_there(object::Bucket bucket, trail::Upload upload);

  object::Store& objects_;
  const control::Controller& controller_;
};

}  // namespace muzn::server
