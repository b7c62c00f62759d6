#include "policy/acl.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/varint.h"

namespace muzn::policy {
namespace {

using Kind = Grantee::Kind;

constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kAccountIdBytes = 12;

constexpr std::array<std::pair<std::string_view, Canned>, 8> kCanned = {{
    {"private", Canned::kPrivate},
    {"public-read", Canned::kPublicRead},
    {"public-read-write", Canned::kPublicReadWrite},
    {"authenticated-read", Canned::kAuthenticatedRead},
    {"aws-exec-read", Canned::kAwsExecRead},
    {"bucket-owner-read", Canned::kBucketOwnerRead},
    {"bucket-owner-full-control", Canned::kBucketOwnerFullControl},
    {"log-delivery-write", Canned::kLogDeliveryWrite},
}};

Grant to_group(Kind group, Permission permission) {
  return {.grantee = {.kind = group, .account = {}}, .permission = permission};
}

Grant to_account(std::string_view account, Permission permission) {
  return {.grantee = {.kind = Kind::kAccount, .account = std::string(account)},
          .permission = permission};
}

bool covers(Permission held, Permission asked) {
  return held == Permission::kFullControl || held == asked;
}

bool is_member(const Grantee& grantee, const Membership& who) {
  switch (grantee.kind) {
    case Kind::kAccount:
      return who.direct && !who.account.empty() && grantee.account == who.account;
    case Kind::kEveryone:
      return who.groups;
    case Kind::kAuthenticated:
      return who.groups && !who.account.empty();
    case Kind::kLogDelivery:
      return false;  // no principal of this store is that service
  }
  return false;
}

Result<Grant> read_grant(codec::FieldReader& reader) {
  Grant out;
  TRY(const std::uint64_t kind, reader.varint());
  TRY(const std::uint64_t permission, reader.varint());
  if (kind > static_cast<std::uint64_t>(Kind::kLogDelivery) ||
      permission > static_cast<std::uint64_t>(Permission::kWriteAcp)) {
    return fail(Code::kCorrupt, "acl: grant");
  }
  out.grantee.kind = static_cast<Kind>(kind);
  out.permission = static_cast<Permission>(permission);
  if (out.grantee.kind == Kind::kAccount) {
    TRY(const std::string_view account, reader.bytes());
    if (account.size() != kAccountIdBytes) return fail(Code::kCorrupt, "acl: account");
    out.grantee.account = std::string(account);
  }
  return out;
}

}  // namespace

Acl private_acl(std::string_view owner) {
  return Acl{{to_account(owner, Permission::kFullControl)}};
}

std::optional<Canned> canned_acl(std::string_view name) {
  const auto* const found =
      std::ranges::find(kCanned, name, &std::pair<std::string_view, Canned>::first);
  if (found == kCanned.end()) return std::nullopt;
  return found->second;
}

Acl expand(Canned canned, std::string_view owner, std::string_view bucket_owner) {
  Acl out;
  const bool foreign = owner != bucket_owner;
  switch (canned) {
    case Canned::kPrivate:
    case Canned::kAwsExecRead:
      break;
    case Canned::kPublicReadWrite:
      out.grants = {to_group(Kind::kEveryone, Permission::kRead),
                    to_group(Kind::kEveryone, Permission::kWrite)};
      break;
    case Canned::kPublicRead:
      out.grants = {to_group(Kind::kEveryone, Permission::kRead)};
      break;
    case Canned::kAuthenticatedRead:
      out.grants = {to_group(Kind::kAuthenticated, Permission::kRead)};
      break;
    case Canned::kLogDeliveryWrite:
      out.grants = {to_group(Kind::kLogDelivery, Permission::kWrite),
                    to_group(Kind::kLogDelivery, Permission::kReadAcp)};
      break;
    case Canned::kBucketOwnerRead:
      if (foreign) out.grants = {to_account(bucket_owner, Permission::kRead)};
      break;
    case Canned::kBucketOwnerFullControl:
      if (foreign) out.grants = {to_account(bucket_owner, Permission::kFullControl)};
      break;
  }
  out.grants.push_back(to_account(owner, Permission::kFullControl));
  return out;
}

Acl normalized(Acl acl) {
  Acl out;
  for (const bool groups : {true, false}) {
    for (Grant& grant : acl.grants) {
      if ((grant.grantee.kind != Kind::kAccount) != groups) continue;
      if (std::ranges::find(out.grants, grant) != out.grants.end()) continue;
      out.grants.push_back(std::move(grant));
    }
  }
  return out;
}

bool is_public(const Acl& acl) {
  return std::ranges::any_of(acl.grants, [](const Grant& grant) {
    return grant.grantee.kind == Kind::kEveryone || grant.grantee.kind == Kind::kAuthenticated;
  });
}

bool grants(const Acl& acl, const Membership& who, Permission permission) {
  return std::ranges::any_of(acl.grants, [&](const Grant& grant) {
    return covers(grant.permission, permission) && is_member(grant.grantee, who);
  });
}

std::string encode(const Acl& acl) {
  std::string out;
  codec::put_varint(out, kFormat);
  codec::put_varint(out, acl.grants.size());
  for (const Grant& grant : acl.grants) {
    codec::put_varint(out, static_cast<std::uint64_t>(grant.grantee.kind));
    codec::put_varint(out, static_cast<std::uint64_t>(grant.permission));
    if (grant.grantee.kind == Kind::kAccount) codec::put_bytes(out, grant.grantee.account);
  }
  return out;
}

Result<Acl> decode_acl(std::string_view bytes) {
  codec::FieldReader reader(bytes);
  TRY(const std::uint64_t format, reader.varint());
  if (format > kFormat) return fail(Code::kUnsupported, "acl: newer format");
  if (format != kFormat) return fail(Code::kCorrupt, "acl: format");
  TRY(const std::uint64_t count, reader.varint());
  if (count > kGrantsMax) return fail(Code::kCorrupt, "acl: too many grants");
  Acl out;
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(Grant grant, read_grant(reader));
    out.grants.push_back(std::move(grant));
  }
  if (!reader.at_end()) return fail(Code::kCorrupt, "acl: bytes after the last grant");
  return out;
}

}  // namespace muzn::policy
