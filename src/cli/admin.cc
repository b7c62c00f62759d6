// `muzn admin`: the admin API from the command line.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/system.h"
#include "cli/admin.h"
#include "cli/bench_options.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "control/limits.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn admin: accounts, users and access keys, what they are for, and what the log says of them

  muzn admin account create --name NAME --email EMAIL
  muzn admin account list | show ID | delete ID
  muzn admin user create --account ID --name NAME
  muzn admin user list --account ID
  muzn admin user delete --account ID --name NAME
  muzn admin key create --account ID [--user NAME] [--access-key K --secret-key S]
  muzn admin key list --account ID
  muzn admin key disable | enable | delete ACCESS_KEY
  muzn admin granularity get --account ID [--bucket NAME]
  muzn admin granularity set --account ID [--bucket NAME] --level off|summary|full|default

  muzn admin limits get --account ID [--user NAME | --bucket NAME]
  muzn admin limits set --account ID [--user NAME | --bucket NAME] [--bytes N] [--objects N]
                        [--requests N] [--bytes-in N] [--bytes-out N]
        What may be stored, and how much a second; what is not given is not limited.
        N may have a unit: 500GB, 2TiB.

  muzn admin officer list
  muzn admin officer appoint --name NAME --public-key KEY --duties DUTY,...
  muzn admin officer dismiss --public-key KEY
  muzn admin charter show --account ID
  muzn admin charter draft --file CHARTER.json
        appoint, dismiss and draft print a request that is to be signed (muzn officer sign --help)
  muzn admin request submit --file REQUEST.json [--approvals FILE,...]
        It takes effect with the signatures that it needs.
  muzn admin breakglass draft --account ID [--bucket NAME [--prefix KEYS]] --user NAME
                        --rights list|read|credentials --reason CODE --reference CASE --text WHY
                        --until TIME [--from TIME] [--document SHA256]
  muzn admin breakglass close ID
        These print requests, too: two officers open a tenant's data to one user of the operator,
        for 24 hours at most; one closes it before. docs/break-glass.md
  muzn admin breakglass list --account ID
  muzn admin complaint list | show --ticket TICKET
  muzn admin suspension list [--account ID] | show --account ID --case CASE
  muzn admin suspension notice --account ID --rule RULE --evidence SHA256,... --authority TEXT
                        --reply-until TIME [--services S,...] [--ticket TICKET]
  muzn admin suspension decide --case CASE --decision dismiss|restrict|terminate|lift
                        --reasons SHA256 [--rung no_ai|no_writes|read_and_export]
                        [--export-until TIME]
  muzn admin suspension emergency --account ID --rung RUNG --rule RULE --evidence SHA256,...
                        --authority TEXT --until TIME [--services S,...]
  muzn admin suspension appeal-decision --case CASE --decision keep|lighten|lift
                        --reasons SHA256 [--rung RUNG]
  muzn admin suspension close-export --case CASE --authority TEXT --order SHA256 --until TIME
        Requests that are to be signed; notice and emergency may name a case that is open.
  muzn admin case list --account ID | show --account ID --case CASE
  muzn admin case answer | appeal | waive --account ID --case CASE [--file TEXT]
        By the account, in its own case (docs/due-process.md).
  muzn admin purpose set --account ID --bucket NAME --purpose ID | --default

  muzn admin site list
  muzn admin site add ID --jurisdiction PS [--what directory|pool|remote] [--location TEXT]
  muzn admin site delete ID
  muzn admin residency show --account ID [--bucket NAME]
  muzn admin residency set --account ID [--bucket NAME] --jurisdictions PS,... | --default
        Where bytes may lie. A site's jurisdiction is for good.

  --endpoint URL (or MUZN_ENDPOINT), keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or
  --profile NAME; --json prints what the server answered.
)";

// The positional word or the flag of that name: both are fine on a command line.
std::string word_or(const Args& args, std::string_view flag) {
  return args.words.size() > 2 ? args.words[2] : args.get(flag);
}

Result<AdminRequest> account_request(const std::string& verb, const Args& args) {
  if (verb == "create") {
    TRY(const auto name, needed(args.get("name"), "--name"));
    TRY(const auto email, needed(args.get("email"), "--email"));
    return AdminRequest{"POST", "accounts", "", {{"name", name}, {"email", email}}};
  }
  if (verb == "list") return AdminRequest{"GET", "accounts", "", nullptr};
  TRY(const auto id, needed(word_or(args, "account"), "the account's id"));
  if (verb == "show") return AdminRequest{"GET", "accounts/" + segment(id), "", nullptr};
  if (verb == "delete") return AdminRequest{"DELETE", "accounts/" + segment(id), "", nullptr};
  return fail(Code::kInvalid, "account " + verb + ": no such command");
}

