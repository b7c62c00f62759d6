// Policies: whatever parses can be judged, and parses the same again. Who is nobody gets nothing
// from a policy that is not public and asks no conditions; a session with a policy has no more than
// one without; a simulation says what the evaluator says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/bucket_policy.h"
#include "policy/evaluate.h"
#include "policy/simulate.h"
#include "s3/policy_names.h"

namespace {

using muzn::policy::Attachment;

// Every key has values, some many.
class AnyFacts final : public muzn::policy::Facts {
 public:
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    if (key.size() % 5 == 0) return std::nullopt;
    std::vector<std::string> out(key.size() % 3, "10.0.0.1");
    out.emplace_back(key);
    return out;
  }
};

using muzn::policy::Attached;
using muzn::policy::Document;
using muzn::policy::Policies;
using muzn::policy::Verdict;

// Of a session of a role that holds everything the text says, or everything there is.
void judge_session(std::string_view text, const Document& document) {
  const AnyFacts facts;
  muzn::policy::Caller session;
  session.account = "111111111111";
  session.arn = "arn:aws:sts::111111111111:assumed-role/ops/alice";
  session.role_arn = "arn:aws:iam::111111111111:role/ops";
  const Attached held[] = {{"text", &document}};
  Policies role;
  role.identity = held;
  role.resource_account = session.account;
  Policies limited = role;
  limited.sessions = held;
  limited.boundaries = held;
  for (const std::string_view resource : {"arn:aws:s3:::b", "arn:aws:s3:::b/a"}) {
    const muzn::policy::Request request{session, "s3:GetObject", resource, facts};
    const Verdict wide = muzn::policy::decide(request, role).verdict;
    if (muzn::policy::decide(request, limited).verdict != wide) std::abort();
    const muzn::policy::SimulatedPolicy simulated[] = {{"text", "none", text, &document}};
    const auto said = muzn::policy::simulate({.caller = session,
                                              .identity = simulated,
                                              .boundaries = {},
                                              .charters = {},
                                              .resource = std::nullopt,
                                              .resource_account = {},
                                              .facts = facts},
                                             "s3:GetObject", resource);
    if (said.verdict != wide || said.matched.empty() != (wide == Verdict::kSilent)) std::abort();
  }
  const auto places = muzn::policy::statement_places(text);
  if (!places.empty() && places.size() != document.statements.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // libFuzzer's form
  const AnyFacts facts;
  for (const Attachment attachment : {Attachment::kResource, Attachment::kIdentity}) {
    const auto document = muzn::policy::parse_policy(text, attachment);
    if (!document) continue;
    const auto again = muzn::policy::parse_policy(text, attachment);
    if (!again || *again != *document) std::abort();
    if (attachment == Attachment::kIdentity) judge_session(text, *document);
    const bool is_public = muzn::policy::is_public(*document);
    const muzn::policy::Caller nobody;
    for (const std::string_view resource : {"arn:aws:s3:::b", "arn:aws:s3:::b/a/b:c\xFF"}) {
      const auto found =
          muzn::policy::evaluate(*document, attachment, {nobody, "s3:GetObject", resource, facts});
      // Nobody gets anything from a policy that is not public, but by what conditions say.
      const auto& statements = document->statements;
      if (attachment == Attachment::kResource && !is_public &&
          found.verdict == muzn::policy::Verdict::kAllow &&
          statements[found.statement].conditions.empty()) {
        std::abort();
      }
    }
    static_cast<void>(muzn::s3::check_policy_names(*document, "b", {}));
  }
  return 0;
}
