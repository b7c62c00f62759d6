// What the policy of a bucket may ask of a request: the condition keys that this server knows.
// Source: AWS, "Actions, resources, and condition keys for Amazon S3", "AWS global condition
// context keys".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "s3/access.h"

namespace muzn::s3 {

// Computes a key's values when they are asked for. Borrows all it is given.
class RequestFacts final : public policy::Facts {
 public:
  RequestFacts(const Asker& asker, const Settings& settings, const Clock& clock,
               const object::Bucket& bucket, const Target& target)
      : asker_(asker), settings_(settings), clock_(clock), bucket_(bucket), target_(target) {}
  // Of the object that is there; nullptr = there is none, or it was not looked at.
  void set_object_tags(const object::Pairs* tags) { object_tags_ = tags; }

  // The caller goes on with an upload of its own: what the object will be was said when it began.
  void set_goes_on() { goes_on_ = true; }

  std::optional<std::vector<std::string>> values(std::string_view key) const override;
  bool settled(std::string_view key) const override;

  // Also what the values of a table's rows are made of.
  const http::Request& request() const { return asker_.request; }
  const Call& call() const { return asker_.call; }
  const gate::Principal& principal() const { return asker_.caller.principal(); }
  const std::optional<sigv4::Verified>& proof() const { return asker_.caller.proof(); }
  const Settings& settings() const { return settings_; }
  const object::Bucket& bucket() const { return bucket_; }
  const Target& target() const { return target_; }
  Time now() const { return clock_.now(); }
  // Headers that say what a write should do mean nothing in a read.
  bool is_write() const;

 private:
  std::optional<object::Pairs> request_tags() const;
  std::optional<std::vector<std::string>> lock_value(std::string_view key) const;

  const Asker& asker_;
  const Settings& settings_;
  const Clock& clock_;
  const object::Bucket& bucket_;
  const Target& target_;
  const object::Pairs* object_tags_ = nullptr;
  bool goes_on_ = false;
};

// A key that AWS has: also those that no request to this server ever has.
bool is_condition_key(std::string_view folded);

}  // namespace muzn::s3