Result<AdminRequest> user_request(const std::string& verb, const Args& args) {
  TRY(const auto account, needed(args.get("account"), "--account"));
  const std::string path = "accounts/" + segment(account) + "/users";
  if (verb == "list") return AdminRequest{"GET", path, "", nullptr};
  TRY(const auto name, needed(word_or(args, "name"), "--name"));
  if (verb == "create") return AdminRequest{"POST", path, "", {{"name", name}}};
  if (verb == "delete") return AdminRequest{"DELETE", path + "/" + segment(name), "", nullptr};
  return fail(Code::kInvalid, "user " + verb + ": no such command");
}

Result<AdminRequest> key_request(const std::string& verb, const Args& args) {
  if (verb == "create") {
    TRY(const auto account, needed(args.get("account"), "--account"));
    codec::Json body = {{"account", account}};
    if (args.has("user")) body["user"] = args.get("user");
    if (args.has("access-key")) body["access_key"] = args.get("access-key");
    if (args.has("secret-key")) body["secret_key"] = args.get("secret-key");
    return AdminRequest{"POST", "keys", "", body};
  }
  if (verb == "list") {
    TRY(const auto account, needed(args.get("account"), "--account"));
    return AdminRequest{"GET", "keys", "account=" + segment(account), nullptr};
  }
  TRY(const auto key, needed(word_or(args, "access-key"), "the access key"));
  if (verb == "disable" || verb == "enable") {
    return AdminRequest{"POST", "keys/" + segment(key) + "/" + verb, "", nullptr};
  }
  if (verb == "delete") return AdminRequest{"DELETE", "keys/" + segment(key), "", nullptr};
  return fail(Code::kInvalid, "key " + verb + ": no such command");
}

Result<AdminRequest> granularity_request(const std::string& verb, const Args& args) {
  TRY(const auto account, needed(args.get("account"), "--account"));
  const std::string path = "accounts/" + segment(account) + "/granularity";
  const std::string bucket = args.get("bucket");
  if (verb == "get") {
    return AdminRequest{"GET", path, bucket.empty() ? "" : "bucket=" + segment(bucket), nullptr};
  }
  if (verb != "set") return fail(Code::kInvalid, "granularity " + verb + ": no such command");
  TRY(const auto level, needed(args.get("level"), "--level"));
  codec::Json body = {{"level", level}};
  if (!bucket.empty()) body["bucket"] = bucket;
  return AdminRequest{"PUT", path, "", body};
}

// The parameters that name whose limits are meant.
codec::Json whose(const Args& args) {
  codec::Json out = codec::Json::object();
  for (const char* name : {"user", "bucket"}) {
    if (!args.get(name).empty()) out[name] = args.get(name);
  }
  return out;
}

Result<AdminRequest> limits_request(const std::string& verb, const Args& args) {
  struct Flag {
    const char* name;
    const char* field;
  };
  constexpr std::array<Flag, 5> kFlags = {Flag{"bytes", "bytes"},
                                          {"objects", "objects"},
                                          {"requests", "requests_per_second"},
                                          {"bytes-in", "bytes_in_per_second"},
                                          {"bytes-out", "bytes_out_per_second"}};
  TRY(const auto account, needed(args.get("account"), "--account"));
  const std::string path = "accounts/" + segment(account) + "/limits";
  codec::Json body = whose(args);
  if (verb == "get") {
    std::string query;
    for (const auto& [name, value] : body.items()) {
      query += (query.empty() ? "" : "&") + name + "=" + segment(value.get<std::string>());
    }
    return AdminRequest{"GET", path, query, nullptr};
  }
  if (verb != "set") return fail(Code::kInvalid, "limits " + verb + ": no such command");
  for (const Flag& flag : kFlags) {
    if (!args.has(flag.name)) continue;
    TRY(body[flag.field], parse_bytes(args.get(flag.name), control::kLimitMax));
  }
  return AdminRequest{"PUT", path, "", body};
}

std::string shown(const codec::Json& value) {
  return value.is_string() ? value.get<std::string>() : codec::dump_json(value);
}

void print_object(const codec::Json& object) {
  std::size_t width = 0;
  for (const auto& [name, value] : object.items()) width = std::max(width, name.size());
  for (const auto& [name, value] : object.items()) {
    fmt::print("{:<{}}  {}\n", name, width, shown(value));
  }
}

