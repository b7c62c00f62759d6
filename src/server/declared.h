// What a node says of itself in its log when it starts (audit/declaration.h).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "audit/declaration.h"
#include "base/error.h"
#include "server/ledger.h"

namespace muzn::server {

// "0.1.0", and the commit that it was built from: hex digits, with "-changed" behind them where
// files differed from it; "unknown".
std::string_view release_version();
std::string_view release_commit();

// Its witnesses, the program that runs, its exclusions. Blocks: reads the program. Errors: those of
// files.
Result<std::vector<audit::Declaration>> declarations(Ledger& ledger);

}  // namespace muzn::server
