#include "trail/event.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "crypto/digest.h"

namespace muzn::trail {
namespace {

using codec::Json;

constexpr std::string_view kEventVersion = "1.11";
constexpr std::string_view kS3Arn = "arn:aws:s3:::";
constexpr std::string_view kAdminPath = "/-/admin/v1/";

// AWS, "Amazon S3 CloudTrail events": what is not here is of the bucket or the account, and a
// management event. Sorted.
constexpr std::array kDataOperations = std::to_array<std::string_view>({"AbortMultipartUpload",
                                                                        "CompleteMultipartUpload",
                                                                        "CopyObject",
                                                                        "CreateMultipartUpload",
                                                                        "DeleteObject",
                                                                        "DeleteObjectAnnotation",
                                                                        "DeleteObjectTagging",
                                                                        "DeleteObjects",
                                                                        "GetObject",
                                                                        "GetObjectAcl",
                                                                        "GetObjectAnnotation",
                                                                        "GetObjectAttributes",
                                                                        "GetObjectLegalHold",
                                                                        "GetObjectRetention",
                                                                        "GetObjectTagging",
                                                                        "GetObjectTorrent",
                                                                        "HeadBucket",
                                                                        "HeadObject",
                                                                        "ListMultipartUploads",
                                                                        "ListObjectAnnotations",
                                                                        "ListObjectVersions",
                                                                        "ListObjects",
                                                                        "ListObjectsV2",
                                                                        "ListParts",
                                                                        "PostObject",
                                                                        "PutObject",
                                                                        "PutObjectAcl",
                                                                        "PutObjectAnnotation",
                                                                        "PutObjectLegalHold",
                                                                        "PutObjectRetention",
                                                                        "PutObjectTagging",
                                                                        "RenameObject",
                                                                        "RestoreObject",
                                                                        "SelectObjectContent",
                                                                        "UpdateObjectEncryption",
                                                                        "UploadPart",
                                                                        "UploadPartCopy",
                                                                        "WriteGetObjectResponse"});
static_assert(std::ranges::is_sorted(kDataOperations));

struct Renamed {
  std::string_view service;
  std::string_view operation;
  std::string_view event;
};
// Where the event's name is another than the operation's. Of keys: IAM's names.
constexpr std::array kRenamed = std::to_array<Renamed>(
    {{"s3", "DeleteBucketLifecycle", "DeleteBucketLifecycle"},
     {"s3", "DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"},
     {"s3", "GetBucketLifecycleConfiguration", "GetBucketLifecycle"},
     {"s3", "GetBucketNotificationConfiguration", "GetBucketNotification"},
     {"s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"},
     {"s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"},
     {"s3", "ListObjectsV2", "ListObjects"},
     {"s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"},
     {"s3", "PutBucketNotificationConfiguration", "PutBucketNotification"},
     {"s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"},
     {"s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"},
     {"admin", "CreateKey", "CreateAccessKey"},
     {"admin", "DeleteKey", "DeleteAccessKey"},
     {"admin", "DisableKey", "UpdateAccessKey"},
     {"admin", "EnableKey", "UpdateAccessKey"},
     {"admin", "ListKeys", "ListAccessKeys"}});

// Calls of the admin API that are IAM's elsewhere. Sorted.
constexpr std::array kIamOperations =
    std::to_array<std::string_view>({"CreateKey", "CreateUser", "DeleteKey", "DeleteUser",
                                     "DisableKey", "EnableKey", "ListKeys", "ListUsers"});
static_assert(std::ranges::is_sorted(kIamOperations));

std::string_view source_of(std::string_view service, std::string_view operation) {
  if (service == "s3") return "s3.amazonaws.com";
  if (service == "cloudtrail") return "cloudtrail.amazonaws.com";
  if (service == "iam") return "iam.amazonaws.com";
  if (service == "sts") return "sts.amazonaws.com";
  if (service != "admin") return "";
  return std::ranges::binary_search(kIamOperations, operation) ? "iam.amazonaws.com" : "admin.muzn";
}

bool is_read(std::string_view operation) {
  constexpr std::array<std::string_view, 9> kReads = {
      "Get", "Head", "List", "Describe", "Lookup", "Select", "WhoAmI", "Assume", "Simulate"};
  return std::ranges::any_of(kReads,
                             [operation](std::string_view w) { return operation.starts_with(w); });
}

std::string whole_seconds(Time time) {
  std::string out = codec::iso8601_millis(time);
  return out.erase(out.size() - 5) + "Z";  // ".000Z"
}

void set_text(Json& object, const char* name, std::string_view value) {
  if (!value.empty()) object[name] = value;
}

// AWS, "sessionContext": what temporary credentials came from.
Json session_context(const audit::Record& record, const EventContext& context) {
  const audit::SessionFacts& session = *record.session;
  Json out = {{"attributes",
               {{"creationDate", whole_seconds(session.issued)}, {"mfaAuthenticated", "false"}}}};
  if (!session.role.empty()) {
    out["sessionIssuer"] = {{"type", "Role"},
                            {"principalId", session.role_id},
                            {"arn", context.role_arn},
                            {"accountId", record.account},
                            {"userName", session.role}};
  }
  set_text(out, "sourceIdentity", session.source_identity);
  if (!session.provider.empty()) {
    out["webIdFederationData"] = {{"federatedProvider", session.provider},
                                  {"attributes", Json::object()}};
  }
  return out;
}

Json identity_of(const audit::Record& record, const EventContext& context) {
  if (record.principal_type == "anonymous") {
    return {{"type", "AWSAccount"}, {"principalId", ""}, {"accountId", "ANONYMOUS_PRINCIPAL"}};
  }
  Json out = {{"type", "Unknown"}};
  const audit::SessionFacts* const session = record.session.get();
  if (record.principal_type == "web_identity") {
    out = {{"type", "WebIdentityUser"}, {"identityProvider", record.principal_arn}};
  } else if (session != nullptr && !session->role.empty()) {
    out = {{"type", "AssumedRole"},
           {"principalId", session->role_id + ":" + session->name},
           {"arn", record.principal_arn},
           {"accountId", record.account}};
  } else if (!record.principal_arn.empty()) {
    const bool is_user = record.principal_arn.contains(":user/");
    out = {{"type", is_user ? "IAMUser" : "Root"},
           {"principalId", is_user ? context.principal_id : record.account},
           {"arn", record.principal_arn},
           {"accountId", record.account}};
    // What stands before the name is its path.
    if (is_user) out["userName"] = record.principal_arn.substr(record.principal_arn.rfind('/') + 1);
  }
  if (session != nullptr) out["sessionContext"] = session_context(record, context);
  set_text(out, "accessKeyId", record.access_key);
  return out;
}

// What a path of the admin API names: "accounts/123/users/bob".
Json admin_resources(std::string_view target) {
  Json out = Json::array();
  if (!target.starts_with(kAdminPath)) return out;
  std::string_view rest = target.substr(kAdminPath.size());
  rest = rest.substr(0, rest.find('?'));
  constexpr std::array kKinds = std::to_array<std::pair<std::string_view, const char*>>(
      {{"accounts", "AWS::Organizations::Account"},
       {"users", "AWS::IAM::User"},
       {"keys", "AWS::IAM::AccessKey"}});
  while (!rest.empty()) {
    const std::string_view kind = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), kind.size() + 1));
    const std::string_view raw = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), raw.size() + 1));
    const auto* const found =
        std::ranges::find(kKinds, kind, [](const auto& k) { return k.first; });
    if (found == kKinds.end() || raw.empty()) continue;
    out.push_back({{"type", found->second}, {"ARN", codec::uri_decode(raw).value_or("")}});
  }
  return out;
}

