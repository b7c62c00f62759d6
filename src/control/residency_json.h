// The acts about sites and residency as JSON and back; for control/act_json.cc.
#pragma once
#include <optional>
#include <string_view>

#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

codec::Json body_json(const PutSite& body);
codec::Json body_json(const DeleteSite& body);
codec::Json body_json(const SetResidency& body);
Result<ActBody> read_put_site(const codec::Json& json);
Result<ActBody> read_delete_site(const codec::Json& json);
Result<ActBody> read_set_residency(const codec::Json& json);

// "directory", "pool", "remote"; nullopt: none of them.
std::optional<SiteKind> site_kind_of(std::string_view word);

}  // namespace muzn::control
