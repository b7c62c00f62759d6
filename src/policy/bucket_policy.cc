#include "policy/bucket_policy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace muzn::policy {
namespace {

constexpr unsigned kV4BitsMin = 8;
constexpr unsigned kV6BitsMin = 32;

constexpr std::string_view kSourceIp = "aws:sourceip";
// Folded. A fixed value of one of these is somebody in particular.
constexpr std::array<std::string_view, 14> kTelling = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
};
constexpr std::string_view kObjectTags = "s3:existingobjecttag/";
constexpr std::string_view kRequestTags = "s3:requestobjecttag";
constexpr std::string_view kAmzHeaders = "s3:x-amz-";
constexpr std::string_view kObjectLock = "s3:object-lock-";
constexpr std::string_view kNobody = "nobody";                         // no unique id is like this
constexpr std::string_view kAccessPointArn = "s3:dataaccesspointarn";  // may have wildcards

bool is_narrow(const Network& network) {
  return network.bits >= (network.v6 ? kV6BitsMin : kV4BitsMin);
}

bool is_fixed_value(const Operand& operand) {
  const auto* const pattern = std::get_if<Pattern>(&operand);
  return pattern != nullptr && pattern->is_fixed();
}

// Only who has the key, and one of these values of it, passes.
bool is_demand(const Operator& op) {
  return !op.negated && !op.if_exists && op.quantifier != Quantifier::kForAll;
}

bool tells_who(const Condition& condition) {
  if (!is_demand(condition.op)) return false;
  if (condition.op.test == Test::kAddress) {
    return condition.key == kSourceIp &&
           std::ranges::all_of(condition.operands, [](const Operand& operand) {
             const auto* const network = std::get_if<Network>(&operand);
             return network != nullptr && is_narrow(*network);
           });
  }
  const bool compares = condition.op.test == Test::kString ||
                        condition.op.test == Test::kStringIgnoringCase ||
                        condition.op.test == Test::kStringLike || condition.op.test == Test::kArn;
  if (!compares) return false;
  if (condition.key == kAccessPointArn) return true;
  return std::ranges::find(kTelling, condition.key) != kTelling.end() &&
         std::ranges::all_of(condition.operands, is_fixed_value);
}

bool is_public(const Statement& statement) {
  if (statement.effect != Effect::kAllow) return false;
  const bool everyone = std::ranges::any_of(statement.principals, [](const Principal& principal) {
    return principal.kind == Principal::Kind::kEveryone;
  });
  return everyone && std::ranges::none_of(statement.conditions, tells_who);
}

}  // namespace

bool is_public(const Document& document) {
  return std::ranges::any_of(document.statements,
                             [](const Statement& statement) { return is_public(statement); });
}

BucketPolicy make_bucket_policy(Document document) {
  BucketPolicy out{.document = std::move(document)};
  out.is_public = is_public(out.document);
  out.asks_object_tags = out.document.names(kObjectTags);
  out.asks_request_tags = out.document.names(kRequestTags);
  out.asks_object_headers =
      out.asks_request_tags || out.document.names(kAmzHeaders) || out.document.names(kObjectLock);
  return out;
}

void tie_principals(Document& document, const Directory& directory) {
  for (Statement& statement : document.statements) {
    for (Principal& principal : statement.principals) {
      if (principal.kind == Principal::Kind::kIdentity) {
        principal.id = directory.user_id(principal.value);
        if (principal.id.empty()) principal.id = kNobody;
      } else if (principal.kind == Principal::Kind::kCanonical) {
        std::string account = directory.account_id(principal.value);
        if (account.empty()) continue;
        principal.kind = Principal::Kind::kAccount;
        principal.value = std::move(account);
      }
    }
  }
}

}  // namespace muzn::policy
