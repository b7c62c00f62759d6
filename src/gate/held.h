// The policies that a principal holds, for one decision or some: its own, its groups', boundary and
// session policies. Nothing is copied of them, and finding them takes a few look-ups by name, of
// whom else there is in the account nothing hangs on.
#pragma once
#include <string_view>
#include <vector>

#include "control/controller.h"
#include "gate/gate.h"
#include "policy/evaluate.h"

namespace muzn::gate {

class Held {
 public:
  // `state` is kept; `principal` has to stay. Whoever is not there any more, a user or a role,
  // holds nothing; a boundary or session policy that is not there allows nothing.
  Held(control::Snapshot state, const Principal& principal);
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // The principal as policies see it.
  const policy::Caller& caller() const { return caller_; }
  const Principal& principal() const { return principal_; }
  // Borrowed; without a resource's.
  const policy::Policies& policies() const { return policies_; }
  const control::Snapshot& state() const { return state_; }

 private:
  using List = std::vector<policy::Attached>;

  void take_user();
  void take_role();
  void take_session();
  void take_charter();
  void take_suspension();
  void take(const control::Grants& grants);
  void take_boundary(std::string_view arn);

  const control::Snapshot state_;
  const Principal& principal_;
  policy::Caller caller_;
  List charters_;
  List suspensions_;
  List identity_;
  List boundaries_;
  List sessions_;
  policy::Policies policies_;
};

}  // namespace muzn::gate
