// How an installation begins: its operator's account, with a key of its root.
#pragma once
#include <string>
#include <vector>

#include "base/rng.h"
#include "control/act_list.h"
#include "control/controller.h"

namespace muzn::control {

// The first acts of a list; what of the keys is empty is generated. Errors: those of apply().
Result<std::vector<ListedAct>> genesis_acts(Rng& rng, Time now, GenesisKeys keys,
                                            std::string region);

}  // namespace muzn::control
