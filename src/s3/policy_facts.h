// What policies may ask of a request to S3: the condition keys that this server knows.
// Source: AWS, "Actions, resources, and condition keys for Amazon S3", "AWS global condition
// context keys".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gate/facts.h"
#include "policy/facts.h"
#include "s3/access.h"

namespace muzn::s3 {

// Computes a key's values when they are asked for. Borrows all it is given.
class RequestFacts final : public policy::Facts {
 public:
  RequestFacts(const Asker& asker, const gate::Held& held, const Settings& settings, Time now,
               const object::Bucket& bucket, const Target& target)
      : asker_(asker),
        bucket_(bucket),
        target_(target),
        common_({.held = held,
                 .request = &asker.request,
                 .now = now,
                 .region = settings.region,
                 .resource_account = bucket.owner}) {}
  // Of the object that is there; nullptr = there is none, or it was not looked at.
  void set_object_tags(const object::Pairs* tags) { object_tags_ = tags; }

  // The caller goes on with an upload of its own: what the object will be was said when it began.
  void set_goes_on() { goes_on_ = true; }

  std::optional<std::vector<std::string>> values(std::string_view key) const override;
  bool settled(std::string_view key) const override;

  // Also what the values of a table's rows are made of.
  const http::Request& request() const { return asker_.request; }
  const Call& call() const { return asker_.call; }
  const std::optional<sigv4::Verified>& proof() const { return asker_.caller.proof(); }
  const object::Bucket& bucket() const { return bucket_; }
  const Target& target() const { return target_; }
  const gate::Held& held() const { return common_.given().held; }
  Time now() const { return common_.given().now; }
  // Headers that say what a write should do mean nothing in a read.
  bool is_write() const;

 private:
  std::optional<object::Pairs> request_tags() const;
  std::optional<std::vector<std::string>> lock_value(std::string_view key) const;

  const Asker& asker_;
  const object::Bucket& bucket_;
  const Target& target_;
  const gate::CommonFacts common_;
  const object::Pairs* object_tags_ = nullptr;
  bool goes_on_ = false;
};

// A key that AWS has: also those that no request to this server ever has.
bool is_condition_key(std::string_view folded);

}  // namespace muzn::s3