Json resources_of(const audit::Record& record, const EventContext& context) {
  if (record.service == "admin") return admin_resources(record.target.text());
  Json out = Json::array();
  if (record.service == "cloudtrail") {
    if (record.key.empty()) return out;
    out.push_back({{"type", "AWS::CloudTrail::Trail"},
                   {"accountId", record.account},
                   {"ARN", "arn:aws:cloudtrail:" + std::string(context.region) + ":" +
                               record.account + ":trail/" + record.key}});
    return out;
  }
  if (record.bucket.empty()) return out;
  if (!record.key.empty()) {
    out.push_back({{"type", "AWS::S3::Object"}, {"ARN", object_arn(record)}});
  }
  out.push_back({{"type", "AWS::S3::Bucket"}, {"ARN", std::string(kS3Arn) + record.bucket}});
  return out;
}

Json parameters_of(const audit::Record& record) {
  Json out = Json::object();
  if (record.service == "cloudtrail") {
    set_text(out, "name", record.key);
    set_text(out, "s3BucketName", record.bucket);
    return out;
  }
  set_text(out, "bucketName", record.bucket);
  set_text(out, "key", record.key);
  set_text(out, "versionId", record.version_id);
  set_text(out, "Host", record.host);
  if (record.service == "admin") set_text(out, "path", record.target.text());
  return out;
}

