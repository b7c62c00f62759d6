#include "audit/state_leaf.h"

#include "audit/facts.h"
#include "audit/kinds.h"

namespace muzn::audit {

Leaf state_leaf(std::uint64_t sequence, Time time, const StateHash& state) {
  return {.leaf_class = std::string(kLogClass),
          .kind = std::string(kStateKind),
          .account = {},
          .sequence = sequence,
          .time = time,
          .facts = {{"schema", kStateSchema},
                    {"acts", state.acts},
                    {"size", state.size},
                    {"hash", state.hash}},
          .hidden = {}};
}

Result<StateHash> state_in(const Leaf& leaf) {
  const KindRule* const rule = find_kind(kLogClass, kStateKind);
  if (leaf.leaf_class != kLogClass || leaf.kind != kStateKind) return wrong("no leaf of a state");
  TRY_VOID(check_members(*rule, leaf));
  if (text(leaf, "schema") != kStateSchema) {
    return fail(Code::kUnsupported, "a state of another schema: " + text(leaf, "schema"));
  }
  return StateHash{
      .acts = number(leaf, "acts"), .size = number(leaf, "size"), .hash = text(leaf, "hash")};
}

}  // namespace muzn::audit
