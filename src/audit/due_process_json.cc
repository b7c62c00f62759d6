// A case as JSON and back, for folds that go on later.
#include "audit/due_process_json.h"

namespace muzn::audit {
namespace {

using codec::Json;

Json micros(Time time) {
  return to_micros(time);
}

// Reads members and remembers whether all were there.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  bool good = true;
  std::string text(const char* name) {
    const Json* found = member(name);
    if (found != nullptr && found->is_string()) return found->get<std::string>();
    good = false;
    return "";
  }
  bool flag(const char* name) {
    const Json* found = member(name);
    if (found != nullptr && found->is_boolean()) return found->get<bool>();
    good = false;
    return false;
  }
  std::uint64_t number(const char* name) {
    const Json* found = member(name);
    if (found != nullptr && found->is_number_unsigned()) return found->get<std::uint64_t>();
    good = false;
    return 0;
  }
  Time time(const char* name) {
    const Json* found = member(name);
    if (found != nullptr && found->is_number_integer() &&
        (!found->is_number_unsigned() || found->get<std::uint64_t>() <= INT64_MAX)) {
      return from_micros(found->get<std::int64_t>());
    }
    good = false;
    return {};
  }
  std::set<std::string> set(const char* name) {
    std::set<std::string> out;
    const Json* found = member(name);
    good = good && found != nullptr && found->is_array();
    if (!good) return out;
    for (const Json& item : *found) {
      good = good && item.is_string() && out.insert(item.get<std::string>()).second;
    }
    return out;
  }
  Rung rung(const char* name) {
    const auto found = rung_of(text(name));
    good = good && found;
    return found.value_or(Rung::kNone);
  }
  Stage stage(const char* name) {
    const std::string said = text(name);
    for (const Stage one : {Stage::kOpened, Stage::kNoticed, Stage::kRestricted, Stage::kTerminated,
                            Stage::kClosed}) {
      if (stage_name(one) == said) return one;
    }
    good = false;
    return Stage::kClosed;
  }
  const Json* member(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

 private:
  const Json& json_;
};

constexpr std::size_t kCaseMembers = 15;  // without those that may be missing
constexpr std::size_t kEmergencyMembers = 4;

}  // namespace

Json to_json(const Case& one) {
  Json out = {{"account", one.account},
              {"steps", one.steps},
              {"stage", stage_name(one.stage)},
              {"opened", micros(one.opened)},
              {"last", micros(one.last)},
              {"services", one.services},
              {"reply_until", micros(one.reply_until)},
              {"waived", one.is_waived},
              {"rung", rung_name(one.rung)},
              {"decided", micros(one.decided)},
              {"appealed", one.has_appealed},
              {"appeal_open", one.is_appeal_open},
              {"export_until", micros(one.export_until)},
              {"signers", one.signers},
              {"body", one.body}};
  if (one.emergency) {
    out["emergency"] = {{"rung", rung_name(one.emergency->rung)},
                        {"services", one.emergency->services},
                        {"until", micros(one.emergency->until)},
                        {"decided", one.emergency->is_decided}};
  }
  if (one.export_closed) out["export_closed"] = micros(*one.export_closed);
  return out;
}

Result<Case> case_from_json(const Json& json) {
  if (!json.is_object()) return fail(Code::kInvalid, "not a case");
  Reader in(json);
  Case out{.account = in.text("account"),
           .steps = in.number("steps"),
           .stage = in.stage("stage"),
           .opened = in.time("opened"),
           .last = in.time("last"),
           .services = in.set("services"),
           .reply_until = in.time("reply_until"),
           .is_waived = in.flag("waived"),
           .rung = in.rung("rung"),
           .decided = in.time("decided"),
           .has_appealed = in.flag("appealed"),
           .is_appeal_open = in.flag("appeal_open"),
           .export_until = in.time("export_until"),
           .emergency = {},
           .export_closed = {},
           .signers = in.set("signers"),
           .body = in.text("body")};
  std::size_t members = kCaseMembers;
  if (const Json* const given = in.member("emergency")) {
    ++members;
    if (!given->is_object() || given->size() != kEmergencyMembers)
      return fail(Code::kInvalid, "not a case");
    Reader inner(*given);
    out.emergency = Emergency{.rung = inner.rung("rung"),
                              .services = inner.set("services"),
                              .until = inner.time("until"),
                              .is_decided = inner.flag("decided")};
    in.good = in.good && inner.good;
  }
  if (in.member("export_closed") != nullptr) {
    ++members;
    out.export_closed = in.time("export_closed");
  }
  if (!in.good || json.size() != members) return fail(Code::kInvalid, "not a case");
  return out;
}

}  // namespace muzn::audit
