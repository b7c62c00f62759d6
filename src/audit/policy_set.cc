#include "audit/policy_set.h"

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kSchema = "muzn.policy-set/1";

}  // namespace

PolicyLines policy_lines(std::string_view acceptable_use, std::string_view charter_body,
                         const std::map<std::string, const Case*>& open_cases) {
  PolicyLines out;
  out["acceptable_use"] = acceptable_use;
  if (!charter_body.empty()) out["charter"] = charter_body;
  for (const auto& [id, one] : open_cases) {
    if (!one->is_open()) continue;
    out["case." + id] = one->body;
    if (one->rung != Rung::kNone) out["restriction." + id] = rung_name(one->rung);
  }
  return out;
}

std::string policy_set_text(const PolicyLines& lines) {
  std::string out(kSchema);
  out.push_back('\n');
  for (const auto& [name, value] : lines) out.append(name).append(" ").append(value).append("\n");
  return out;
}

std::string policy_set_hash(const PolicyLines& lines) {
  return codec::hex_encode(crypto::sha256(policy_set_text(lines)));
}

}  // namespace muzn::audit
