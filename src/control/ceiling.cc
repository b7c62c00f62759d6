// The policy that a charter is: what its services may be asked for, for which purposes, how long.
#include <array>

#include "codec/date.h"
#include "codec/json.h"
#include "control/charter.h"

namespace muzn::control {
namespace {

using codec::Json;

constexpr const char* kPurposeKey = "muzn:Purpose";
// What an account is without any service: itself.
constexpr auto kAlways = std::to_array<const char*>({"iam:*", "sts:*", "cloudtrail:*", "muzn:*"});
// What is left when the term is over: looking, taking one's data away, deleting it.
constexpr auto kAfterTerm =
    std::to_array<const char*>({"iam:*", "sts:*", "cloudtrail:*", "muzn:*", "s3:Get*", "s3:List*",
                                "s3:Head*", "s3:Delete*", "s3:AbortMultipartUpload"});

Json allow(std::string sid, Json actions) {
  return {{"Sid", std::move(sid)},
          {"Effect", "Allow"},
          {"Action", std::move(actions)},
          {"Resource", "*"}};
}

Json purposes_of(const Charter& charter, std::string_view service) {
  Json out = Json::array();
  for (const Purpose& purpose : charter.purposes) {
    if (service.empty() || purpose.services.contains(std::string(service))) {
      out.push_back(purpose.id);
    }
  }
  return out;
}

Json of_service(const Charter& charter, const ServiceClass& service) {
  Json out = allow("Service" + std::string(service.name), service.action);
  if (service.needs_purpose) {
    out["Condition"] = {{"StringEquals", {{kPurposeKey, purposes_of(charter, service.name)}}}};
  }
  return out;
}

// Who says what it does it for says one of the purposes.
Json only_declared(const Charter& charter) {
  Json out = {
      {"Sid", "UndeclaredPurpose"}, {"Effect", "Deny"}, {"NotAction", kAlways}, {"Resource", "*"}};
  out["Condition"]["Null"] = {{kPurposeKey, "false"}};
  const Json declared = purposes_of(charter, "");
  if (!declared.empty()) out["Condition"]["StringNotEquals"] = {{kPurposeKey, declared}};
  return out;
}

// Of a purpose, to the services that are not for it.
void add_purpose_limits(const Charter& charter, Json& statements) {
  for (const ServiceClass& service : service_classes()) {
    if (service.needs_purpose || !charter.services.contains(std::string(service.name))) continue;
    Json others = Json::array();
    for (const Purpose& purpose : charter.purposes) {
      if (!purpose.services.contains(std::string(service.name))) others.push_back(purpose.id);
    }
    if (others.empty()) continue;
    statements.push_back({{"Sid", "PurposeWithout" + std::string(service.name)},
                          {"Effect", "Deny"},
                          {"Action", service.action},
                          {"Resource", "*"},
                          {"Condition", {{"StringEquals", {{kPurposeKey, others}}}}}});
  }
}

Json term(std::string sid, const char* operation, Time when) {
  return {{"Sid", std::move(sid)},
          {"Effect", "Deny"},
          {"NotAction", kAfterTerm},
          {"Resource", "*"},
          {"Condition", {{operation, {{"aws:CurrentTime", codec::iso8601_millis(when)}}}}}};
}

}  // namespace

std::string ceiling_of(const Charter& charter) {
  Json statements = Json::array({allow("Account", kAlways)});
  for (const ServiceClass& service : service_classes()) {
    if (charter.services.contains(std::string(service.name))) {
      statements.push_back(of_service(charter, service));
    }
  }
  statements.push_back(only_declared(charter));
  add_purpose_limits(charter, statements);
  statements.push_back(term("BeforeTerm", "DateLessThan", charter.from));
  statements.push_back(term("AfterTerm", "DateGreaterThanEquals", charter.until));
  if (!charter.rules.empty()) {
    if (auto rules = codec::parse_json(charter.rules)) {
      Json given = (*rules)["Statement"];
      if (given.is_object()) given = Json::array({given});
      for (Json& statement : given) statements.push_back(std::move(statement));
    }
  }
  return codec::dump_json({{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

}  // namespace muzn::control
