#include "server/backup_record.h"

#include <utility>

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "crypto/digest.h"

namespace muzn::server {
namespace {

using codec::Json;

constexpr std::uint64_t kFormat = 1;

struct Number {
  const char* name;
  std::uint64_t BackupRecord::* member;
};
constexpr Number kNumbers[] = {
    {"node_epoch", &BackupRecord::node_epoch},     {"acts", &BackupRecord::acts},
    {"buckets", &BackupRecord::buckets},           {"objects", &BackupRecord::objects},
    {"versions", &BackupRecord::versions},         {"bytes", &BackupRecord::bytes},
    {"rows_bytes", &BackupRecord::rows_bytes},     {"blobs", &BackupRecord::blobs},
    {"blob_bytes", &BackupRecord::blob_bytes},     {"copied_blobs", &BackupRecord::copied_blobs},
    {"copied_bytes", &BackupRecord::copied_bytes}, {"errors", &BackupRecord::errors},
    {"lost_count", &BackupRecord::lost_count},
};

std::uint64_t number(const Json& json, const char* name) {
  const auto found = json.find(name);
  const bool good = found != json.end() && found->is_number_unsigned();
  return good ? found->get<std::uint64_t>() : 0;
}

// An object's member when it has that type, else an empty one.
Json member(const Json& json, const char* name, Json::value_t type) {
  const auto found = json.find(name);
  return found != json.end() && found->type() == type ? *found : Json(type);
}

}  // namespace

std::string encode(const BackupRecord& record) {
  Json json = {{"format", kFormat},
               {"id", record.id},
               {"time", codec::iso8601_millis(record.time)},
               {"complete", record.complete},
               {"store", record.store},
               {"keys", Json::object()},
               {"lost", Json::array()}};
  for (const Number& one : kNumbers) json[one.name] = record.*one.member;
  for (const auto& [name, digest] : record.keys) json["keys"][name] = digest;
  for (const LostObject& one : record.lost) {
    json["lost"].push_back({{"bucket", one.bucket},
                            {"key", one.key},
                            {"version_id", one.version_id},
                            {"what", one.what}});
  }
  json["digest"] = codec::hex_encode(crypto::sha256(codec::dump_json(json)));
  return codec::dump_json(json) + "\n";
}

Result<BackupRecord> decode_backup_record(std::string_view text) {
  const auto json = codec::parse_json(text);
  if (!json || !json->is_object()) return fail(Code::kCorrupt, "the backup's record is damaged");
  if (number(*json, "format") > kFormat) {
    return fail(Code::kUnsupported, "the backup's record has a newer format");
  }
  BackupRecord out;
  out.id = static_cast<std::uint32_t>(number(*json, "id"));
  out.time = codec::parse_iso8601(codec::json_string(*json, "time")).value_or(Time{});
  out.complete = codec::json_bool(*json, "complete");
  out.store = codec::json_string(*json, "store");
  for (const Number& one : kNumbers) out.*one.member = number(*json, one.name);
  for (const auto& [name, digest] : member(*json, "keys", Json::value_t::object).items()) {
    if (digest.is_string()) out.keys[name] = digest.get<std::string>();
  }
  for (const Json& one : member(*json, "lost", Json::value_t::array)) {
    if (!one.is_object()) break;
    out.lost.push_back({codec::json_string(one, "bucket"), codec::json_string(one, "key"),
                        codec::json_string(one, "version_id"), codec::json_string(one, "what")});
  }
  // What is missing, of another type, or rotten does not come back the same.
  if (encode(out) != text) return fail(Code::kCorrupt, "the backup's record is damaged");
  return out;
}

}  // namespace muzn::server
