// Access control lists: who was granted what on a bucket or an object, besides its owner. Pure.
// Source: AWS, "Access control list (ACL) overview".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::policy {

// Values are on disk.
enum class Permission : std::uint8_t {
  kFullControl = 0,
  kRead = 1,
  kWrite = 2,
  kReadAcp = 3,
  kWriteAcp = 4,
};

struct Grantee {
  // Values are on disk.
  enum class Kind : std::uint8_t {
    kAccount = 0,
    kEveryone = 1,       // AllUsers
    kAuthenticated = 2,  // AuthenticatedUsers: whoever signs with any account of this store
    kLogDelivery = 3,
  };
  Kind kind = Kind::kAccount;
  std::string account;  // 12-digit id, of kAccount
  bool operator==(const Grantee&) const = default;
};

struct Grant {
  Grantee grantee;
  Permission permission = Permission::kRead;
  bool operator==(const Grant&) const = default;
};

struct Acl {
  std::vector<Grant> grants;
  bool operator==(const Acl&) const = default;
};

inline constexpr std::size_t kGrantsMax = 100;  // AWS's limit

// What a new bucket or object has unless told otherwise: FULL_CONTROL for its owner.
Acl private_acl(std::string_view owner);

enum class Canned : std::uint8_t {
  kPrivate,
  kPublicRead,
  kPublicReadWrite,
  kAuthenticatedRead,
  kAwsExecRead,  // AWS's own service gets READ there; here it is private
  kBucketOwnerRead,
  kBucketOwnerFullControl,
  kLogDeliveryWrite,
};
// From the value of x-amz-acl.
std::optional<Canned> canned_acl(std::string_view name);
// `bucket_owner` is of use for objects.
Acl expand(Canned canned, std::string_view owner, std::string_view bucket_owner);

// Groups before accounts, each once, otherwise in the order given.
Acl normalized(Acl acl);

// Does it grant anything to everyone or to every account? (AWS, "The meaning of public".)
bool is_public(const Acl& acl);

// Does `account` ("" = anonymous) hold `permission` by the list? `groups` off leaves the grants to
// groups out; `direct` off those to accounts (an account's users have none of their account's).
struct Membership {
  std::string_view account;
  bool direct = true;
  bool groups = true;
};
bool grants(const Acl& acl, const Membership& who, Permission permission);

// Bytes for a row; docs/formats/rows.md draws them. Errors: kCorrupt, kUnsupported (newer format).
std::string encode(const Acl& acl);
Result<Acl> decode_acl(std::string_view bytes);

}  // namespace muzn::policy
