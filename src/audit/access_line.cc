// The line of an access log.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "audit/access_log.h"
#include "codec/uri.h"

namespace muzn::audit {
namespace {

constexpr std::size_t kUsualBytes = 512;
constexpr char kHexDigits[] = "0123456789ABCDEF";

// Writes fields with a space between.
class Line {
 public:
  Line() { out_.reserve(kUsualBytes); }

  void plain(std::string_view value) { field(value.empty() ? "-" : value, ""); }
  void quoted(std::string_view value) {
    between();
    out_.push_back('"');
    text(value.empty() ? "-" : value, " ");
    out_.push_back('"');
  }
  // "-" for none.
  void number(std::optional<std::uint64_t> value) {
    plain(value ? std::to_string(*value) : std::string());
  }
  void time(Time value) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(value);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(value - day));
    between();
    fmt::format_to(std::back_inserter(out_), "[{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000]",
                   static_cast<unsigned>(date.day()),
                   kMonths.at(static_cast<unsigned>(date.month()) - 1),
                   static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                   clock.seconds().count());
  }
  std::string finish() {
    out_.push_back('\n');
    return std::move(out_);
  }

 private:
  void between() {
    if (!out_.empty()) out_.push_back(' ');
  }
  void field(std::string_view value, std::string_view also) {
    between();
    text(value, also);
  }
  // Printable ASCII but space, quote and backslash, and what else may stand here; all else as %XX.
  void text(std::string_view value, std::string_view also) {
    for (const char c : value) {
      const bool stands = (c > 0x20 && c < 0x7f && c != '"' && c != '\\') || also.contains(c);
      if (stands) {
        out_.push_back(c);
        continue;
      }
      const auto byte = static_cast<unsigned char>(c);
      out_.push_back('%');
      out_.push_back(kHexDigits[byte >> 4U]);
      out_.push_back(kHexDigits[byte & 15U]);
    }
  }

  std::string out_;
};

// The key as AWS writes it; "-" would be none.
std::string key_text(std::string_view key) {
  return key == "-" ? "%2D" : codec::uri_encode(key, false);
}

std::optional<std::uint64_t> positive(std::uint64_t value) {
  return value == 0 ? std::nullopt : std::optional(value);
}

std::uint64_t millis(std::int64_t micros) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros)) / 1000;
}

// What AWS calls a resource otherwise than our rule below does.
constexpr auto kResources = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"AbortMultipartUpload", "REST.DELETE.UPLOAD"},
    {"CompleteMultipartUpload", "REST.POST.UPLOAD"},
    {"CopyObject", "REST.COPY.OBJECT"},
    {"CreateMultipartUpload", "REST.POST.UPLOADS"},
    {"DeleteBucketPolicy", "REST.DELETE.BUCKETPOLICY"},
    {"DeleteObjects", "REST.POST.MULTI_OBJECT_DELETE"},
    {"GetBucketLogging", "REST.GET.LOGGING_STATUS"},
    {"GetBucketPolicy", "REST.GET.BUCKETPOLICY"},
    {"GetObjectAcl", "REST.GET.ACL"},
    {"GetObjectLegalHold", "REST.GET.OBJECT_LOCK_LEGALHOLD"},
    {"GetObjectRetention", "REST.GET.OBJECT_LOCK_RETENTION"},
    {"ListMultipartUploads", "REST.GET.UPLOADS"},
    {"ListObjectVersions", "REST.GET.BUCKETVERSIONS"},
    {"ListObjects", "REST.GET.BUCKET"},
    {"ListObjectsV2", "REST.GET.BUCKET"},
    {"ListParts", "REST.GET.UPLOAD"},
    {"PostObject", "REST.POST.OBJECT"},
    {"Preflight", "REST.OPTIONS.PREFLIGHT"},
    {"PutBucketLogging", "REST.PUT.LOGGING_STATUS"},
    {"PutBucketPolicy", "REST.PUT.BUCKETPOLICY"},
    {"PutObjectAcl", "REST.PUT.ACL"},
    {"PutObjectLegalHold", "REST.PUT.OBJECT_LOCK_LEGALHOLD"},
    {"PutObjectRetention", "REST.PUT.OBJECT_LOCK_RETENTION"},
    {"RenameObject", "REST.RENAME.OBJECT"},
    {"UploadPart", "REST.PUT.PART"},
    {"UploadPartCopy", "REST.COPY.PART"},
});

// "PublicAccessBlock" -> "PUBLIC_ACCESS_BLOCK".
std::string snake(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && !out.empty()) out.push_back('_');
    const bool is_lower = c >= 'a' && c <= 'z';
    out.push_back(is_lower ? static_cast<char>(c - ('a' - 'A')) : c);
  }
  return out;
}

}  // namespace

std::string access_operation(std::string_view operation, std::string_view method) {
  const auto* const found = std::ranges::find(
      kResources, operation, &std::pair<std::string_view, std::string_view>::first);
  if (found != kResources.end()) return std::string(found->second);
  if (operation.contains('.')) return std::string(operation);  // is one already
  for (const std::string_view verb : {"Get", "Put", "Delete", "Head", "Create", "List"}) {
    if (!operation.starts_with(verb)) continue;
    operation.remove_prefix(verb.size());
    break;
  }
  constexpr std::string_view kBucket = "Bucket";
  if (operation.starts_with(kBucket) && operation != kBucket)
    operation.remove_prefix(kBucket.size());
  const std::string resource = operation.empty() ? "-" : snake(operation);
  return "REST." + std::string(method) + "." + resource;
}

std::string access_line(const Record& record, const AccessFacts& facts) {
  const bool is_over = record.status != 0;
  Line line;
  line.plain(facts.bucket_owner);
  line.plain(record.bucket);
  line.time(record.time);
  line.plain(record.source_ip);
  line.plain(facts.requester);
  line.plain(record.request_id);
  line.plain(access_operation(record.operation, record.method));
  line.plain(key_text(record.key));
  line.quoted(record.method + " " + record.target.text() + " HTTP/1.1");
  line.number(positive(static_cast<std::uint64_t>(std::max(0, record.status))));
  line.plain(record.error_code);
  line.number(positive(record.bytes_out));
  line.number(facts.object_size);
  line.number(is_over ? std::optional(millis(record.duration_micros)) : std::nullopt);
  line.number(facts.turn_around_micros ? std::optional(millis(*facts.turn_around_micros))
                                       : std::nullopt);
  line.quoted(facts.referer);
  line.quoted(record.user_agent);
  line.plain(record.version_id);
  line.plain(facts.host_id);
  line.plain(facts.signature_version);
  line.plain(facts.tls_cipher);
  line.plain(facts.auth_type);
  line.plain(record.host);
  line.plain(record.tls_version);
  line.plain("");  // access points are not built
  line.plain(facts.acl_required ? "Yes" : "");
  line.plain("");  // the region that a request comes from is not known
  line.plain(record.leaf ? std::to_string(record.leaf->index) : "");
  line.plain(record.leaf ? record.leaf->hash : "");
  return line.finish();
}

}  // namespace muzn::audit
