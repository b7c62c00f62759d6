#include "control/installation_json.h"

#include "audit/declare.h"
#include "control/act_members.h"

namespace muzn::control {

using codec::Json;

Json body_json(const ChangeSealingKey& body) {
  return {{"key", body.key}};
}

Result<ActBody> read_change_sealing_key(const Json& json) {
  Members in(json, {"key"});
  ChangeSealingKey out{in.text("key")};
  TRY_VOID(in.check());
  return out;
}

Json body_json(const Declare& body) {
  Json out = Json::object();
  audit::put_declaration(body.declaration, out);
  return out;
}

Result<ActBody> read_declare(const Json& json) {
  Members in(json, {"what", "sha256", "says"});
  Declare out{{.what = in.text("what"), .sha256 = in.text("sha256"), .says = in.named("says")}};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
