// What a RenameObject asks for: its source, its conditions, its token. Pure.
// Source: RenameObject, S3 API reference; "Renaming objects in directory buckets", user guide.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/conditions.h"
#include "http/message.h"
#include "object/store.h"
#include "s3/error.h"

namespace muzn::s3 {

inline constexpr std::size_t kClientTokenMax = 64;  // AWS

struct RenameRequest {
  std::string source;  // a key of the same bucket
  // Header values; the views are of the request's headers.
  http::ReadConditions of_source;
  http::ReadConditions of_replaced;
  std::string_view token;  // "" = none

  bool has_conditions() const;
  // Asks what the object under the new key is, not only whether there is one.
  bool asks_of_replaced() const;
};

// Errors: InvalidArgument (a source or token that can't be), InvalidRequest (a key that ends with a
// slash, as AWS has it; the source itself), KeyTooLongError, InvalidURI.
Outcome<RenameRequest> parse_rename(const http::Headers& headers, std::string_view key);

// Failures: kPreconditionFailed, with the header's name; kNoSuchKey (If-Match on nothing).
object::Outcome<void> judge_rename(const RenameRequest& request, const object::Version& source,
                                   const object::Version* replaced);

// All that the request asks for, digested: the same token with something else is another request.
std::string digest_of(const RenameRequest& request, std::string_view key);
// What the token is remembered by: those of two accounts are apart.
std::string token_name(const RenameRequest& request, std::string_view account);

}  // namespace muzn::s3
