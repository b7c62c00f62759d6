#include "trail/digest.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "crypto/digest.h"

namespace muzn::trail {
namespace {

using codec::Json;

std::string seconds_of(Time time) {
  std::string out = codec::iso8601_millis(time);
  return out.erase(out.size() - 5) + "Z";  // ".000Z"
}

// [prefix/]AWSLogs/<account>/<kind>/<region>/2026/11/26/<account>_<kind>_<region>_
std::string folder_and_begin(const Place& place, std::string_view kind, Time day) {
  std::string date = codec::iso8601_millis(day).substr(0, 10);
  std::ranges::replace(date, '-', '/');
  std::string out = place.prefix.empty() ? "" : place.prefix + "/";
  out.append("AWSLogs/").append(place.account).append("/").append(kind).append("/");
  out.append(place.region).append("/").append(date).append("/");
  out.append(place.account).append("_").append(kind).append("_").append(place.region).append("_");
  return out;
}

Json file_json(const LogFile& file) {
  Json out = {{"s3Bucket", file.bucket},
              {"s3Object", file.key},
              {"hashValue", codec::hex_encode(file.hash)},
              {"hashAlgorithm", "SHA-256"},
              {"oldestEventTime", seconds_of(file.oldest)},
              {"newestEventTime", seconds_of(file.newest)},
              {"muznEvents", file.events}};
  if (file.first_leaf) out["muznFirstLeafIndex"] = *file.first_leaf;
  if (file.last_leaf) out["muznLastLeafIndex"] = *file.last_leaf;
  return out;
}

}  // namespace

std::string log_file_key(const Place& place, Time made, std::string_view unique) {
  const std::string minute = codec::iso8601_basic(made).substr(0, 13);  // 20261126T1105
  return folder_and_begin(place, "CloudTrail", made)
      .append(minute)
      .append("Z_")
      .append(unique)
      .append(".json.gz");
}

std::string digest_key(const Place& place, Time end) {
  return folder_and_begin(place, "CloudTrail-Digest", end)
      .append(place.trail)
      .append("_")
      .append(place.region)
      .append("_")
      .append(codec::iso8601_basic(end))
      .append(".json.gz");
}

std::string log_file(const std::vector<std::string>& events) {
  std::string out = R"({"Records":[)";
  for (const std::string& event : events) {
    if (&event != &events.front()) out.push_back(',');
    out.append(event);
  }
  return out.append("]}");
}

std::string digest_json(const Digest& digest) {
  Json files = Json::array();
  for (const LogFile& file : digest.files) files.push_back(file_json(file));
  Json out = {
      {"awsAccountId", digest.place.account},
      {"digestStartTime", seconds_of(digest.start)},
      {"digestEndTime", seconds_of(digest.end)},
      {"digestS3Bucket", digest.place.bucket},
      {"digestS3Object", digest_key(digest.place, digest.end)},
      {"digestPublicKeyFingerprint", digest.fingerprint},
      {"digestSignatureAlgorithm", "SHA256withRSA"},
      {"newestEventTime", nullptr},
      {"oldestEventTime", nullptr},
      {"previousDigestS3Bucket", nullptr},
      {"previousDigestS3Object", nullptr},
      {"previousDigestHashValue", nullptr},
      {"previousDigestHashAlgorithm", nullptr},
      {"previousDigestSignature", nullptr},
      {"logFiles", std::move(files)},
      {"muznEventsLost", digest.events_lost},
  };
  if (!digest.files.empty()) {
    out["newestEventTime"] =
        seconds_of(std::ranges::max_element(digest.files, {}, &LogFile::newest)->newest);
    out["oldestEventTime"] =
        seconds_of(std::ranges::min_element(digest.files, {}, &LogFile::oldest)->oldest);
  }
  if (digest.previous) {
    out["previousDigestS3Bucket"] = digest.previous->bucket;
    out["previousDigestS3Object"] = digest.previous->key;
    out["previousDigestHashValue"] = codec::hex_encode(digest.previous->hash);
    out["previousDigestHashAlgorithm"] = "SHA-256";
    out["previousDigestSignature"] = codec::hex_encode(digest.previous->signature);
  }
  return codec::dump_json(out);
}

std::string string_to_sign(const Digest& digest, std::string_view json) {
  std::string out = seconds_of(digest.end);
  out.append("\n").append(digest.place.bucket).append("/");
  out.append(digest_key(digest.place, digest.end)).append("\n");
  out.append(codec::hex_encode(crypto::sha256(json))).append("\n");
  out.append(digest.previous ? codec::hex_encode(digest.previous->signature) : "null");
  return out;
}

}  // namespace muzn::trail
