#include "control/genesis.h"

#include <array>
#include <string_view>
#include <utility>

#include "audit/commitment.h"
#include "control/fresh.h"

namespace muzn::control {
namespace {

constexpr std::string_view kGenesisActor = "genesis";

}  // namespace

Result<std::vector<ListedAct>> genesis_acts(Rng& rng, Time now, GenesisKeys keys,
                                            std::string region) {
  Genesis genesis{fresh_account(rng, State(), now, "operator", "operator@localhost"),
                  std::move(region)};
  genesis.account.is_operator = true;
  CreateKey key = fresh_key(rng, State(),
                            {.access_key = std::move(keys.access_key),
                             .secret_key = std::move(keys.secret_key),
                             .account = genesis.account.id,
                             .user = {},
                             .created = now});
  State state;
  std::vector<ListedAct> acts;
  for (ActBody& body : std::array<ActBody, 2>{std::move(genesis), std::move(key)}) {
    ListedAct listed{.act = {.sequence = state.acts,
                             .time = now,
                             .actor = std::string(kGenesisActor),
                             .request_id = "",
                             .body = std::move(body)},
                     .salt = rng.bytes(audit::kSaltBytes)};
    TRY_VOID(apply_in_place(state, listed.act));
    acts.push_back(std::move(listed));
  }
  return acts;
}

}  // namespace muzn::control
