#include "server/public_html.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "codec/base64.h"
#include "codec/xml.h"
#include "crypto/digest.h"

namespace muzn::server {
namespace {

using codec::Json;
using codec::xml_escape;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b2733;background:#fff}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;"
    "border-bottom:1px solid #d5dde5}table{border-collapse:collapse;width:100%}th,td{text-align:"
    "left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #eef2f5}"
    "code,pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}pre{background:#f4f7f9;"
    "padding:.8rem;overflow-x:auto}@media(prefers-color-scheme:dark){body{color:#dce5ec;"
    "background:#11171c}h2,th,td{border-color:#2b3640}pre{background:#1a2229}a{color:#8ec5ff}}";

// As people read it: a text as it is, a number in digits.
std::string shown(const Json& value) {
  return value.is_string() ? value.get<std::string>() : codec::dump_json(value);
}
std::string code(const Json& value) {
  return "<code>" + xml_escape(shown(value)) + "</code>";
}
std::string link(std::string_view to, std::string_view words) {
  return fmt::format("<a href=\"{}\">{}</a>", xml_escape(to), xml_escape(words));
}

// Cells are HTML already.
using Row = std::vector<std::string>;

std::string table(const Row& head, const std::vector<Row>& rows) {
  std::string out = "<table><thead><tr>";
  for (const std::string& cell : head) out.append("<th scope=\"col\">" + cell + "</th>");
  out.append("</tr></thead><tbody>");
  for (const Row& row : rows) {
    out.append("<tr>");
    for (const std::string& cell : row) out.append("<td>" + cell + "</td>");
    out.append("</tr>\n");
  }
  return out.append("</tbody></table>\n");
}

std::string section(std::string_view id, std::string_view title, std::string_view body) {
  return fmt::format("<section id=\"{}\"><h2>{}</h2>\n{}</section>\n", id, title, body);
}

std::string log_section(const Json& log) {
  std::vector<Row> rows = {{"Address", link(log["path"].get<std::string>() + "checkpoint",
                                            log["path"].get<std::string>() + "checkpoint")},
                           {"Name", code(log["origin"])},
                           {"Key", code(log["key"])},
                           {"Entries published", code(log["size"])},
                           {"As a bucket", code(log["bucket"])}};
  for (const Json& past : log["past"]) {
    rows.push_back({"A log that went before, at " + code(past["path"]), code(past["key"])});
  }
  if (!log["state"].is_null()) {
    rows.push_back({fmt::format("What all acts add up to, as entry {} says",
                                codec::dump_json(log["state"]["index"])),
                    code(log["state"]["hash"])});
  }
  return section("log", "The log",
                 "<p>Every act of control, the operator's own included, is an entry of a log that "
                 "can only grow. It takes effect when it is there.</p>" +
                     table({"", ""}, rows));
}

std::string witness_section(const Json& said) {
  if (!said["needed"].get<bool>()) {
    return section("witnesses", "Witnesses",
                   "<p><strong>There are none.</strong> Whoever holds this installation's disks "
                   "and its key could show another log to people who kept no copy.</p>");
  }
  std::vector<Row> rows;
  for (const Json& witness : said["witnesses"]) {
    rows.push_back({code(witness["name"]), code(witness["key"])});
  }
  return section("witnesses", "Witnesses",
                 "<p>A state of the log counts when these have signed it: " + code(said["quorum"]) +
                     "</p>" + table({"name", "key"}, rows));
}

std::string use_section(const Json& uses) {
  std::vector<Row> rows;
  for (const Json& use : uses["never"]) {
    rows.push_back({code(use["rule"]), xml_escape(shown(use["words"]))});
  }
  return section("acceptable-use", "What it is never used for",
                 "<p>No charter can declare these (" + code(uses["version"]) + ").</p>" +
                     table({"rule", "never"}, rows));
}

std::string account_section(const Json& accounts) {
  std::string out =
      fmt::format("<p>Accounts: {}. With a charter: {}.</p>", codec::dump_json(accounts["all"]),
                  codec::dump_json(accounts["with_charter"]));
  std::vector<Row> services;
  for (const auto& [service, count] : accounts["by_service"].items()) {
    services.push_back({xml_escape(service), codec::dump_json(count)});
  }
  std::vector<Row> purposes;
  for (const Json& row : accounts["by_purpose"]) {
    purposes.push_back({xml_escape(shown(row["service"])), xml_escape(shown(row["use"])),
                        codec::dump_json(row["accounts"])});
  }
  if (!services.empty()) out.append(table({"service", "accounts"}, services));
  if (!purposes.empty()) out.append(table({"service", "declared for", "accounts"}, purposes));
  return section("accounts", "What it is used for, as its accounts declare", out);
}

std::string officer_section(const Json& officers) {
  if (officers["all"].empty()) {
    return section("officers", "Who signs for the operator",
                   "<p>Nobody was appointed: no charter can be agreed on.</p>");
  }
  std::vector<Row> rows;
  for (const Json& officer : officers["all"]) {
    std::string duties;
    for (const Json& duty : officer["duties"]) {
      duties.append(duties.empty() ? "" : ", ").append(xml_escape(shown(duty)));
    }
    rows.push_back({code(officer["key"]), duties});
  }
  return section("officers", "Who signs for the operator", table({"key", "for"}, rows));
}

std::string site_section(const Json& sites) {
  if (sites["all"].empty()) {
    return section("sites", "Where bytes lie", "<p>This installation does not say.</p>");
  }
  std::vector<Row> rows;
  for (const Json& site : sites["all"]) {
    rows.push_back({code(site["site"]), code(site["jurisdiction"]), code(site["what"])});
  }
  return section("sites", "Where bytes lie",
                 "<p>As the operator declares: nobody can show by software where a disk "
                 "stands.</p>" +
                     table({"site", "jurisdiction", "what"}, rows));
}

std::string suspension_section(const Json& said) {
  std::vector<Row> rows;
  for (const auto& [rung, count] : said["by_rung"].items()) {
    rows.push_back({"Restricted: " + code(rung), codec::dump_json(count)});
  }
  rows.push_back({"Of these by an emergency step", codec::dump_json(said["emergencies"])});
  rows.push_back({"Export closed by an order", codec::dump_json(said["closed_exports"])});
  for (const auto& [stage, count] : said["cases"].items()) {
    rows.push_back({"Cases that are " + code(stage), codec::dump_json(count)});
  }
  rows.push_back({"Complaints so far", codec::dump_json(said["complaints"])});
  return section(
      "suspensions", "Complaints, and accounts that are restricted",
      "<p>Nobody is restricted without notice, a time to reply and two officers, but for an "
      "emergency: by one officer, for 72 hours at most. " +
          link(shown(said["complain_at"]), "Complain about what somebody does here") + ".</p>" +
          table({"", ""}, rows));
}

std::string break_glass_section(const Json& said) {
  std::vector<Row> rows = {{"Opened so far", codec::dump_json(said["opened"])},
                           {"Open now", codec::dump_json(said["open"])}};
  for (const auto& [reason, count] : said["by_reason"].items()) {
    rows.push_back({"For " + code(reason), codec::dump_json(count)});
  }
  return section("break-glass", "Tenants' data that the operator opened to itself",
                 "<p>By two officers, for a day at most; each is an entry of the log.</p>" +
                     table({"", ""}, rows));
}

std::string exclusion_section(const Json& list) {
  std::vector<Row> rows;
  for (const Json& one : list["exclusions"]) {
    rows.push_back(
        {code(one["id"]), xml_escape(shown(one["what"])), xml_escape(shown(one["why"]))});
  }
  return section("exclusions", "What is not in the log", table({"", "what", "why"}, rows));
}

std::string software_section(const Json& software) {
  if (software.is_null()) return "";
  std::vector<Row> rows;
  for (const auto& [name, value] : software.items())
    rows.push_back({xml_escape(name), code(value)});
  return section("software", "The software that says it runs", table({"", ""}, rows));
}

constexpr std::string_view kVerify =
    "<p>Nothing on this page has to be believed. With this installation's address in the place of "
    "<code>ADDRESS</code>:</p><pre>curl -s ADDRESS/-/log/policy &gt; policy      # keep it; get it "
    "from others, too\nmuzn audit verify ADDRESS/-/log/ --policy policy\n"
    "muzn audit show ADDRESS/-/log/ --policy policy --act put_charter\n"
    "muzn audit watch ADDRESS/-/log/ --policy policy --state seen</pre>"
    "<p>The log is in an open format (c2sp.org/tlog-tiles, signed notes, Ed25519): programs that "
    "we did not write read it as well. What is counted here is counted from entries that "
    "everybody can read; only which use goes with which service is our word alone.</p>";

}  // namespace

std::string public_page_policy() {
  crypto::Hasher hasher(crypto::Algorithm::kSha256);
  hasher.update(kStyle);
  return "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
         "style-src 'sha256-" +
         codec::base64_encode(hasher.finish()) + "'";
}

std::string public_html(const Json& facts) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Muzn: what this installation tells everybody</title><style>";
  out.append(kStyle).append(
      "</style></head>\n<body><h1>What this installation tells everybody</h1>\n");
  out.append(fmt::format("<p>Region {}, at {}. The same for programs: {}</p>\n",
                         code(facts["region"]), code(facts["time"]),
                         link("/-/public.json", "/-/public.json")));
  out.append(section("verify", "How to check all of it", kVerify));
  out.append(log_section(facts["log"]));
  out.append(witness_section(facts["witnessing"]));
  out.append(use_section(facts["acceptable_use"]));
  out.append(account_section(facts["accounts"]));
  out.append(officer_section(facts["officers"]));
  out.append(site_section(facts["sites"]));
  out.append(suspension_section(facts["suspensions"]));
  out.append(break_glass_section(facts["break_glass"]));
  out.append(exclusion_section(facts["exclusions"]));
  out.append(software_section(facts["software"]));
  return out.append("</body></html>\n");
}

}  // namespace muzn::server