// {"accounts":[…]} prints as paragraphs, anything else as one.
void print_answer(const codec::Json& answer) {
  for (const char* list :
       {"accounts", "users", "keys", "officers", "break_glass", "cases", "complaints", "sites"}) {
    if (!answer.is_object() || !answer.contains(list)) continue;
    for (const auto& item : answer[list]) {
      print_object(item);
      fmt::print("\n");
    }
    return;
  }
  if (answer.is_object()) print_object(answer);
}

Result<AdminRequest> make_request(const Args& args) {
  if (args.words.size() < 2) return fail(Code::kInvalid, "which command? muzn admin --help");
  const std::string& noun = args.words[0];
  if (noun == "account") return account_request(args.words[1], args);
  if (noun == "user") return user_request(args.words[1], args);
  if (noun == "key") return key_request(args.words[1], args);
  if (noun == "granularity") return granularity_request(args.words[1], args);
  if (noun == "limits") return limits_request(args.words[1], args);
  if (noun == "officer") return officer_request(args.words[1], args);
  if (noun == "charter") return charter_request(args.words[1], args);
  if (noun == "purpose") return purpose_request(args.words[1], args);
  if (noun == "breakglass") return break_glass_request(args.words[1], args);
  if (noun == "site") return site_request(args.words[1], args);
  if (noun == "residency") return residency_request(args.words[1], args);
  if (noun == "request") return signed_request(args.words[1], args);
  if (noun == "suspension") return suspension_request(args.words[1], args);
  if (noun == "complaint") return complaint_request(args.words[1], args);
  if (noun == "case") return case_request(args.words[1], args);
  return fail(Code::kInvalid,
              "'" + noun + "' is no thing that muzn admin knows: muzn admin --help");
}

}  // namespace

std::string segment(const std::string& text) {
  return codec::uri_encode(text, true);
}

codec::Json comma_list(std::string_view words) {
  codec::Json out = codec::Json::array();
  while (!words.empty()) {
    const std::size_t comma = words.find(',');
    if (comma != 0) out.push_back(words.substr(0, comma));
    if (comma == std::string_view::npos) break;
    words.remove_prefix(comma + 1);
  }
  return out;
}

Result<std::string> needed(const std::string& value, std::string_view what) {
  if (value.empty()) return fail(Code::kInvalid, fmt::format("{} is needed", what));
  return value;
}

int run_admin(const Words& words) {
  const auto args = parse_args(words, {"json", "help", "default"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (const auto known = only(
          *args,
          {"json",      "endpoint", "profile",      "region",        "name",      "email",
           "account",   "user",     "access-key",   "secret-key",    "bucket",    "level",
           "bytes",     "objects",  "requests",     "bytes-in",      "bytes-out", "public-key",
           "duties",    "file",     "approvals",    "purpose",       "default",   "prefix",
           "rights",    "reason",   "reference",    "text",          "until",     "from",
           "document",  "id",       "case",         "services",      "rule",      "evidence",
           "authority", "ticket",   "reply-until",  "decision",      "rung",      "export-until",
           "reasons",   "order",    "jurisdiction", "jurisdictions", "what",      "location"});
      !known) {
    return complain(known.error().what, 2);
  }
  const auto request = make_request(*args);
  if (!request) return complain(request.error().what, 2);
  const auto where = connection(*args);
  if (!where) return complain(where.error().what, 2);
  const SystemClock clock;
  const auto response =
      call(*where, "s3", request->method, "/-/admin/v1/" + request->path, request->query,
           request->body.is_null() ? "" : codec::dump_json(request->body), clock.now());
  if (!response) return complain(response.error().what, 1);
  const auto answer = codec::parse_json(response->body.empty() ? "{}" : response->body);
  if (response->status >= 300) {
    std::string text = fmt::format("HTTP status {}", response->status);
    if (answer && answer->is_object() && answer->contains("error")) {
      const auto& error = (*answer)["error"];
      text = codec::json_string(error, "code") + ": " + codec::json_string(error, "message");
    }
    return complain(text, 1);
  }
  if (!answer) return complain("the server's answer is not JSON", 1);
  // What is signed is signed as it is.
  if (args->has("json") || request->path == "requests") {
    fmt::print("{}\n", codec::dump_json(*answer));
  } else {
    print_answer(*answer);
  }
  return 0;
}

}  // namespace muzn::cli
