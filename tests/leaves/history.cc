#include "leaves/history.h"

#include "audit/declare.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "leaves/cases.h"
#include "leaves/signers.h"

namespace muzn::control {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kBuckets = 4;
constexpr std::uint64_t kActsOfAState = 16;
constexpr const char* kPolicy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-0/*"}]})";
constexpr const char* kIdentityPolicy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})";
constexpr const char* kTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]})";

}  // namespace

std::string History::letters(std::string_view alphabet, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(alphabet[below(alphabet.size())]);
  return out;
}

std::string History::some_account() {
  auto at = state_.accounts.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(below(state_.accounts.size())));
  return at->first;
}

std::string History::actor() {
  if (state_.acts < 2) return "genesis";
  if (!state_.iam.roles.empty() && below(4) == 0) {
    const Role& role = state_.iam.roles.begin()->second;
    return "arn:aws:sts::" + role.account + ":assumed-role/" + role.name + "/session";
  }
  if (!state_.users.empty() && below(2) == 0) {
    auto at = state_.users.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(state_.users.size())));
    return arn_of(at->second);
  }
  return "arn:aws:iam::" + some_account() + ":root";
}

ActBody History::new_account() {
  Account account{.id = "1" + letters(kDigits, 11),
                  .canonical_id = letters(kHex, 64),
                  .display_name = "Account " + letters(kDigits, 4),
                  .email = letters(kHex, 20) + "@example.org",
                  .created = from_micros(micros_)};
  if (state_.acts > 0) return CreateAccount{account};
  account.is_operator = true;
  return Genesis{account, "us-east-1"};
}

ActBody History::of_account(const std::string& id) {
  const std::string name = "user" + std::to_string(below(3));
  const bool has_user = state_.users.contains({id, name});
  switch (below(12)) {
    case 11:
      return ChangeSealingKey{letters(kHex, 64)};
    case 10:
      return limits(id);
    case 6:
      return PutTrail{
          {.account = id, .name = "trail", .bucket = "bucket-0", .prefix = {}, .created = {}}};
    case 7:
      return DeleteTrail{id, "trail"};
    case 8:
      return SetTrailLogging{id, "trail", below(2) == 0, from_micros(micros_)};
    case 9:
      return granularity(id);
    case 0:
      return DeleteAccount{id};
    case 1:
      return PutAccountPublicAccessBlock{id, {.block_public_acls = true}};
    case 2:
      return DeleteAccountPublicAccessBlock{id};
    case 3:
      return CreateKey{.key = {.access_key = "AKIA" + letters(kBase32, 16),
                               .secret_key = {},
                               .account = id,
                               .user = has_user ? name : "",
                               .status = below(4) == 0 ? KeyStatus::kInactive : KeyStatus::kActive,
                               .created = from_micros(micros_)},
                       .commitment = letters(kHex, 64),
                       .salt = {}};
    default:
      break;
  }
  if (has_user) return DeleteUser{id, name};
  return CreateUser{{.account = id,
                     .name = name,
                     .id = "AIDA" + letters(kBase32, 17),
                     .created = from_micros(micros_)}};
}

// Few names, so that acts meet.
IamRef History::holder(const std::string& id) {
  switch (below(3)) {
    case 0:
      return {id, IamKind::kUser, "user" + std::to_string(below(3))};
    case 1:
      return {id, IamKind::kGroup, "group" + std::to_string(below(2))};
    default:
      return {id, IamKind::kRole, "role" + std::to_string(below(2))};
  }
}

std::string History::policy_arn(const std::string& id) {
  if (below(3) == 0) return "arn:aws:iam::aws:policy/ReadOnlyAccess";
  return iam_arn(id, IamKind::kPolicy, "/", "policy" + std::to_string(below(2)));
}

ActBody History::of_policy(const std::string& id) {
  const std::string name = "policy" + std::to_string(below(2));
  const auto version = static_cast<std::uint32_t>(1 + below(4));
  switch (below(5)) {
    case 0:
      return CreatePolicyVersion{id, name, kIdentityPolicy, below(2) == 0, from_micros(micros_)};
    case 1:
      return DeletePolicyVersion{id, name, version};
    case 2:
      return SetDefaultPolicyVersion{id, name, version};
    case 3:
      return DeleteIam{{id, IamKind::kPolicy, name}};
    default:
      return CreatePolicy{{.account = id,
                           .name = name,
                           .id = "ANPA" + letters(kBase32, 17),
                           .created = from_micros(micros_)},
                          kIdentityPolicy};
  }
}

ActBody History::of_holder(const std::string& id) {
  const IamRef who = holder(id);
  switch (below(7)) {
    case 0:
      return PutInlinePolicy{who, "inline", kIdentityPolicy};
    case 1:
      return DeleteInlinePolicy{who, "inline"};
    case 2:
      return AttachPolicy{who, policy_arn(id)};
    case 3:
      return DetachPolicy{who, policy_arn(id)};
    case 4:
      return SetBoundary{who, below(3) == 0 ? "" : policy_arn(id)};
    case 5:
      return PutTags{who, {{"team", letters(kHex, 3)}}};
    default:
      return DeleteTags{who, {"team"}};
  }
}

ActBody History::of_identity(const std::string& id) {
  const std::string group = "group" + std::to_string(below(2));
  const std::string role = "role" + std::to_string(below(2));
  const std::string user = "user" + std::to_string(below(3));
  switch (below(16)) {
    case 14:
      return CreateUser{{.account = id,
                         .name = user,
                         .id = "AIDA" + letters(kBase32, 17),
                         .created = from_micros(micros_),
                         .boundary = below(2) == 0 ? "" : policy_arn(id)}};
    case 0:
      return CreateGroup{{.account = id,
                          .name = group,
                          .id = "AGPA" + letters(kBase32, 17),
                          .created = from_micros(micros_)}};
    case 1:
      return CreateRole{{.account = id,
                         .name = role,
                         .id = "AROA" + letters(kBase32, 17),
                         .created = from_micros(micros_),
                         .boundary = below(2) == 0 ? "" : policy_arn(id)},
                        kTrust};
    case 2:
      return DeleteIam{{id, IamKind::kGroup, group}};
    case 3:
      return DeleteIam{{id, IamKind::kRole, role}};
    case 4:
      return RenameIam{{id, IamKind::kUser, user}, "user" + std::to_string(below(3)), "/x/"};
    case 5:
      return UpdateRole{id, role, "what for", kRoleSessionSecondsMax};
    case 6:
      return PutTrustPolicy{id, role, kTrust};
    case 7:
      return AddUserToGroup{id, group, user};
    case 8:
      return RemoveUserFromGroup{id, group, user};
    case 9:
      return PutProvider{{.account = id, .url = "idp.example", .created = {}}};
    case 10:
      return DeleteIam{{id, IamKind::kProvider, "idp.example"}};
    case 11:
      return SetAccountAlias{id, below(3) == 0 ? "" : "alias-" + letters(kHex, 8)};
    case 12:
      return of_policy(id);
    default:
      return of_holder(id);
  }
}

BucketRef History::some_bucket() {
  const std::uint64_t n = below(kBuckets);
  return {"bucket-" + std::to_string(n), std::string(32, kHex[n])};
}

ActBody History::granularity(const std::string& id) {
  SetGranularity out{.account = id};
  if (below(2) == 0) out.bucket = some_bucket();
  if (below(2) == 0) out.level = Granularity::kFull;
  return out;
}

ActBody History::limits(const std::string& id) {
  SetLimits out{.account = id};
  if (below(2) == 0) out.bucket = some_bucket();
  if (below(2) == 0) out.limits.bytes = below(1000);
  if (below(2) == 0) out.limits.requests = 1 + below(1000);
  return out;
}

// Four persons, of whom those who may sign do.
ActBody History::of_officers() {
  const Person person(static_cast<char>('a' + below(4)));
  const auto sign = [&](auto act) {
    for (const char letter : {'a', 'b', 'c', 'd'}) {
      const Person signer(letter);
      const auto found = state_.officers.all.find(signer.key());
      const bool may = found != state_.officers.all.end() &&
                       found->second.duties.contains(std::string(kDutyOfficers));
      if (may) act = signed_by(state_, std::move(act), {&signer});
    }
    return act;
  };
  if (below(4) == 0) return sign(DismissOfficer{.public_key = person.key(), .approvals = {}});
  return sign(appointment(
      person, {std::string(kDutyBreakGlass), std::string(kDutyCharters), std::string(kDutyOfficers),
               std::string(kDutySuspension), std::string(kDutyAppeals)}));
}

ActBody History::charter(const std::string& id) {
  if (state_.account(id) == nullptr || state_.officers.all.empty()) return of_officers();
  const Charter* const before = state_.charter(id);
  const Person account('z');
  PutCharter act{
      .charter = sample_charter(id, account, before == nullptr ? 1 : before->version + 1),
      .approvals = {}};
  act = signed_by(state_, std::move(act), {&account});
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    const Person officer(letter);
    if (!state_.officers.all.contains(officer.key())) continue;
    return signed_by(state_, std::move(act), {&officer});
  }
  return act;
}

// A step of a case of the account. Who gives notice and decides does not decide appeals.
ActBody History::of_case(const std::string& id) {
  const Account* const account = state_.account(id);
  if (account == nullptr) return sample_complaint(kHex[below(kHex.size())]);
  // Mostly one that is open, so that it goes on.
  std::string case_id = letters(kHex, 32);
  const bool goes_on = below(8) != 0;
  for (const StoredCase* const known : state_.cases_of(id)) {
    if (known->now.is_open() && goes_on) case_id = known->id;
  }
  const StoredCase* const one = state_.case_of_id(case_id);
  CaseRef at = case_ref(id, one == nullptr ? 0 : one->now.steps);
  at.id = case_id;
  const Person ada('a');
  const Person bea('b');
  const Person cem('c');
  const Person dan('d');
  const Time now = from_micros(micros_);
  std::uint64_t what = below(9);
  // Half of the time what may come next does, so that cases get as far as an appeal.
  if (one != nullptr && below(2) == 0) {
    const audit::Case& now_is = one->now;
    if (now_is.stage == audit::Stage::kNoticed) what = now_is.is_waived ? 4 : 2;
    if (now_is.stage == audit::Stage::kRestricted) what = now_is.is_appeal_open ? 6 : 3;
  }
  if (what < 2) return signed_by(state_, sample_notice(at, now), {&ada});
  if (what == 2) return sample_answer(at, below(2) == 0 ? "reply" : "waive");
  if (what == 3) return sample_answer(at, "appeal");
  if (what == 4) {
    return signed_by(state_, sample_decision(at, "restrict", audit::Rung::kNoWrites), {&ada, &bea});
  }
  if (what == 5) {
    return signed_by(state_, sample_decision(at, below(2) == 0 ? "dismiss" : "lift"), {&ada, &bea});
  }
  if (what == 6) return signed_by(state_, sample_appeal_decision(at, "keep"), {&cem, &dan});
  if (what == 7) {
    return signed_by(state_, sample_emergency(at, now + audit::kEmergencyMax), {&ada});
  }
  return signed_by(state_, sample_order(at, now + audit::kReplyWindow), {&ada, &bea});
}

ActBody History::purpose(const std::string& id) {
  return SetBucketPurpose{id, some_bucket(), below(3) == 0 ? "" : "archive"};
}

// What is open is closed again, mostly.
ActBody History::glass(const std::string& id) {
  const auto user = state_.users.lower_bound({state_.operator_id, ""});
  if (user == state_.users.end() || user->first.first != state_.operator_id) {
    return CreateUser{{.account = state_.operator_id,
                       .name = "user0",
                       .id = "AIDA" + letters(kBase32, 17),
                       .created = from_micros(micros_)}};
  }
  if (state_.officers.count(kDutyBreakGlass) < 2) return of_officers();
  const auto sign = [&](auto act) {
    for (const char letter : {'a', 'b', 'c', 'd'}) {
      const Person officer(letter);
      if (!state_.officers.all.contains(officer.key())) continue;
      act = signed_by(state_, std::move(act), {&officer});
    }
    return act;
  };
  if (!state_.break_glass.open.empty() && below(2) == 0) {
    const Grant& open = state_.break_glass.grants.at(*state_.break_glass.open.begin()).grant;
    return sign(CloseBreakGlass{.account = open.account, .id = open.id, .approvals = {}});
  }
  if (state_.account(id) == nullptr || id == state_.operator_id) return new_account();
  Grant grant = sample_grant(id, user->second, from_micros(micros_));
  grant.id = letters(kHex, 64);
  if (below(2) == 0) {
    const BucketRef bucket = some_bucket();
    grant.bucket = bucket.name;
    grant.bucket_id = bucket.id;
    grant.prefix = "a/";
  }
  return sign(OpenBreakGlass{.grant = std::move(grant), .approvals = {}});
}

ActBody History::residency(const std::string& id) {
  const std::string site = "site-" + std::to_string(below(6));
  switch (below(4)) {
    case 0:
      return PutSite{{.id = site, .jurisdiction = below(2) == 0 ? "PS" : "DE"}};
    case 1:
      return DeleteSite{site};
    default:
      break;
  }
  SetResidency out{.account = id};
  if (below(2) == 0) out.bucket = some_bucket();
  if (below(3) != 0) out.jurisdictions = {"PS"};
  if (below(3) == 0) out.jurisdictions.insert("DE");
  return out;
}

ActBody History::of_bucket() {
  const BucketRef bucket = some_bucket();
  switch (below(7)) {
    case 0:
      return PutPublicAccessBlock{bucket, {.block_public_policy = true}};
    case 1:
      return DeletePublicAccessBlock{bucket};
    case 2:
      return ForgetBucket{bucket};
    case 3:
      return PutLockDefault{bucket, {.compliance = below(2) == 0, .days = 7}};
    case 4:
      return DeleteLockDefault{bucket};
    case 5:
      return PutBucketPolicy{bucket, kPolicy};
    default:
      return DeleteBucketPolicy{bucket};
  }
}

ActBody History::declaration() {
  switch (below(3)) {
    case 0: {
      const std::string text = below(2) == 0 ? "quorum none\n" : "# the same\nquorum none\n";
      return Declare{audit::declare_witnesses({}, "log.example/history", text)};
    }
    case 1:
      return Declare{audit::declare_software("0.1.0", letters(kHex, 40), letters(kHex, 64))};
    default:
      return Declare{audit::declare_exclusions()};
  }
}

ActBody History::body() {
  if (state_.acts == 0) return new_account();
  if (below(16) == 0) return declaration();
  // Mostly of one account, so that they meet.
  if (below(2) == 0) return of_identity(below(4) == 0 ? some_account() : state_.operator_id);
  if (below(6) == 0) return of_case(below(4) == 0 ? some_account() : some_second_account());
  const std::uint64_t what = below(15);
  if (what == 14) return glass(some_account());
  if (what == 10) return of_officers();
  if (what == 11) return charter(below(2) == 0 ? some_account() : state_.operator_id);
  if (what == 12) return purpose(below(2) == 0 ? some_account() : state_.operator_id);
  if (what == 13) return residency(below(2) == 0 ? some_account() : state_.operator_id);
  if (what == 0) return new_account();
  if (what < 6) return of_account(some_account());
  if (what < 8 || state_.keys.empty()) return of_bucket();
  auto at = state_.keys.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(below(state_.keys.size())));
  if (below(3) == 0) return DeleteKey{at->first};
  return SetKeyStatus{at->first, below(2) == 0 ? KeyStatus::kActive : KeyStatus::kInactive};
}

std::string History::actor_of(const ActBody& body) {
  if (std::holds_alternative<Declare>(body)) return std::string(kNodeActor);
  if (std::holds_alternative<FileComplaint>(body)) return std::string(kPublicActor);
  if (const auto* answer = std::get_if<AnswerCase>(&body)) {
    return "arn:aws:iam::" + answer->account + ":root";
  }
  return actor();
}

// The first one that is not the operator's, so that its cases go on; "" = there is none.
std::string History::some_second_account() const {
  for (const auto& [id, account] : state_.accounts) {
    if (!account.is_operator) return id;
  }
  return "";
}

History::Step History::act(ActBody body) {
  const Act next{.sequence = state_.acts,
                 .time = from_micros(micros_),
                 .actor = actor_of(body),
                 .request_id = letters(kHex, 16),
                 .body = std::move(body)};
  const State before = state_;
  if (!apply_in_place(state_, next)) return {};
  Step out{.leaf = {}, .salt = letters(kHex, 32), .values = {}};
  out.leaf = leaf_of(before, next, out.salt);
  std::string fresh;  // an account that this act made
  for (const auto& [id, account] : state_.accounts) {
    if (account.handle.empty()) fresh = id;
  }
  if (!fresh.empty()) state_.accounts.edit(fresh).handle = account_handle(out.salt, fresh);
  out.values = {{"actor", next.actor}, {"request_id", next.request_id}};
  if (const auto* user = std::get_if<CreateUser>(&next.body)) {
    out.values["user_name"] = user->user.name;
  }
  return out;
}

History::Step History::summary(const Account& of) {
  const std::uint64_t requests = 1 + below(100);
  std::int64_t& from = summarized_[of.handle];
  if (from == 0) from = to_micros(of.created);
  audit::Leaf leaf;
  leaf.leaf_class = audit::kDataClass;
  leaf.kind = below(5) == 0 ? "gap" : "summary";
  leaf.account = of.handle;
  leaf.sequence = data_[of.handle]++;
  leaf.time = from_micros(micros_);
  leaf.facts = {{"from_micros", static_cast<std::uint64_t>(from)},
                {"to_micros", static_cast<std::uint64_t>(micros_)}};
  if (leaf.kind == "gap") {
    leaf.facts["reason"] = "crash";
    return {leaf, "", {}};
  }
  from = micros_;
  leaf.facts["records"] = requests;
  leaf.facts["root"] = letters(kHex, 64);
  leaf.facts["services"] = {
      {"s3", {{"requests", requests}, {"errors", 1U}, {"bytes_in", 7U}, {"bytes_out", 9U}}}};
  leaf.facts["principals"] = {{"user", requests - 1}, {"anonymous", 1U}};
  leaf.facts["purposes"] = codec::Json::object();
  return {leaf, "", {}};
}

// Of a log of one account, which has as many entries as it has checkpoints.
History::Step History::checkpoint(const Account& of) {
  const std::uint64_t size = logs_[of.handle]++;
  audit::Leaf leaf;
  leaf.leaf_class = audit::kLogClass;
  leaf.kind = "checkpoint";
  leaf.account = of.handle;
  leaf.sequence = size;
  leaf.time = from_micros(micros_);
  leaf.facts = {{"origin", "log.example/" + of.handle.substr(0, 8)},
                {"size", size},
                {"root", codec::hex_encode(crypto::sha256(of.handle + std::to_string(size)))}};
  return {leaf, "", {}};
}

History::Step History::next() {
  micros_ += 1;
  Step out;
  if (fold_.acts() / kActsOfAState > states_) {
    out.leaf = audit::state_leaf(states_++, from_micros(micros_), fold_.state());
  } else {
    out = event();
  }
  CHECK(audit::fold_leaf(fold_, out.leaf, entries_).has_value());
  ++entries_;
  return out;
}

History::Step History::event() {
  for (;;) {
    micros_ += static_cast<std::int64_t>(1 + below(2'000'000));
    const std::uint64_t what = state_.acts < 2 ? 0 : below(4);
    const Account of = state_.acts == 0 ? Account{} : *state_.account(some_account());
    if (what == 2) return summary(of);
    if (what == 3) return checkpoint(of);
    Step step = act(body());
    if (!step.leaf.kind.empty()) return step;
  }
}

}  // namespace muzn::control