Json additional_data(const audit::Record& record) {
  Json out = {{"bytesTransferredIn", record.bytes_in}, {"bytesTransferredOut", record.bytes_out}};
  if (!record.access_key.empty()) out["SignatureVersion"] = "SigV4";
  set_text(out, "decidedBy", record.decided_by);
  if (!record.complete) out["complete"] = false;
  if (record.leaf) {
    out["leafLog"] = record.leaf->log;
    out["leafIndex"] = record.leaf->index;
    out["leafHash"] = record.leaf->hash;
  }
  return out;
}

}  // namespace

EventKind kind_of(std::string_view service, std::string_view operation) {
  EventKind out;
  out.source = source_of(service, operation);
  if (out.source.empty() || operation.empty() || operation == "Preflight") return out;
  const bool is_data = service == "s3" && std::ranges::binary_search(kDataOperations, operation);
  out.category = is_data ? Category::kData : Category::kManagement;
  out.read_only = is_read(operation);
  const auto* const renamed = std::ranges::find_if(kRenamed, [&](const Renamed& one) {
    return one.service == service && one.operation == operation;
  });
  out.name = renamed == kRenamed.end() ? operation : renamed->event;
  return out;
}

std::string object_arn(const audit::Record& record) {
  if (record.bucket.empty()) return "";
  return std::string(kS3Arn).append(record.bucket).append("/").append(record.key);
}

std::string event_id(const audit::Record& record) {
  std::string seed = "muzn event\n" + record.request_id + "\n";
  seed += std::to_string(to_micros(record.time));
  std::string bytes = crypto::sha256(seed).substr(0, 16);
  // RFC 9562 section 5.8: a UUID of our own making.
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x80U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);
  std::string out = codec::hex_encode(bytes);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) out.insert(at, "-");
  return out;
}

std::string event_json(const audit::Record& record, const EventKind& kind,
                       const EventContext& context) {
  Json out = {
      {"eventVersion", kEventVersion},
      {"userIdentity", identity_of(record, context)},
      {"eventTime", whole_seconds(record.time)},
      {"eventSource", kind.source},
      {"eventName", kind.name},
      {"awsRegion", context.region},
      {"sourceIPAddress", record.source_ip},
      {"userAgent", record.user_agent},
      {"requestParameters", parameters_of(record)},
      {"responseElements", nullptr},
      {"additionalEventData", additional_data(record)},
      {"requestID", record.request_id},
      {"eventID", event_id(record)},
      {"readOnly", kind.read_only},
      {"resources", resources_of(record, context)},
      {"eventType", "AwsApiCall"},
      {"managementEvent", kind.category == Category::kManagement},
      {"recipientAccountId", context.recipient},
      {"eventCategory", kind.category == Category::kManagement ? "Management" : "Data"},
  };
  if (!record.tls_version.empty()) {
    out["tlsDetails"] = {{"tlsVersion", record.tls_version},
                         {"clientProvidedHostHeader", record.host}};
  }
  set_text(out, "errorCode", record.error_code);
  if (record.decision == "deny") out["errorMessage"] = "Access Denied";
  return codec::dump_json(out);
}

}  // namespace muzn::trail
