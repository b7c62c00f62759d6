// `muzn admin suspension|complaint|case`: due process, for officers and for the account.
#include "cli/admin.h"
#include "fs/dir.h"

namespace muzn::cli {
namespace {

using codec::Json;

constexpr std::size_t kTextBytesMax = 64U << 10;  // the server says how much it takes

struct Field {
  const char* name;
  const char* flag;
  bool is_needed = true;
  bool is_list = false;
};

// A request that is to be signed, made of what was given.
Result<AdminRequest> step(const char* kind, const Args& args, std::initializer_list<Field> fields) {
  Json body = {{"kind", kind}};
  for (const Field& field : fields) {
    const std::string given = args.get(field.flag);
    if (given.empty() && !field.is_needed) continue;
    TRY(const std::string value, needed(given, std::string("--") + field.flag));
    body[field.name] = field.is_list ? comma_list(value) : Json(value);
  }
  return AdminRequest{"POST", "requests", "", std::move(body)};
}

Result<std::string> path_of_case(const Args& args) {
  TRY(const auto account, needed(args.get("account"), "--account"));
  TRY(const auto id, needed(args.get("case"), "--case"));
  return "accounts/" + segment(account) + "/cases/" + segment(id);
}

Result<AdminRequest> look(const std::string& verb, const Args& args) {
  if (verb == "show") {
    TRY(const auto path, path_of_case(args));
    return AdminRequest{"GET", path, "", nullptr};
  }
  TRY(const auto account, needed(args.get("account"), "--account"));
  return AdminRequest{"GET", "accounts/" + segment(account) + "/cases", "", nullptr};
}

}  // namespace

Result<AdminRequest> suspension_request(const std::string& verb, const Args& args) {
  if (verb == "list" && !args.has("account")) return AdminRequest{"GET", "cases", "", nullptr};
  if (verb == "list" || verb == "show") return look(verb, args);
  if (verb == "notice") {
    const bool is_known = args.has("case");
    return step("give_notice", args,
                {{"account", "account", !is_known},
                 {"case", "case", is_known},
                 {"services", "services", false, true},
                 {"rule", "rule"},
                 {"evidence", "evidence", true, true},
                 {"authority", "authority"},
                 {"ticket", "ticket", false},
                 {"reply_until", "reply-until"}});
  }
  if (verb == "decide") {
    return step("decide_case", args,
                {{"case", "case"},
                 {"decision", "decision"},
                 {"rung", "rung", false},
                 {"export_until", "export-until", false},
                 {"reasons", "reasons"}});
  }
  if (verb == "appeal-decision") {
    return step("decide_appeal", args,
                {{"case", "case"},
                 {"decision", "decision"},
                 {"rung", "rung", false},
                 {"reasons", "reasons"}});
  }
  if (verb == "emergency") {
    const bool is_known = args.has("case");
    return step("restrict_at_once", args,
                {{"account", "account", !is_known},
                 {"case", "case", is_known},
                 {"services", "services", false, true},
                 {"rung", "rung"},
                 {"rule", "rule"},
                 {"evidence", "evidence", true, true},
                 {"authority", "authority"},
                 {"until", "until"}});
  }
  if (verb == "close-export") {
    return step(
        "close_export", args,
        {{"case", "case"}, {"authority", "authority"}, {"order", "order"}, {"until", "until"}});
  }
  return fail(Code::kInvalid, "suspension " + verb + ": no such command");
}

Result<AdminRequest> complaint_request(const std::string& verb, const Args& args) {
  if (verb == "list") return AdminRequest{"GET", "complaints", "", nullptr};
  if (verb != "show") return fail(Code::kInvalid, "complaint " + verb + ": no such command");
  TRY(const auto ticket, needed(args.get("ticket"), "--ticket"));
  return AdminRequest{"GET", "complaints/" + segment(ticket), "", nullptr};
}

Result<AdminRequest> case_request(const std::string& verb, const Args& args) {
  if (verb == "list" || verb == "show") return look(verb, args);
  std::string answer;
  if (verb == "answer") answer = "reply";
  if (verb == "waive" || verb == "appeal") answer = verb;
  if (answer.empty()) return fail(Code::kInvalid, "case " + verb + ": no such command");
  TRY(const auto path, path_of_case(args));
  Json body = {{"answer", answer}, {"text", ""}};
  if (answer != "waive" || args.has("file")) {
    TRY(const auto file, needed(args.get("file"), "--file"));
    TRY(body["text"], fs::read_file(file, kTextBytesMax));
  }
  return AdminRequest{"POST", path + "/answer", "", std::move(body)};
}

}  // namespace muzn::cli
