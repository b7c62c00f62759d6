#include "s3/policy_facts.h"

#include <algorithm>
#include <array>
#include <span>

#include "codec/date.h"
#include "gate/purpose.h"
#include "s3/body_facts.h"
#include "s3/copy_source.h"
#include "s3/lock_xml.h"
#include "s3/object_headers.h"
#include "s3/route.h"

namespace muzn::s3 {
namespace {

using policy::one;
using policy::one_if;
using policy::Values;

Values of_header(const RequestFacts& facts, std::string_view name) {
  const auto value = facts.request().head.headers.get(name);
  return value ? one(*value) : std::nullopt;
}

constexpr std::string_view kLegalHold = "s3:object-lock-legal-hold";
constexpr std::string_view kLockMode = "s3:object-lock-mode";
constexpr std::string_view kRetainUntil = "s3:object-lock-retain-until-date";

Values tls_version(const RequestFacts& facts) {
  std::string_view version = facts.request().peer.tls_version;
  constexpr std::string_view kName = "TLSv";
  if (!version.starts_with(kName)) return std::nullopt;
  version.remove_prefix(kName.size());
  return one(version);
}

Values auth_type(const RequestFacts& facts) {
  if (!facts.proof()) return std::nullopt;
  const bool presigned = facts.proof()->claim().form == sigv4::Form::kPresigned;
  return one(presigned ? "REST-QUERY-STRING" : "REST-HEADER");
}

Values signature_age(const RequestFacts& facts) {
  if (!facts.proof()) return std::nullopt;
  const std::int64_t micros = to_micros(facts.now()) - to_micros(facts.proof()->claim().time);
  return one(std::to_string(std::max<std::int64_t>(0, micros / 1000)));
}

Values payload_hash(const RequestFacts& facts) {
  if (!facts.proof()) return of_header(facts, "x-amz-content-sha256");
  return one(facts.proof()->claim().payload_text);
}

// As it is parsed for the copy itself, so that no other spelling of it passes by a condition.
Values copy_source(const RequestFacts& facts) {
  const auto text = facts.request().head.headers.get("x-amz-copy-source");
  if (!facts.is_write() || !text) return std::nullopt;
  const auto source = parse_copy_source(*text);
  return source ? one(source->bucket + "/" + source->key) : one(*text);
}

Values retention_days(const RequestFacts& facts) {
  constexpr std::int64_t kDayMicros = 86'400LL * 1'000'000;
  const auto text = facts.values(kRetainUntil);
  if (!text) return std::nullopt;
  const auto until = codec::parse_iso8601(text->front());
  if (!until) return std::nullopt;
  const std::int64_t left = to_micros(*until) - to_micros(facts.now());
  return one(std::to_string((left + kDayMicros - 1) / kDayMicros));
}

Values said(const std::string& purpose) {
  return one_if(!purpose.empty(), purpose);
}

constexpr std::string_view kPurpose = "muzn:purpose";
constexpr std::string_view kRetentionDays = "s3:object-lock-remaining-retention-days";

struct Computed {
  std::string_view key;
  Values (*values)(const RequestFacts&);
};
constexpr std::array<Computed, 11> kComputed = {{
    {"s3:resourceaccount", [](const RequestFacts& f) { return one(f.bucket().owner); }},
    {kPurpose,
     [](const RequestFacts& f) {
       return said(gate::purpose_of(f.held(), bucket_ref(f.bucket()).id, f.bucket().owner));
     }},
    {gate::kPurposeOfBucket,
     [](const RequestFacts& f) {
       return said(
           gate::purpose_of_bucket(*f.held().state(), bucket_ref(f.bucket()).id, f.bucket().owner));
     }},
    {"s3:tlsversion", tls_version},
    {"s3:authtype", auth_type},
    {"s3:signatureage", signature_age},
    {"s3:signatureversion",
     [](const RequestFacts& f) { return one_if(f.proof().has_value(), "AWS4-HMAC-SHA256"); }},
    {"s3:x-amz-content-sha256", payload_hash},
    {"s3:x-amz-copy-source", copy_source},
    {kRetentionDays, retention_days},
    {"s3:versionid",
     [](const RequestFacts& f) {
       return f.target().version_id ? one(*f.target().version_id) : Values();
     }},
}};

struct FromHeader {
  std::string_view key;
  std::string_view header;
};
// Of writes: what the object is to be, and
constexpr std::array<FromHeader, 15> kObjectHeaders = {{
    {"s3:x-amz-acl", "x-amz-acl"},
    {"s3:x-amz-grant-full-control", "x-amz-grant-full-control"},
    {"s3:x-amz-grant-read", "x-amz-grant-read"},
    {"s3:x-amz-grant-read-acp", "x-amz-grant-read-acp"},
    {"s3:x-amz-grant-write", "x-amz-grant-write"},
    {"s3:x-amz-grant-write-acp", "x-amz-grant-write-acp"},
    {"s3:x-amz-server-side-encryption", "x-amz-server-side-encryption"},
    {"s3:x-amz-server-side-encryption-aws-kms-key-id",
     "x-amz-server-side-encryption-aws-kms-key-id"},
    {"s3:x-amz-server-side-encryption-customer-algorithm",
     "x-amz-server-side-encryption-customer-algorithm"},
    {"s3:x-amz-storage-class", "x-amz-storage-class"},
    {"s3:x-amz-website-redirect-location", "x-amz-website-redirect-location"},
    {kLegalHold, "x-amz-object-lock-legal-hold"},
    {kLockMode, "x-amz-object-lock-mode"},
    {kRetainUntil, "x-amz-object-lock-retain-until-date"},
}};
// how it is written.
constexpr std::array<FromHeader, 3> kWriteHeaders = {
    {{"s3:x-amz-metadata-directive", "x-amz-metadata-directive"},
     {"s3:if-match", "if-match"},
     {"s3:if-none-match", "if-none-match"}}};

// Of listing a bucket: what a query of something else says under these names is nothing.
constexpr std::array<FromHeader, 3> kParameters = {
    {{"s3:prefix", "prefix"}, {"s3:delimiter", "delimiter"}, {"s3:max-keys", "max-keys"}}};

constexpr std::string_view kObjectTag = "s3:existingobjecttag/";
constexpr std::string_view kRequestTag = "s3:requestobjecttag/";
constexpr std::string_view kRequestTagKeys = "s3:requestobjecttagkeys";

// Of AWS, but no request here has them: networks, organizations and services that are not.
constexpr auto kNeverThere =
    std::to_array<std::string_view>({"aws:calledvia",
                                     "aws:calledviafirst",
                                     "aws:calledvialast",
                                     "aws:chatbotsourcearn",
                                     "aws:ec2instancesourceprivateipv4",
                                     "aws:ec2instancesourcevpc",
                                     "aws:multifactorauthage",
                                     "aws:principalisservicelinkedrole",
                                     "aws:principalorgid",
                                     "aws:principalorgpaths",
                                     "aws:principalservicename",
                                     "aws:principalservicenameslist",
                                     "aws:resourceorgid",
                                     "aws:resourceorgpaths",
                                     "aws:sourceaccount",
                                     "aws:sourcearn",
                                     "aws:sourceorgid",
                                     "aws:sourceorgpaths",
                                     "aws:sourceowner",
                                     "aws:sourcevpc",
                                     "aws:sourcevpcarn",
                                     "aws:sourcevpce",
                                     "aws:tagkeys",
                                     "aws:vpceaccount",
                                     "aws:vpceorgid",
                                     "aws:vpceorgpaths",
                                     "aws:vpcsourceip",
                                     "s3:accessgrantsinstancearn",
                                     "s3:accesspointnetworkorigin",
                                     "s3:dataaccesspointaccount",
                                     "s3:dataaccesspointarn",
                                     "s3:existingjoboperation",
                                     "s3:existingjobpriority",
                                     "s3:inventoryaccessibleoptionalfields",
                                     "s3:jobsuspendedcause",
                                     "s3:locationconstraint",
                                     "s3:objectcreationoperation",
                                     "s3:requestjoboperation",
                                     "s3:requestjobpriority",
                                     "s3:x-amz-bucket-namespace",
                                     "s3:x-amz-object-ownership"});
constexpr std::array<std::string_view, 3> kNeverThereTags = {"aws:requesttag/", "aws:resourcetag/",
                                                             "s3:buckettag/"};

template <class Table>
auto find_key(const Table& table, std::string_view key) {
  const auto found = std::ranges::find(table, key, [](const auto& row) { return row.key; });
  return found == std::ranges::end(table) ? nullptr : &*found;
}

Values tag_value(const object::Pairs* tags, std::string_view key) {
  if (tags == nullptr) return std::nullopt;
  const auto found = std::ranges::find(*tags, key, &std::pair<std::string, std::string>::first);
  return found == tags->end() ? std::nullopt : one(found->second);
}

bool takes_tags(const Call& call) {
  constexpr std::array<std::string_view, 4> kOperations = {"PutObject", "CopyObject",
                                                           "CreateMultipartUpload", "PostObject"};
  return std::ranges::find(kOperations, call.operation->name) != kOperations.end();
}

}  // namespace

bool RequestFacts::is_write() const {
  return call().operation->method == "PUT" || call().operation->method == "POST";
}

std::optional<object::Pairs> RequestFacts::request_tags() const {
  if (asker_.body != nullptr && asker_.body->tags) return asker_.body->tags;
  if (!takes_tags(call()) || !request().head.headers.has("x-amz-tagging")) return std::nullopt;
  auto tags = parse_tagging(request().head.headers);
  // The operation refuses what is no good.
  return tags ? std::optional(*std::move(tags)) : std::nullopt;
}

// Of PutObjectRetention and PutObjectLegalHold, whose body says what other writes say in headers.
Values RequestFacts::lock_value(std::string_view key) const {
  if (asker_.body == nullptr) return std::nullopt;
  const BodyFacts& body = *asker_.body;
  if (key == kLegalHold) return body.hold ? one(hold_name(*body.hold)) : Values();
  if (!body.retention || body.retention->mode == object::RetentionMode::kNone) return std::nullopt;
  if (key == kLockMode) return one(mode_name(body.retention->mode));
  return one(codec::iso8601_millis(body.retention->until));
}

Values RequestFacts::values(std::string_view key) const {
  if (const auto* const row = find_key(kComputed, key)) return row->values(*this);
  if (locks_by_body(call()) && (key == kLegalHold || key == kLockMode || key == kRetainUntil)) {
    return lock_value(key);
  }
  for (const std::span<const FromHeader> table :
       {std::span<const FromHeader>(kObjectHeaders), std::span<const FromHeader>(kWriteHeaders)}) {
    if (const auto* const row = find_key(table, key)) {
      return is_write() ? of_header(*this, row->header) : std::nullopt;
    }
  }
  if (const auto* const row = find_key(kParameters, key)) {
    if (!target_.key.empty()) return std::nullopt;
    const auto value = call().query.get(row->header);
    return value ? one(*value) : std::nullopt;
  }
  if (key.starts_with(kObjectTag)) return tag_value(object_tags_, key.substr(kObjectTag.size()));
  if (key.starts_with(kRequestTag)) {
    const auto tags = request_tags();
    return tag_value(tags ? &*tags : nullptr, key.substr(kRequestTag.size()));
  }
  if (key == kRequestTagKeys) {
    const auto tags = request_tags();
    if (!tags) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& [name, value] : *tags) out.push_back(name);
    return out;
  }
  return common_.values(key);
}

bool RequestFacts::settled(std::string_view key) const {
  return goes_on_ && (find_key(kObjectHeaders, key) != nullptr || key == kRetentionDays ||
                      key.starts_with(kRequestTag) || key == kRequestTagKeys);
}

bool is_condition_key(std::string_view folded) {
  const auto begins = [folded](std::string_view prefix) {
    return folded.starts_with(prefix) && folded.size() > prefix.size();
  };
  return gate::is_common_key(folded) || find_key(kComputed, folded) != nullptr ||
         find_key(kObjectHeaders, folded) != nullptr ||
         find_key(kWriteHeaders, folded) != nullptr || find_key(kParameters, folded) != nullptr ||
         folded == kRequestTagKeys || begins(kObjectTag) || begins(kRequestTag) ||
         std::ranges::find(kNeverThere, folded) != kNeverThere.end() ||
         std::ranges::any_of(kNeverThereTags, begins);
}

}  // namespace muzn::s3
