#include "s3/rename.h"

#include <algorithm>

#include "codec/uri.h"
#include "codec/varint.h"
#include "crypto/digest.h"
#include "s3/route.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kSource = "x-amz-rename-source";
constexpr std::string_view kToken = "x-amz-client-token";

bool any(const http::ReadConditions& conditions) {
  return conditions.if_match || conditions.if_none_match || conditions.if_modified_since ||
         conditions.if_unmodified_since;
}

Outcome<std::string> parse_source(const http::Headers& headers) {
  const std::string_view raw = headers.get(kSource).value_or("");
  auto key = codec::uri_decode(raw);
  if (!key || key->empty() || !codec::is_utf8(*key) || key->contains('\0')) {
    return invalid_argument("The rename source must be a URL-encoded key.", kSource, raw);
  }
  TRY_VOID(check_key(*key));
  return std::move(*key);
}

Outcome<std::string_view> parse_token(const http::Headers& headers) {
  const auto token = headers.get(kToken);
  if (!token) return "";
  const bool printable = std::ranges::all_of(*token, [](char c) { return c >= '!' && c <= '~'; });
  if (token->empty() || token->size() > kClientTokenMax || !printable) {
    return invalid_argument("A client token is 1 to 64 printable ASCII characters.", kToken,
                            *token);
  }
  return *token;
}

// A condition that fails with 304 in a read fails here: there is nothing that was not modified.
bool holds(const http::ReadConditions& conditions, const object::Version& version) {
  return http::evaluate(conditions, version.etag, version.modified) == http::Verdict::kProceed;
}

// The first of them, to tell which.
std::string name_of(const http::ReadConditions& conditions, std::string prefix) {
  if (conditions.if_match) return prefix + "If-Match";
  if (conditions.if_none_match) return prefix + "If-None-Match";
  if (conditions.if_modified_since) return prefix + "If-Modified-Since";
  return prefix + "If-Unmodified-Since";
}

}  // namespace

bool RenameRequest::has_conditions() const {
  return any(of_source) || any(of_replaced);
}

bool RenameRequest::asks_of_replaced() const {
  const bool tag = (of_replaced.if_match && *of_replaced.if_match != "*") ||
                   (of_replaced.if_none_match && *of_replaced.if_none_match != "*");
  return tag || of_replaced.if_modified_since || of_replaced.if_unmodified_since;
}

Outcome<RenameRequest> parse_rename(const http::Headers& headers, std::string_view key) {
  RenameRequest out;
  TRY(out.source, parse_source(headers));
  TRY(out.token, parse_token(headers));
  out.of_source = {.if_match = headers.get("x-amz-rename-source-if-match"),
                   .if_none_match = headers.get("x-amz-rename-source-if-none-match"),
                   .if_modified_since = headers.get("x-amz-rename-source-if-modified-since"),
                   .if_unmodified_since = headers.get("x-amz-rename-source-if-unmodified-since")};
  out.of_replaced = {.if_match = headers.get("if-match"),
                     .if_none_match = headers.get("if-none-match"),
                     .if_modified_since = headers.get("if-modified-since"),
                     .if_unmodified_since = headers.get("if-unmodified-since")};
  if (out.source.ends_with('/') || key.ends_with('/')) {
    return refuse(ErrorCode::kInvalidRequest,
                  "RenameObject does not rename objects whose key ends with a slash.");
  }
  if (out.source == key) {
    return refuse(
        ErrorCode::kInvalidRequest,
        "This rename request is illegal because the source and the new key are the same.");
  }
  return out;
}

object::Outcome<void> judge_rename(const RenameRequest& request, const object::Version& source,
                                   const object::Version* replaced) {
  if (!holds(request.of_source, source)) {
    return object::fault(object::Fault::kPreconditionFailed,
                         name_of(request.of_source, "x-amz-rename-source-"));
  }
  const http::ReadConditions& wanted = request.of_replaced;
  if (replaced == nullptr) {
    // "if the destination exists and if it has been modified since"
    if (wanted.if_match || (wanted.if_modified_since && !wanted.if_none_match)) {
      return object::fault(object::Fault::kNoSuchKey, "a condition on a key that is not there");
    }
    return {};
  }
  if (!holds(wanted, *replaced)) {
    return object::fault(object::Fault::kPreconditionFailed, name_of(wanted, ""));
  }
  return {};
}

std::string digest_of(const RenameRequest& request, std::string_view key) {
  std::string all;
  codec::put_bytes(all, request.source);
  codec::put_bytes(all, key);
  for (const http::ReadConditions& one : {request.of_source, request.of_replaced}) {
    for (const auto& value :
         {one.if_match, one.if_none_match, one.if_modified_since, one.if_unmodified_since}) {
      codec::put_varint(all, value ? 1 : 0);
      codec::put_bytes(all, value.value_or(""));
    }
  }
  return crypto::sha256(all);
}

std::string token_name(const RenameRequest& request, std::string_view account) {
  if (request.token.empty()) return "";
  std::string all;
  codec::put_bytes(all, account);
  codec::put_bytes(all, request.token);
  return crypto::sha256(all);
}

}  // namespace muzn::s3
