// `muzn admin officer|charter|purpose|request`: what several persons have to agree on.
#include "cli/admin.h"
#include "fs/dir.h"

namespace muzn::cli {
namespace {

using codec::Json;

constexpr std::size_t kFileBytesMax = 256U << 10;

Result<Json> read_json(const std::string& path) {
  TRY(const std::string text, fs::read_file(path, kFileBytesMax));
  auto json = codec::parse_json(text);
  if (!json) return fail(Code::kInvalid, path + " is not JSON: " + json.error().what);
  return json;
}

Error unknown(const std::string& noun, const std::string& verb) {
  return {Code::kInvalid, noun + " " + verb + ": no such command"};
}

}  // namespace

Result<AdminRequest> officer_request(const std::string& verb, const Args& args) {
  if (verb == "list") return AdminRequest{"GET", "officers", "", nullptr};
  if (verb != "appoint" && verb != "dismiss") return std::unexpected(unknown("officer", verb));
  TRY(const auto key, needed(args.get("public-key"), "--public-key"));
  if (verb == "dismiss") {
    return AdminRequest{"POST", "requests", "", {{"kind", "dismiss_officer"}, {"public_key", key}}};
  }
  TRY(const auto name, needed(args.get("name"), "--name"));
  TRY(const auto duties, needed(args.get("duties"), "--duties"));
  return AdminRequest{"POST",
                      "requests",
                      "",
                      {{"kind", "appoint_officer"},
                       {"name", name},
                       {"public_key", key},
                       {"duties", comma_list(duties)}}};
}

Result<AdminRequest> charter_request(const std::string& verb, const Args& args) {
  if (verb == "show") {
    TRY(const auto account, needed(args.get("account"), "--account"));
    return AdminRequest{"GET", "accounts/" + segment(account) + "/charter", "", nullptr};
  }
  if (verb != "draft") return std::unexpected(unknown("charter", verb));
  TRY(const auto file, needed(args.get("file"), "--file"));
  TRY(Json charter, read_json(file));
  return AdminRequest{
      "POST", "requests", "", {{"kind", "put_charter"}, {"charter", std::move(charter)}}};
}

Result<AdminRequest> purpose_request(const std::string& verb, const Args& args) {
  if (verb != "set") return std::unexpected(unknown("purpose", verb));
  TRY(const auto account, needed(args.get("account"), "--account"));
  TRY(const auto bucket, needed(args.get("bucket"), "--bucket"));
  Json body = {{"bucket", bucket}, {"purpose", nullptr}};
  if (!args.has("default")) {
    TRY(body["purpose"], needed(args.get("purpose"), "--purpose, or --default,"));
  }
  return AdminRequest{"PUT", "accounts/" + segment(account) + "/purpose", "", std::move(body)};
}

Result<AdminRequest> signed_request(const std::string& verb, const Args& args) {
  if (verb != "submit") return std::unexpected(unknown("request", verb));
  TRY(const auto file, needed(args.get("file"), "--file"));
  Json body = {{"approvals", Json::object()}};
  TRY(body["request"], read_json(file));
  for (const Json& path : comma_list(args.get("approvals"))) {
    TRY(const Json approval, read_json(path.get<std::string>()));
    if (!approval.is_object()) {
      return fail(Code::kInvalid, path.get<std::string>() + " is no approval");
    }
    body["approvals"].update(approval);
  }
  return AdminRequest{"POST", "requests/submit", "", std::move(body)};
}

}  // namespace muzn::cli
