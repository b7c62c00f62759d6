#include "trail/sink.h"

#include "trail/item.h"
#include "trail/selector.h"

namespace muzn::trail {
namespace {

// Names of the account's trails that take the event.
std::vector<std::string> takers(const audit::Record& record, const EventKind& kind,
                                const control::State& state, const std::string& account) {
  std::vector<std::string> out;
  std::string object;
  for (auto at = state.trails.lower_bound({account, ""});
       at != state.trails.end() && at->first.first == account; ++at) {
    if (!was_logging(at->second, record.time)) continue;
    if (object.empty()) object = object_arn(record);
    if (takes(at->second.trail, kind, object)) out.push_back(at->first.second);
  }
  return out;
}

}  // namespace

void Sink::write(const audit::Record& record) {
  // Nobody's: who is not authenticated has no trail.
  if (record.account.empty()) return;
  const EventKind kind = kind_of(record.service, record.operation);
  if (kind.category == Category::kNone) return;
  const control::Snapshot state = controller_.state();
  if (kind.category == Category::kData && state->trails.empty()) return;
  tell(record, kind, *state, record.account);
  // What the operator did to a tenant with the glass broken is in the tenant's trail, too.
  const std::string& other = record.break_glass.empty() ? record.concerns : record.bucket_owner;
  if (!other.empty() && other != record.account) tell(record, kind, *state, other);
}

void Sink::tell(const audit::Record& record, const EventKind& kind, const control::State& state,
                const std::string& account) {
  Item item{.account = account,
            .time = record.time,
            .management = kind.category == Category::kManagement,
            .leaf = {},
            .trails = takers(record, kind, state, account),
            .event = {}};
  if (item.trails.empty() && !item.management) return;
  const control::User* const user = state.user_of_arn(record.principal_arn);
  std::string role_arn;
  if (record.session && !record.session->role.empty()) {
    const control::Role* const role = state.role(record.account, record.session->role);
    if (role != nullptr) role_arn = control::arn_of(*role);
  }
  if (record.leaf) item.leaf = record.leaf->index;
  item.event = event_json(record, kind,
                          {.region = region_,
                           .recipient = account,
                           .principal_id = user == nullptr ? "" : std::string_view(user->id),
                           .role_arn = role_arn});
  journal_.add(audit::Queue::kTrail, encode_item(item));
}

}  // namespace muzn::trail
