// Texts that lie beside the list of acts, sealed, where they can be erased.
#pragma once
#include <string>
#include <utility>

#include "base/rng.h"
#include "control/rows.h"
#include "control/state.h"

namespace muzn::control {

inline HiddenText hidden_text(Rng& rng, std::string text) {
  HiddenText out{.text = std::move(text), .salt = rng.bytes(kSaltBytes), .commitment = {}};
  out.commitment = commitment_of({.salt = out.salt, .secret = out.text});
  return out;
}

}  // namespace muzn::control
