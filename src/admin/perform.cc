#include "admin/perform.h"

#include "admin/requests.h"
#include "admin/requests_break_glass.h"
#include "admin/residency.h"
#include "admin/suspension.h"
#include "control/hidden_text.h"

#include <utility>

namespace muzn::admin {

using codec::Json;

Task<Outcome> propose(const Context& context, control::ActBody body, Json answer) {
  auto done = co_await context.controller.propose(context.who.principal().arn,
                                                  context.record.request_id, std::move(body));
  if (!done) co_return std::unexpected(to_failure(done.error()));
  answer["act"] = done->sequence;
  answer["leaf"] = done->leaf.index;
  context.record.leaf = std::move(done->leaf);
  co_return answer;
}

Task<std::expected<control::BucketRef, Failure>> bucket_of(const Context& context,
                                                           const Call& call) {
  if (context.controller.state()->account(call.account) == nullptr) {
    co_return refuse(404, "NotFound", "no such account");
  }
  if (call.bucket.empty()) co_return control::BucketRef{};
  const auto id = co_await context.census.bucket_id(call.account, call.bucket);
  if (!id) co_return std::unexpected(to_failure(id.error()));
  if (!*id) co_return refuse(404, "NotFound", "the account has no such bucket");
  co_return control::BucketRef{.name = call.bucket, .id = **id};
}

namespace {

Task<Outcome> create_account(const Context& context, const Call& call) {
  const control::Account account = context.controller.new_account(call.name, call.email);
  CO_TRY(Json answer,
         co_await propose(context, control::CreateAccount{account}, account_json(account)));
  // A second act: if it fails, the account stands, and its id must be told.
  const control::CreateKey key = context.controller.new_key(account.id, "", "", "");
  const Outcome made = co_await propose(context, key, Json::object());
  if (!made) {
    Failure failure = made.error();
    failure.message = "account " + account.id + " was created, but not its first key (" +
                      failure.message + "): create one with POST keys";
    co_return std::unexpected(std::move(failure));
  }
  answer["access_key"] = key.key.access_key;
  answer["secret_key"] = key.key.secret_key;
  answer["key_act"] = (*made)["act"];
  co_return answer;
}

Task<Outcome> delete_account(const Context& context, const Call& call) {
  if (context.controller.state()->account(call.account) == nullptr) {
    co_return refuse(404, "NotFound", "no such account");
  }
  const auto owns = co_await context.census.owns_buckets(call.account);
  if (!owns) co_return std::unexpected(to_failure(owns.error()));
  if (*owns) {
    co_return refuse(409, "Conflict", "the account still owns buckets: delete them first");
  }
  co_return co_await propose(context, control::DeleteAccount{call.account}, Json::object());
}

Task<Outcome> create_user(const Context& context, const Call& call) {
  const control::User user = context.controller.new_user(call.account, call.user);
  co_return co_await propose(context, control::CreateUser{user}, user_json(user));
}

Task<Outcome> create_key(const Context& context, const Call& call) {
  const control::CreateKey key =
      context.controller.new_key(call.account, call.user, call.access_key, call.secret_key);
  Json answer = key_json(key.key);
  answer["secret_key"] = key.key.secret_key;
  co_return co_await propose(context, key, std::move(answer));
}

Task<Outcome> delete_user(const Context& context, const Call& call) {
  co_return co_await propose(context, control::DeleteUser{call.account, call.user}, Json::object());
}

Task<Outcome> set_key_status(const Context& context, const Call& call) {
  const auto status = call.operation == Operation::kEnableKey ? control::KeyStatus::kActive
                                                              : control::KeyStatus::kInactive;
  const control::Snapshot state = context.controller.state();
  const control::AccessKey* key = state->key(call.access_key);
  if (key == nullptr) co_return refuse(404, "NotFound", "no such access key");
  control::AccessKey changed = *key;
  changed.status = status;
  co_return co_await propose(context, control::SetKeyStatus{call.access_key, status},
                             key_json(changed));
}

Json granularity_json(const control::State& state, const std::string& account,
                      const control::BucketRef& bucket) {
  const control::BucketControls* const controls = state.bucket(bucket.id);
  const bool own = bucket.id.empty() ? state.account_granularities.contains(account)
                                     : controls != nullptr && controls->granularity.has_value();
  return {{"account", account},
          {"bucket", bucket.name},
          {"level", audit::granularity_name(state.granularity(account, bucket.id))},
          {"own", own}};
}

Task<Outcome> get_granularity(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  co_return granularity_json(*context.controller.state(), call.account, bucket);
}

Task<Outcome> set_granularity(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  Outcome done = co_await propose(
      context, control::SetGranularity{call.account, bucket, audit::granularity_of(call.level)},
      Json::object());
  if (done) done->update(granularity_json(*context.controller.state(), call.account, bucket));
  co_return done;
}

Json limits_json(const control::Limits* limits) {
  Json out = Json::object();
  for (const control::LimitField& field : control::kLimitFields) {
    const auto value = limits == nullptr ? std::nullopt : limits->*field.member;
    out[field.name] = value ? Json(*value) : Json();
  }
  return out;
}

Task<Outcome> show_limits(const Context& context, const Call& call,
                          const control::BucketRef& bucket) {
  const control::Snapshot state = context.controller.state();
  const control::Limits* limits = state->limits_of_account(call.account);
  if (!call.user.empty()) limits = state->limits_of_user(call.account, call.user);
  if (!bucket.id.empty()) limits = state->limits_of_bucket(bucket.id);
  Json out = {{"account", call.account},
              {"user", call.user},
              {"bucket", bucket.name},
              {"limits", limits_json(limits)},
              {"stored", nullptr}};
  if (call.user.empty()) {
    const auto stored = co_await context.census.stored(call.account, bucket.name);
    if (!stored) co_return std::unexpected(to_failure(stored.error()));
    out["stored"] = {
        {"bytes", stored->bytes}, {"objects", stored->objects}, {"part_bytes", stored->part_bytes}};
  }
  co_return out;
}

Task<Outcome> get_limits(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  const bool no_user =
      !call.user.empty() && !context.controller.state()->users.contains({call.account, call.user});
  if (no_user) co_return refuse(404, "NotFound", "no such user");
  co_return co_await show_limits(context, call, bucket);
}

Task<Outcome> set_limits(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  Outcome done = co_await propose(
      context, control::SetLimits{call.account, call.user, bucket, call.limits}, Json::object());
  if (!done) co_return done;
  CO_TRY(const Json now, co_await show_limits(context, call, bucket));
  done->update(now);
  co_return done;
}

Task<Outcome> submit(const Context& context, const Call& call) {
  auto act = read_submitted(call.body);
  if (!act) co_return std::unexpected(to_failure(act.error()));
  context.record.concerns = concerned_by(*act);
  co_return co_await propose(context, std::move(*act), Json::object());
}

Task<Outcome> prepare_request(const Context& context, const Call& call) {
  Json asked = call.body;
  CO_TRY_VOID(co_await find_scope(context.census, asked));
  co_return prepare(*context.controller.state(), context.clock.now(), context.rng, asked);
}

Outcome list_break_glass(const Context& context, const control::State& state, const Call& call) {
  if (state.account(call.account) == nullptr) return refuse(404, "NotFound", "no such account");
  return break_glass_json(state, call.account, context.clock.now());
}

Outcome get_charter(const control::State& state, const Call& call) {
  if (state.account(call.account) == nullptr) return refuse(404, "NotFound", "no such account");
  const control::StoredCharter* const stored = state.stored_charter(call.account);
  if (stored == nullptr) return refuse(404, "NotFound", "the account has no charter");
  return charter_answer(*stored);
}

Task<Outcome> set_bucket_purpose(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  co_return co_await propose(
      context, control::SetBucketPurpose{call.account, bucket, call.purpose},
      Json{{"account", call.account}, {"bucket", call.bucket}, {"purpose", call.purpose}});
}

// By the account: nobody else's word counts (apply() refuses it, too).
Task<Outcome> answer_case(const Context& context, const Call& call) {
  const control::Snapshot state = context.controller.state();
  const control::StoredCase* const one = state->case_of_id(call.case_id);
  if (one == nullptr || one->now.account != call.account) {
    co_return refuse(404, "NotFound", "the account has no such case");
  }
  auto given = read_answer(call.body);
  if (!given) co_return std::unexpected(to_failure(given.error()));
  control::AnswerCase act{.account = call.account,
                          .id = call.case_id,
                          .step = one->now.steps,
                          .what = std::move(given->what),
                          .text = control::hidden_text(context.rng, std::move(given->text))};
  co_return co_await propose(context, std::move(act), Json::object());
}

Outcome list_cases(const control::State& state, const Call& call) {
  if (state.account(call.account) == nullptr) return refuse(404, "NotFound", "no such account");
  return cases_json(state, call.account);
}

Task<Outcome> due_process(const Context& context, const Call& call) {
  const control::Snapshot state = context.controller.state();
  switch (call.operation) {
    case Operation::kListComplaints:
      co_return complaints_json(*state);
    case Operation::kGetComplaint:
      co_return co_await complaint_answer(context.controller, call.ticket);
    case Operation::kListAllCases:
      co_return cases_json(*state, "");
    case Operation::kListCases:
      co_return list_cases(*state, call);
    case Operation::kGetCase:
      co_return co_await case_answer(context.controller, call.account, call.case_id);
    default:
      co_return co_await answer_case(context, call);
  }
}

Outcome list_accounts(const control::State& state) {
  Json list = Json::array();
  for (const auto& [id, account] : state.accounts) list.push_back(account_json(account));
  return Json{{"accounts", std::move(list)}};
}

Outcome get_account(const control::State& state, const Call& call) {
  const control::Account* account = state.account(call.account);
  if (account == nullptr) return refuse(404, "NotFound", "no such account");
  return account_json(*account);
}

Outcome list_users(const control::State& state, const Call& call) {
  if (state.account(call.account) == nullptr) return refuse(404, "NotFound", "no such account");
  Json list = Json::array();
  for (auto at = state.users.lower_bound({call.account, ""});
       at != state.users.end() && at->first.first == call.account; ++at) {
    list.push_back(user_json(at->second));
  }
  return Json{{"users", std::move(list)}};
}

Outcome list_keys(const control::State& state, const Call& call) {
  if (state.account(call.account) == nullptr) return refuse(404, "NotFound", "no such account");
  Json list = Json::array();
  for (const control::AccessKey* key : state.keys_of(call.account)) list.push_back(key_json(*key));
  return Json{{"keys", std::move(list)}};
}

Outcome answer_of(Result<Json> result) {
  if (!result) return std::unexpected(to_failure(result.error()));
  return std::move(*result);
}

std::string_view type_of(const gate::Principal& who) {
  if (who.type == gate::Principal::Type::kRole) return "role";
  return who.type == gate::Principal::Type::kRoot ? "root" : "user";
}

Outcome who_am_i(const control::State& state, const gate::Principal& who) {
  const control::Account* account = state.account(who.account);
  if (account == nullptr) return refuse(404, "NotFound", "the account has just been deleted");
  return Json{{"type", type_of(who)},
              {"arn", who.arn},
              {"user", who.user},
              {"access_key", who.access_key},
              {"account", account_json(*account)}};
}

Outcome about_engine(const Context& context, const Call& call) {
  if (call.operation == Operation::kStartEngineJob) {
    return answer_of(context.engine.start(call.order));
  }
  if (call.operation == Operation::kListEngineJobs) return Json{{"jobs", context.engine.jobs()}};
  if (call.operation == Operation::kGetEngineJob) return answer_of(context.engine.job(call.job));
  if (call.operation == Operation::kCancelEngineJob) {
    return answer_of(context.engine.cancel(call.job));
  }
  return context.engine.stat();
}

}  // namespace

Task<Outcome> perform(Context context, Call call) {
  const control::Snapshot state = context.controller.state();
  switch (call.operation) {
    case Operation::kCreateAccount:
      co_return co_await create_account(context, call);
    case Operation::kListAccounts:
      co_return list_accounts(*state);
    case Operation::kGetAccount:
      co_return get_account(*state, call);
    case Operation::kDeleteAccount:
      co_return co_await delete_account(context, call);
    case Operation::kCreateUser:
      co_return co_await create_user(context, call);
    case Operation::kListUsers:
      co_return list_users(*state, call);
    case Operation::kDeleteUser:
      co_return co_await delete_user(context, call);
    case Operation::kGetGranularity:
      co_return co_await get_granularity(context, call);
    case Operation::kSetGranularity:
      co_return co_await set_granularity(context, call);
    case Operation::kGetLimits:
      co_return co_await get_limits(context, call);
    case Operation::kSetLimits:
      co_return co_await set_limits(context, call);
    case Operation::kCreateKey:
      co_return co_await create_key(context, call);
    case Operation::kListKeys:
      co_return list_keys(*state, call);
    case Operation::kDisableKey:
    case Operation::kEnableKey:
      co_return co_await set_key_status(context, call);
    case Operation::kDeleteKey:
      co_return co_await propose(context, control::DeleteKey{call.access_key}, Json::object());
    case Operation::kWhoAmI:
      co_return who_am_i(*state, context.who.principal());
    case Operation::kGetEngine:
    case Operation::kStartEngineJob:
    case Operation::kListEngineJobs:
    case Operation::kGetEngineJob:
    case Operation::kCancelEngineJob:
      co_return about_engine(context, call);
    case Operation::kListOfficers:
      co_return officers_json(*state);
    case Operation::kPrepareRequest:
      co_return co_await prepare_request(context, call);
    case Operation::kSubmitRequest:
      co_return co_await submit(context, call);
    case Operation::kGetCharter:
      co_return get_charter(*state, call);
    case Operation::kSetBucketPurpose:
      co_return co_await set_bucket_purpose(context, call);
    case Operation::kListBreakGlass:
      co_return list_break_glass(context, *state, call);
    case Operation::kListComplaints:
    case Operation::kGetComplaint:
    case Operation::kListAllCases:
    case Operation::kListCases:
    case Operation::kGetCase:
    case Operation::kAnswerCase:
      co_return co_await due_process(context, call);
    case Operation::kListSites:
    case Operation::kPutSite:
    case Operation::kDeleteSite:
    case Operation::kGetResidency:
    case Operation::kSetResidency:
      co_return co_await about_residency(context, call);
  }
  co_return refuse(500, "InternalError", "an operation without an answer");
}

}  // namespace muzn::admin
