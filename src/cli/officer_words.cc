#include "cli/officer_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace muzn::cli {
namespace {

using codec::Json;

// JSON has no raw control characters, so a terminal shows all of it.
std::string shown(const Json& value) {
  return codec::dump_json(value);
}

std::string title_of(std::string_view kind) {
  if (kind == "appoint_officer") return "Appoints an officer of the operator.";
  if (kind == "dismiss_officer") return "Dismisses an officer of the operator.";
  if (kind == "give_notice") return "Gives an account notice: it is said to have broken a rule.";
  if (kind == "decide_case") return "Decides a case: an account is restricted, or not any more.";
  if (kind == "decide_appeal") return "Decides an appeal of an account.";
  if (kind == "restrict_at_once") return "Restricts an account at once, for 72 hours at most.";
  if (kind == "close_export") return "Closes an account's export, by a legal order.";
  if (kind == "put_charter") return "Puts a charter: what an account may do here, and for what.";
  if (kind == "open_break_glass") {
    return "Breaks the glass: lets one person of the operator read a tenant's data, past the "
           "tenant's own rules. Everybody will see that you signed it.";
  }
  if (kind == "close_break_glass") return "Closes a break-glass grant before its end.";
  return "An act of a kind that this version does not know. Do not sign what you do not know.";
}

void tell(std::string& out, const Json& object, std::string_view indent) {
  for (const auto& [name, value] : object.items()) {
    const std::string label = shown(Json(name));
    if (value.is_object()) {
      out += fmt::format("{}{}:\n", indent, label);
      tell(out, value, std::string(indent) + "  ");
    } else {
      out += fmt::format("{}{}: {}\n", indent, label, shown(value));
    }
  }
}

}  // namespace

std::string in_words(const audit::Subject& subject, const Json& said) {
  std::string out = title_of(subject.kind) + "\n";
  out += fmt::format("installation {}, step {} of {}\n", subject.installation, subject.step,
                     subject.about);
  if (said.is_object()) tell(out, said, "  ");
  out += "Signed is the hash of all of it: " + subject.body + "\n";
  return out;
}

}  // namespace muzn::cli
