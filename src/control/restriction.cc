// The policy that a case is: what an account may not do while it lasts.
#include <algorithm>
#include <array>

#include "codec/date.h"
#include "codec/json.h"
#include "control/charter.h"
#include "control/suspension.h"

namespace muzn::control {
namespace {

using audit::Rung;
using codec::Json;

constexpr const char* kNow = "aws:CurrentTime";
// Nothing takes these away: to see one's case, to answer, and to read what is logged of oneself.
constexpr auto kCaseActions =
    std::to_array<const char*>({"muzn:GetCase", "muzn:ListCases", "muzn:AnswerCase",
                                "muzn:GetCharter", "muzn:ReadLog", "muzn:WhoAmI"});
constexpr auto kReads = std::to_array<const char*>(
    {"s3:Get*", "s3:List*", "s3:Head*", "iam:Get*", "iam:List*", "iam:Simulate*", "sts:*",
     "cloudtrail:Get*", "cloudtrail:List*", "cloudtrail:Describe*", "cloudtrail:LookupEvents",
     "muzn:Get*", "muzn:List*"});
constexpr auto kStorageReads = std::to_array<const char*>({"s3:Get*", "s3:List*", "s3:Head*"});
// What makes bytes, or things that hold some.
constexpr auto kStorageWrites =
    std::to_array<const char*>({"s3:Put*", "s3:Create*", "s3:Replicate*", "s3:Restore*",
                                "s3:Initiate*", "s3:Update*", "s3:Object*"});
constexpr auto kNotServices =
    std::to_array<const char*>({"iam:*", "sts:*", "cloudtrail:*", "muzn:*"});

bool is_in(const std::set<std::string>& services, std::string_view name) {
  return services.empty() || services.contains(std::string(name));
}

// One statement that denies, in the times between the two.
class Deny {
 public:
  Deny(std::string sid, const char* member, Json actions)
      : json_({{"Sid", std::move(sid)}, {"Effect", "Deny"}, {"Resource", "*"}}) {
    json_[member] = std::move(actions);
  }
  Deny& before(Time when) {
    json_["Condition"]["DateLessThan"][kNow] = codec::iso8601_millis(when);
    return *this;
  }
  Deny& from(Time when) {
    json_["Condition"]["DateGreaterThanEquals"][kNow] = codec::iso8601_millis(when);
    return *this;
  }
  Json take() { return std::move(json_); }

 private:
  Json json_;
};

// What a statement with NotAction leaves alone: `kept`, and services that the case is not about.
template <class List>
Json but(const List& kept, const std::set<std::string>& services) {
  Json out = Json::array();
  for (const char* one : kCaseActions) out.push_back(one);
  for (const char* one : kept) out.push_back(one);
  if (services.empty()) return out;
  for (const char* one : kNotServices) out.push_back(one);
  for (const ServiceClass& service : service_classes()) {
    if (!is_in(services, service.name)) out.push_back(service.action);
  }
  return out;
}

std::vector<Deny> of_rung(Rung rung, const std::set<std::string>& services,
                          const std::string& suffix) {
  std::vector<Deny> out;
  if (rung >= Rung::kNoAi && is_in(services, "ai")) {
    out.emplace_back("NoAi" + suffix, "Action", Json::array({"ai:*", "bedrock:*"}));
  }
  if (rung >= Rung::kNoWrites && is_in(services, "storage")) {
    out.emplace_back("NoWrites" + suffix, "Action", kStorageWrites);
  }
  if (rung >= Rung::kNoWrites && is_in(services, "functions")) {
    out.emplace_back("NoFunctions" + suffix, "Action", Json::array({"lambda:*"}));
  }
  if (rung == Rung::kReadAndExport) {
    out.emplace_back("ReadAndExport" + suffix, "NotAction", but(kReads, services));
  }
  return out;
}

}  // namespace

Json statements_of(const audit::Case& one, std::string_view id) {
  Json out = Json::array();
  if (!one.is_open()) return out;
  const std::string suffix = "Case" + std::string(id);
  for (Deny& statement : of_rung(one.rung, one.services, suffix)) out.push_back(statement.take());
  if (one.emergency) {
    for (Deny& statement :
         of_rung(one.emergency->rung, one.emergency->services, "AtOnce" + suffix)) {
      out.push_back(statement.before(one.emergency->until).take());
    }
  }
  if (one.stage == audit::Stage::kTerminated) {
    constexpr std::array<const char*, 0> kNothing = {};
    out.push_back(Deny("Terminated" + suffix, "NotAction", but(kNothing, one.services))
                      .from(one.export_until)
                      .take());
  }
  if (one.export_closed) {
    out.push_back(
        Deny("ExportClosed" + suffix, "Action", kStorageReads).before(*one.export_closed).take());
  }
  return out;
}

}  // namespace muzn::control
