// Runs a sequence of operations on a store and on the reference, and shrinks one that fails.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/op.h"
#include "model/reference.h"
#include "model/world.h"

namespace muzn::model {

using MakeWorld = std::function<std::unique_ptr<World>(Pool& pool, const Clock& clock)>;

// What differed, with the number of the operation; nullopt when all agreed.
std::optional<std::string> run(const std::vector<Op>& ops, const MakeWorld& make_world);

// A sequence that still fails and from which no operation can be left out (delta debugging, within
// a bound of runs).
std::vector<Op> shrink(std::vector<Op> ops,
                       const std::function<bool(const std::vector<Op>&)>& still_fails);

}  // namespace muzn::model
